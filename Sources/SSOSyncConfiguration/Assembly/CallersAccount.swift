// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import Synchronization

/// The account of whoever runs the program, which reports say of targets that are in it: several spokes of one deployment may each
/// have a cluster of one id.
final class CallersAccount: Sendable {
    private let arn: (@Sendable () -> String?)?
    private let answer = Mutex<Task<String?, Never>?>(nil)

    /// - Parameter arn: An ARN of theirs, where it is known without asking; nil where it is not.
    init(arn: (@Sendable () -> String?)? = nil) { self.arn = arn }

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
        return await asked.value
    }
}
