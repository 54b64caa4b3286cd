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

/// Remembers what servers were in step with, so that one that pauses while nobody is connected need not be woken to find out.
///
/// Servers are known by ``PausableServer/id``, and not by the names of targets: whoever changes one under another name, or
/// gives its name to another one, must not leave behind what is not true any more.
public protocol RestStore: Sendable {
    /// What a server was in step with; nil if that is not known.
    ///
    /// - Throws: If it cannot be read; then the server is woken.
    func rest(of server: String) async throws -> Rest?

    /// Forgets what a server was in step with, before anything is changed, and remembers which run has forgotten it.
    ///
    /// - Throws: If it cannot be forgotten, durably. The run fails then, and lets nobody in.
    func forget(_ server: String, run: String) async throws

    /// Keeps what a server is in step with, unless another run than this one was the last to forget it.
    ///
    /// A run that has lost its lock and goes on knows nothing of what others have changed since. So nobody must forget between
    /// the look at who was the last and the keeping.
    ///
    /// - Throws: If it cannot be kept; then the next run wakes the server.
    func keep(_ rest: Rest, of server: String, run: String) async throws
}

/// Which server a target is on, whether or not it pauses now.
public struct PausableServer: Hashable, Sendable {
    /// The same for the same server under whatever name, and for no other: its resource id, say.
    public let id: String
    /// What else makes it the same as before, such as its version; nil if it does not pause, or if something about it needs
    /// looking at.
    public let pausedAs: String?

    /// Names a server.
    public init(id: String, pausedAs: String?) {
        self.id = id
        self.pausedAs = pausedAs
    }
}

/// A provisioner whose server may pause while nobody is connected, and that can say so without connecting.
public protocol Pausing: Sendable {
    /// Which server would be woken: another one has not been in step with anything.
    func pausableServer(_ access: SessionAccess) async throws -> PausableServer
}
