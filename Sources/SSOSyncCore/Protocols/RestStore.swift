// SPDX-License-Identifier: Apache-2.0

/// What a target was found to be in step with, by a run of everyone that found nothing to do.
public struct Rest: Hashable, Sendable, Codable {
    /// Of the server, the directory and the policy.
    public let fingerprint: String
    /// When there may be something to do although nothing has changed: an account to drop, or what nobody here can know.
    public let until: Timestamp

    /// What a target was found to be in step with.
    public init(fingerprint: String, until: Timestamp) {
        self.fingerprint = fingerprint
        self.until = until
    }
}

/// Remembers what targets were in step with, so that one that pauses while nobody is connected need not be woken to find out.
public protocol RestStore: Sendable {
    /// What a target was in step with; nil if that is not known.
    ///
    /// - Throws: If it cannot be read; then the target is woken.
    func rest(of target: TargetName) async throws -> Rest?

    /// Forgets what a target was in step with, before anything is changed, and remembers which run has forgotten it.
    ///
    /// - Throws: If it cannot be forgotten, durably. The run fails then, and lets nobody in.
    func forget(_ target: TargetName, run: String) async throws

    /// Keeps what a target is in step with, unless another run than this one was the last to forget it.
    ///
    /// A run that has lost its lock and goes on knows nothing of what others have changed since. So nobody must forget between
    /// the look at who was the last and the keeping.
    ///
    /// - Throws: If it cannot be kept; then the next run wakes the target.
    func keep(_ rest: Rest, of target: TargetName, run: String) async throws
}

/// A provisioner whose server may pause while nobody is connected, and that can say so without connecting.
public protocol Pausing: Sendable {
    /// Which server would be woken: another one has not been in step with anything.
    ///
    /// - Returns: Nil if it does not pause, or if something about it needs looking at.
    func pausingServer(_ access: SessionAccess) async throws -> String?
}
