// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncLambdaRuntime

/// Why the function cannot start, or has not done what it was invoked for.
struct FunctionFailure: LambdaReportable, Equatable, CustomStringConvertible {
    /// What Lambda shows, and what alarms can be filtered by.
    let reason: String
    /// What is the matter, and what mends it, in one line without secrets.
    let description: String

    /// The environment or the configuration is wrong: whatever invoked the function, it would not start.
    static func configuration(_ message: String) -> FunctionFailure {
        FunctionFailure(reason: "ConfigurationInvalid", description: message)
    }

    /// The payload is nothing that the function's role accepts.
    ///
    /// - Parameter what: What was looked for and not found; nothing of the payload, which may name people.
    static func refused(_ what: String) -> FunctionFailure {
        FunctionFailure(reason: "InputRefused", description: "nothing was done: \(what)")
    }

    /// There is too little time to begin anything.
    static let deadlineTooShort = FunctionFailure(
        reason: "DeadlineTooShort",
        description: "nothing was done: two seconds are the least to begin with. Raise the function's timeout"
    )
}
