// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncConcurrency
internal import SSOSyncCore
internal import Synchronization

/// The account of whoever runs the program, which reports say of targets that are in it: several spokes of one deployment may each
/// have a cluster of one id.
final class CallersAccount: Sendable {
    private let arn: (@Sendable () -> String?)?
    private let patience: Duration
    private let answer = Mutex<Task<String?, Never>?>(nil)

    /// - Parameters:
    ///   - arn: An ARN of theirs, where it is known without asking; nil where it is not.
    ///   - patience: How long a report waits for the answer: without it, it is told all the same.
    init(arn: (@Sendable () -> String?)? = nil, patience: Duration = .seconds(3)) {
        (self.arn, self.patience) = (arn, patience)
    }

    /// Its number; nil if nobody says.
    ///
    /// - Parameter ask: Asks for it. That is done once in a process, whatever comes of it: where STS cannot be reached, not every
    ///   report is to wait for it.
    func number(_ ask: @escaping @Sendable () async throws -> String) async -> String? {
        if let arn { return arn()?.accountOfARN }
        let asked = answer.withLock { answer in
            let asked = answer ?? Task { try? await ask() }
            answer = asked
            return asked
        }
        let late = SyncError(.timeout, "nobody has said whose account it is")
        return try? await withDeadline(.now + patience, orThrow: late) { await asked.value }
    }
}
