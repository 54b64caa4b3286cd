// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncLambdaRuntime
import SSOSyncTestSupport

@testable import SSOSyncFunction

/// Does nothing but take down what it is asked for.
struct NotedWork: DirectoryWork {
    let source: any IdentitySource
    let groups: [DirectoryRequest.Group]
    var readsGroups = true
    var directoryRequests: Int? { nil }
    let requests = Locked<[ScopeRequest]>([])
    /// What becomes of each.
    let disposition: @Sendable (ScopeRequest) -> RunDisposition

    func work(
        on request: ScopeRequest,
        _ budget: TimeBudget,
        _ metrics: inout EmbeddedMetrics
    ) async -> RunDisposition {
        requests.withLock { $0.append(request) }
        return disposition(request)
    }

    func fullRun(_ budget: TimeBudget, _ metrics: inout EmbeddedMetrics) async -> [UInt8] { [] }
}
