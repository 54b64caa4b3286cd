// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncLambdaRuntime

/// What a role does once it is known who is to be read.
protocol DirectoryWork: Sendable {
    /// The directory.
    var source: any IdentitySource { get }
    /// The groups that are mapped.
    var groups: [DirectoryRequest.Group] { get }
    /// Whether groups can be read by themselves; if not, they make a reading of everyone.
    var readsGroups: Bool { get }
    /// How many requests all readings of the directory so far have taken; nil if nobody counts them.
    var directoryRequests: Int? { get }

    /// Reads somebody for an event, and does what follows.
    func work(
        on request: ScopeRequest,
        _ budget: TimeBudget,
        _ metrics: inout EmbeddedMetrics
    ) async -> RunDisposition

    /// Reads everyone because it is time to, and does what follows.
    ///
    /// - Returns: What came of it, in JSON.
    func fullRun(_ budget: TimeBudget, _ metrics: inout EmbeddedMetrics) async -> [UInt8]
}
