// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport

/// Runs to be told about.
enum Runs {
    static let time = Timestamp(secondsSince1970: 1_795_332_180)

    static func report(_ targets: [TargetReport], failure: SyncError? = nil) -> SyncReport {
        SyncReport(
            runId: "0123456789abcdef",
            kind: .apply,
            startedAt: time,
            finishedAt: time.advanced(bySeconds: 2),
            directoryAsOf: nil,
            sourceFailure: failure,
            targets: targets
        )
    }

    /// A target that could not be reached.
    static func failed(_ target: TargetName, _ message: String = "no answer from ann's server") -> TargetReport {
        TargetReport(target: target, failure: SyncError(.unreachable, message))
    }

    /// A target on which so many accounts were made, and some operations failed.
    static func changed(_ target: TargetName, made: Int, failed: Int = 0) -> TargetReport {
        func operation(_ number: Int) -> SSOSyncCore.Operation {
            SSOSyncCore.Operation(
                account: AccountName("name\(number)"),
                user: UserId("u-\(number)"),
                action: .create(roles: ["readers"])
            )
        }
        let error = SyncError(.server, "\"name\" <!channel> & others")
        let outcomes =
            (0..<made).map { OperationOutcome(operation($0), .done) }
            + (0..<failed).map { OperationOutcome(operation(made + $0), .failed(error)) }
        return TargetReport(target: target, wasApplied: true, outcomes: outcomes)
    }

    static func settings(_ kinds: Set<NoticeKind>, _ detail: NoticeSettings.Detail = .counts) -> NoticeSettings {
        NoticeSettings(owner: "prod", kinds: kinds, detail: detail)
    }

    static func notice(_ report: SyncReport, _ settings: NoticeSettings) -> Notice? {
        NoticeDecision(report, settings: settings, memory: TroubleMemory()).notice
    }
}

/// A JSON object, looked into by hand.
func object(_ text: String) throws -> [String: Any] {
    try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
}

/// Keeps everybody waiting, and takes no notice of who is cancelled.
final class Dawdler: CredentialsProvider {
    private let waiting = Locked<[CheckedContinuation<Void, Never>]>([])

    func wait() async { await withCheckedContinuation { one in waiting.withLock { $0.append(one) } } }

    func credentials() async throws -> Credentials {
        await wait()
        throw AWSError(.credentialsMissing, "there are none after all")
    }

    /// Lets all go on.
    func end() {
        let all = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        for one in all { one.resume() }
    }
}
