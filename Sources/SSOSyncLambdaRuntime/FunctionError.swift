// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// An error that says itself how Lambda is to name it.
public protocol LambdaReportable: Error {
    /// What Lambda shows, and what alarms and failure destinations can be filtered by: letters only, such as
    /// `ConfigurationInvalid`.
    var reason: String { get }
}

/// What Lambda is told about an invocation, or a start, that failed.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-invokeerror>
struct FunctionError: Encodable, Equatable {
    let errorMessage: String
    /// `Function.` or `Runtime.` and a reason in letters; Lambda takes anything else for `Unknown`.
    let errorType: String
    /// Swift has none that would be worth sending.
    private let stackTrace: [String] = []

    private enum CodingKeys: CodingKey { case errorMessage, errorType, stackTrace }

    /// In bytes; longer texts are cut: they go into logs, queues and mails.
    private static let longestMessage = 4_096

    /// - Parameters:
    ///   - category: Whose error it is.
    ///   - reason: A word; what is no ASCII letter is left out of it.
    ///   - message: What went wrong, for people.
    init(_ category: Category = .function, reason: String, message: String) {
        let letters = String(reason.filter { $0.isASCII && $0.isLetter })
        // Lambda wants two letters at least.
        let word = letters.count < 2 ? "Unknown" : letters.prefix(1).uppercased() + letters.dropFirst()
        errorType = "\(category.rawValue).\(word)"
        errorMessage = Self.shortened(Printable.escapedProse(message, keepsLines: true))
    }

    /// Whole characters, as many as there is room for.
    private static func shortened(_ text: String) -> String {
        guard text.utf8.count > longestMessage else { return text }
        let end = "…"
        var room = longestMessage - end.utf8.count
        return text.prefix { character in
            room -= character.utf8.count
            return room >= 0
        } + end
    }

    enum Category: String {
        case function = "Function"
        case runtime = "Runtime"
    }

    /// What the handler threw.
    init(_ error: any Error) {
        let reason = (error as? any LambdaReportable)?.reason ?? "\(type(of: error))"
        self.init(reason: reason, message: "\(error)")
    }

    /// The handler was cancelled because its time was up, and had nothing to tell.
    static let deadline = FunctionError(
        reason: "DeadlineExceeded",
        message: "the time was up before the work was done; what was done is durable, and the next run does the rest. "
            + "Raise the function's timeout, or give it fewer targets"
    )

    /// The runtime itself was cancelled.
    static let stopped = FunctionError(.runtime, reason: "Stopped", message: "the process is being stopped")

    /// The handler went on although it was cancelled.
    static let stuck = FunctionError(
        .runtime,
        reason: "HandlerStuck",
        message: "the work did not stop when its time was up, so the process ends"
    )

    /// The answer is larger than Lambda takes.
    static func tooLarge(_ size: Int) -> FunctionError {
        let limit = LambdaRuntime.responseLimit
        return FunctionError(
            reason: "ResponseTooLarge",
            message: "the work was done, but its answer has \(size) bytes, and Lambda takes \(limit)"
        )
    }

    /// The control plane has handed over something that is no invocation.
    static func badInvocation(_ what: String) -> FunctionError {
        FunctionError(.runtime, reason: "BadInvocation", message: what)
    }

    var body: [UInt8] { CanonicalJSON.bytes(self) }
}
