// SPDX-License-Identifier: Apache-2.0

/// What went wrong, where, and how to mend it.
public struct SyncError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of error.
    ///
    /// More may be added.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// A bounded label for logs and metrics.
        public let description: String

        /// The directory could not be read whole.
        public static let source = Code(description: "source")
        /// The directory has no such group, or another one than the pinned; the rest of it may be well.
        public static let groupMissing = Code(description: "group-missing")
        /// Another writer holds the target's lock.
        public static let busy = Code(description: "busy")
        /// The target could not be looked up.
        public static let lookUp = Code(description: "look-up")
        /// The server is stopped, or not ready yet: a later run does what is to be done.
        public static let deferred = Code(description: "deferred")
        /// Everything is frozen by the configuration, so nothing was done.
        public static let frozen = Code(description: "frozen")
        /// The server could not be reached.
        public static let unreachable = Code(description: "unreachable")
        /// The server could not be verified.
        public static let tls = Code(description: "tls")
        /// The server refused the provisioner's login.
        public static let authentication = Code(description: "authentication")
        /// The server takes no writes: a replica, say.
        public static let readOnly = Code(description: "read-only")
        /// The server is too old, or of a kind that cannot be provisioned.
        public static let unsupported = Code(description: "unsupported")
        /// The provisioner lacks a right.
        public static let privilege = Code(description: "privilege")
        /// The connection was lost; what was under way may or may not be done.
        public static let connectionLost = Code(description: "connection-lost")
        /// The deadline passed.
        public static let timeout = Code(description: "timeout")
        /// The run was cancelled.
        public static let cancelled = Code(description: "cancelled")
        /// The server refused a statement.
        public static let server = Code(description: "server")
        /// A person is not out yet.
        public static let notOut = Code(description: "not-out")
        /// A person may be in a role yet that they have lost.
        public static let notDisconnected = Code(description: "not-disconnected")
        /// The approved plan is not the plan that the world asks for now.
        public static let planMoved = Code(description: "plan-moved")
    }

    /// The kind of error.
    public let code: Code
    /// What went wrong, where, and how to mend it.
    ///
    /// Holds no secret.
    public let message: String

    /// Each group that is missing, and why; empty if the error is another one.
    public let missingGroups: [DirectoryRequest.Group: String]

    /// What went wrong, where, and how to mend it.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
        missingGroups = [:]
    }

    /// Groups that the directory does not have, or has others of.
    ///
    /// - Parameter missing: All of those that were asked for, so that nobody has to look for each to read the others.
    public init(missing: [DirectoryRequest.Group: String]) {
        code = .groupMissing
        message = Set(missing.values).sorted().joined(separator: "; ")
        missingGroups = missing
    }

    /// The message.
    public var description: String { message }
}
