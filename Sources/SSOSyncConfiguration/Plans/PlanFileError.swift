// SPDX-License-Identifier: Apache-2.0

/// Why a file of plans is not applied.
public struct PlanFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of error.
    ///
    /// More may be added.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// A bounded label.
        public let description: String

        /// The file cannot be read.
        public static let unreadable = Code(description: "unreadable")
        /// The file cannot be written.
        public static let unwritable = Code(description: "unwritable")
        /// The file is something else.
        public static let notAPlan = Code(description: "not-a-plan")
        /// The file is not the one that was approved.
        public static let altered = Code(description: "altered")
        /// Another version of the program wrote the file.
        public static let otherVersion = Code(description: "other-version")
        /// The file is too old.
        public static let expired = Code(description: "expired")
        /// The file was made for another configuration.
        public static let otherConfiguration = Code(description: "other-configuration")
    }

    /// The kind of error.
    public let code: Code
    /// What is the matter and how to mend it.
    public let message: String

    /// The process's exit code, the same as for a configuration that is wrong.
    public static let exitCode = ConfigurationError.exitCode

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
