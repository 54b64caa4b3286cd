// SPDX-License-Identifier: Apache-2.0

/// Why the runtime cannot go on; the process is to end with a status other than 0, so that Lambda starts another one.
public struct LambdaRuntimeError: Error, Sendable, CustomStringConvertible {
    /// A kind of failure; more may be added in any release.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// A stable name, good for logs and metrics.
        public let description: String

        /// The environment does not say where the control plane is, or says it wrongly.
        public static let environment = Code(description: "environment")
        /// The function could not be made ready; Lambda has been told why.
        public static let initialization = Code(description: "initialization")
        /// The control plane could not be reached, or the connection to it broke.
        public static let connection = Code(description: "connection")
        /// The control plane answered with an error that it does not recover from.
        public static let controlPlane = Code(description: "control-plane")
        /// The control plane's answer cannot be understood.
        public static let badAnswer = Code(description: "bad-answer")
        /// The handler did not return when it was cancelled.
        public static let stuck = Code(description: "stuck")
    }

    /// The kind of failure.
    public let code: Code
    /// What went wrong, and what to do about it; without secrets.
    public let message: String

    /// A failure.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The code and the message, in one line.
    public var description: String { "\(code): \(message)" }
}
