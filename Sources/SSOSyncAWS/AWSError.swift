// SPDX-License-Identifier: Apache-2.0

/// Why a part of SSOSync that speaks to AWS could not do its work.
///
/// Its texts never hold a credential, a signature or a token.
public struct AWSError: Error, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let storage: Storage

    /// The kind of failure, to switch on.
    public var code: Code { storage.code }

    /// What went wrong and, where it helps, what to do; for people.
    public var message: String { storage.message }

    /// The error of another part that led to this one.
    ///
    /// Foreign text, so it is left out of every description of this error.
    public var underlying: (any Error)? { storage.underlying }

    /// Describes a failure.
    ///
    /// - Parameters:
    ///   - code: Its kind.
    ///   - message: What went wrong, for people; without secrets.
    ///   - underlying: What led to it.
    public init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
        storage = Storage(code: code, message: message, underlying: underlying)
    }

    /// The code and the message, in one line.
    public var description: String { "\(code): \(message)" }

    /// As ``description``, with the type of the underlying error.
    public var debugDescription: String {
        guard let underlying else { return "AWSError(\(description))" }
        return "AWSError(\(description), underlying: \(type(of: underlying)))"
    }

    /// Shows the code and the message, and not what the underlying error holds.
    public var customMirror: Mirror { Mirror(self, children: ["code": code.description, "message": message]) }
}

extension AWSError {
    /// A kind of failure; more may be added in any release.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// A stable name, good for logs and metrics.
        public let description: String

        private init(_ description: String) {
            self.description = description
        }

        /// There are no credentials where they were looked for.
        public static let credentialsMissing = Code("credentialsMissing")
        /// There are credentials, and they are too old to be accepted.
        public static let credentialsExpired = Code("credentialsExpired")
        /// A credentials provider failed with an error of its own.
        public static let credentialsUnavailable = Code("credentialsUnavailable")
        /// A value handed in cannot be used.
        public static let invalidArgument = Code("invalidArgument")
    }

    /// Keeps the error one word wide, so that it is cheap to return.
    private final class Storage: Sendable {
        let code: Code
        let message: String
        let underlying: (any Error)?

        init(code: Code, message: String, underlying: (any Error)?) {
            self.code = code
            self.message = message
            self.underlying = underlying
        }
    }
}
