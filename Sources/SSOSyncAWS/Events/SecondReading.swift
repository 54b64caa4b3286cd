// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import SSOSyncCore

/// A message of our own, sent to the queue that events come from: whom to read once more, because what the directory shows
/// may lag behind its events.
///
///     {"sso-sync":{"again":{"anybody":false,"groups":[],"people":["906788b0-…"]},"v":1}}
///
/// It holds ids and nothing else. Whoever can send to the queue can forge one, and gains what a forged event would: that
/// somebody is read.
public struct SecondReading: Sendable, Hashable {
    /// Whom to read.
    public let scope: EventScope

    /// For how many people and groups it speaks at most; more make it one of anybody.
    ///
    /// A message has 256 KiB, which ends at about 6,700 ids
    /// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>).
    public static let idLimit = 5_000

    /// Whom to read once more; of more than ``idLimit``, anybody.
    ///
    /// - Returns: Nil if that is nobody.
    public init?(_ scope: EventScope) {
        guard !scope.isEmpty else { return nil }
        self.scope = scope.sayable
    }

    /// Reads the text of a message; nil if it is anything else, by a single byte, than what ``text`` writes.
    public init?(text: String) {
        let bytes = Array(text.utf8)
        // Nearly all messages are events, which begin in another way.
        guard bytes.starts(with: Self.beginning),
            let document = try? JSONDecoder().decode(Document.self, from: Data(bytes)),
            let read = SecondReading(document.message.again.scope), Array(read.text.utf8) == bytes,
            document.message.again.isCanonical
        else { return nil }
        self = read
    }

    /// The text of the message.
    public var text: String { String(decoding: CanonicalJSON.bytes(Document(scope)), as: UTF8.self) }

    private static let beginning = Array(#"{"sso-sync":{"again":"#.utf8)

    private struct Document: Codable {
        struct Message: Codable {
            var v = 1
            let again: EventScopeDocument
        }

        let message: Message

        private enum CodingKeys: String, CodingKey { case message = "sso-sync" }

        init(_ scope: EventScope) {
            message = Message(again: EventScopeDocument(scope))
        }
    }
}
