// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncCore

/// What a human is to read of things that failed: plain text, in which nothing of the input can do anything.
struct FailureNotice: Hashable {
    /// Something that failed.
    enum Failure: Hashable {
        /// An invocation that Lambda has given up.
        case invocation(FailureRecord)
        /// A message that came too often, by its id: what is in it is not shown.
        case message(id: String, receiveCount: Int?)

        fileprivate var isMessage: Bool { if case .message = self { true } else { false } }
    }

    /// As many dead letters are shown, by their ids, which nobody has once they are told of.
    static let messageLimit = 100
    /// As many are shown of anything else; more are counted.
    private static let limit = 20
    /// As many bytes are shown of an error's message, once it is inert.
    private static let longestText = 1_000

    let subject: String
    let text: String

    /// - Parameters:
    ///   - failures: What failed; at least one.
    ///   - owner: The deployment.
    init(_ failures: [Failure], owner: String) {
        let name = Self.inert(owner, limit: 40)
        let what = failures.count == 1 ? "something failed" : "\(failures.count) things failed"
        let subject = "SSOSync \(name): \(what)"
        self.subject = SNSClient.isSubject(subject) ? subject : "SSOSync: \(what)"
        let limit = failures.allSatisfy(\.isMessage) ? Self.messageLimit : Self.limit
        var parts = failures.prefix(limit).map(Self.paragraph)
        if failures.count > limit { parts.append("… and \(failures.count - limit) more.") }
        parts.append(
            "The next full run does what was left, once the cause is mended. The page on deploying says where to look."
        )
        text = parts.joined(separator: "\n\n") + "\n"
    }

    private static func paragraph(_ failure: Failure) -> String {
        switch failure {
        case .invocation(let record): invocation(record)
        case .message(let id, let count):
            lines("A message could not be handled.", [("message", id), ("received", count.map { "\($0) times" })])
        }
    }

    private static func invocation(_ record: FailureRecord) -> String {
        let request = record.requestContext
        let count = request.approximateInvokeCount.map { ", after \($0) \($0 == 1 ? "attempt" : "attempts")" } ?? ""
        return lines(
            "A function did not do what it was invoked for.",
            [
                ("function", request.functionArn), ("when", record.timestamp), ("why", request.condition + count),
                ("error", record.responsePayload?.errorType), ("says", record.responsePayload?.errorMessage),
                ("request", request.requestId),
            ]
        )
    }

    private static func lines(_ title: String, _ facts: [(name: String, value: String?)]) -> String {
        let known = facts.compactMap { fact in fact.value.map { "  \(fact.name): \(inert($0, limit: longestText))" } }
        return ([title] + known).joined(separator: "\n")
    }

    /// Text that stays on its line, hides nothing, and in which no address of the web or of a mailbox is whole, so that mail programs
    /// find nothing to make a link of.
    ///
    /// - Parameters:
    ///   - text: Anybody's.
    ///   - limit: The most bytes, but for the mark of a cut: one character may have as many as it likes.
    static func inert(_ text: String, limit: Int) -> String {
        var inert = ""
        var rest = Printable.escapedProse(text).replacing("://", with: ":[//]")[...]
        while let character = rest.popFirst() {
            let shown: String
            switch character {
            case "<": shown = "‹"
            case ">": shown = "›"
            case "@": shown = "[@]"
            case ":" where inert.suffix(6).lowercased() == "mailto": shown = "[:]"
            // The last three stand for a full stop in names of hosts, too.
            case ".", "。", "．", "｡":
                let isInside = isOfName(inert.last) && isOfName(rest.first)
                shown = isInside ? "[\(character)]" : "\(character)"
            default: shown = "\(character)"
            }
            guard inert.utf8.count + shown.utf8.count <= limit else { return inert + "…" }
            inert += shown
        }
        return inert
    }

    private static func isOfName(_ character: Character?) -> Bool {
        character.map { !$0.isWhitespace && !$0.isPunctuation } ?? false
    }
}
