// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
public import SSOSyncCore

/// A message of our own, sent to the queue for readings of everyone: everyone is to be read, because of events that are in other
/// messages.
///
///     {"sso-sync":{"everyone":{"because":{"anybody":true,"groups":[],"people":[]},"isSecond":false,"time":"2026-…Z"},"v":1}}
///
/// It holds ids and a time, and nothing else. Whoever can send to the queue can forge one, and gains what a forged event would:
/// that everyone is read.
public struct WideReading: Sendable, Hashable {
    /// Whom the events may concern.
    public let scope: EventScope
    /// Whether all of them were a ``SecondReading``.
    public let isSecond: Bool
    /// When the first thing happened that they tell of, to the millisecond; nil if they do not say.
    public let time: Timestamp?

    /// Everyone is to be read because of some events; where they concern more than
    /// ``SecondReading/idLimit`` people and groups, because of anybody.
    public init(because scope: EventScope, isSecond: Bool, time: Timestamp?) {
        (self.scope, self.isSecond, self.time) = (scope.sayable, isSecond, time)
    }

    /// Reads the text of a message; nil if it is anything else, by a single byte, than what ``text`` writes.
    public init?(text: String) {
        let bytes = Array(text.utf8)
        // Nearly all messages are events, which begin in another way.
        guard bytes.starts(with: Self.beginning),
            let document = try? JSONDecoder().decode(Document.self, from: Data(bytes))
        else { return nil }
        let everyone = document.message.everyone
        guard everyone.because.isCanonical else { return nil }
        self.init(because: everyone.because.scope, isSecond: everyone.isSecond, time: everyone.time)
        guard Array(self.text.utf8) == bytes else { return nil }
    }

    /// The text of the message.
    public var text: String { String(decoding: CanonicalJSON.bytes(Document(self)), as: UTF8.self) }

    private static let beginning = Array(#"{"sso-sync":{"everyone":"#.utf8)

    private struct Document: Codable {
        struct Message: Codable {
            var v = 1
            let everyone: Everyone
        }

        struct Everyone: Codable {
            let because: EventScopeDocument
            let isSecond: Bool
            let time: Timestamp?
        }

        let message: Message

        private enum CodingKeys: String, CodingKey { case message = "sso-sync" }

        init(_ reading: WideReading) {
            let because = EventScopeDocument(reading.scope)
            message = Message(
                everyone: Everyone(because: because, isSecond: reading.isSecond, time: reading.time)
            )
        }
    }
}
