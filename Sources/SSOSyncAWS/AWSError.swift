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

    /// Whether a part of the request may have reached the server, so that it may have been carried out.
    public var mayHaveBeenSent: Bool { storage.mayHaveBeenSent }

    /// What the service said; nil if the failure came before its answer.
    public var response: Response? { storage.response }

    /// Describes a failure.
    ///
    /// - Parameters:
    ///   - code: Its kind.
    ///   - message: What went wrong, for people; without secrets.
    ///   - mayHaveBeenSent: Whether a part of the request may have reached the server.
    ///   - underlying: What led to it.
    public init(_ code: Code, _ message: String, mayHaveBeenSent: Bool = false, underlying: (any Error)? = nil) {
        storage = Storage(code, message, mayHaveBeenSent: mayHaveBeenSent, response: nil, underlying: underlying)
    }

    /// Describes a service's refusal or failure.
    init(_ code: Code, _ message: String, mayHaveBeenSent: Bool, response: Response?) {
        storage = Storage(code, message, mayHaveBeenSent: mayHaveBeenSent, response: response, underlying: nil)
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

        /// The server's name has no address, or it could not be looked up.
        public static let hostNotFound = Code("hostNotFound")
        /// There is no connection to the server.
        public static let connectFailed = Code("connectFailed")
        /// TLS could not be agreed on with the server.
        public static let tlsFailed = Code("tlsFailed")
        /// The server's certificate is not one that is trusted for its name.
        public static let certificateRejected = Code("certificateRejected")
        /// The time was up before the whole response came.
        public static let timedOut = Code("timedOut")
        /// The connection ended before the whole response came.
        public static let connectionLost = Code("connectionLost")
        /// The response is longer than is taken.
        public static let responseTooLarge = Code("responseTooLarge")
        /// What came is not what the protocol allows.
        public static let badResponse = Code("badResponse")

        /// The service does not accept what the request was signed with.
        public static let credentialsRejected = Code("credentialsRejected")
        /// The credentials are good, and not for this.
        public static let accessDenied = Code("accessDenied")
        /// The service has had enough requests for now.
        public static let throttled = Code("throttled")
        /// The service refused the call for another reason; ``AWSError/response`` has its name for it.
        public static let refused = Code("refused")
        /// The service failed.
        public static let serviceFailed = Code("serviceFailed")
    }

    /// Keeps the error one word wide, so that it is cheap to return.
    private final class Storage: Sendable {
        let code: Code
        let message: String
        let mayHaveBeenSent: Bool
        let response: Response?
        let underlying: (any Error)?

        init(
            _ code: Code,
            _ message: String,
            mayHaveBeenSent: Bool,
            response: Response?,
            underlying: (any Error)?
        ) {
            self.code = code
            self.message = message
            self.mayHaveBeenSent = mayHaveBeenSent
            self.response = response
            self.underlying = underlying
        }
    }
}
