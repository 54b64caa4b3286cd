// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials

/// A moment in whole seconds, written as `2026-11-22T07:23:00Z`.
public struct Timestamp: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// Seconds since 1970-01-01T00:00:00Z.
    public let secondsSince1970: Int64

    /// Wraps seconds since 1970-01-01T00:00:00Z.
    public init(secondsSince1970: Int64) { self.secondsSince1970 = secondsSince1970 }

    /// The second that a date falls into.
    public init(_ date: Date) { secondsSince1970 = Int64(date.timeIntervalSince1970.rounded(.down)) }

    /// Reads `2026-11-22T07:23:00Z`; nil for anything else.
    public init?(_ text: String) {
        guard let date = try? Date(text, strategy: Self.style) else { return nil }
        self.init(date)
    }

    /// The same moment as a date.
    public var date: Date { Date(timeIntervalSince1970: TimeInterval(secondsSince1970)) }

    /// ISO 8601, UTC, whole seconds.
    public var description: String { date.formatted(Self.style) }

    /// The moment this many seconds later.
    public func advanced(bySeconds seconds: Int64) -> Timestamp {
        Timestamp(secondsSince1970: secondsSince1970 + seconds)
    }

    /// Earlier before later.
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.secondsSince1970 < right.secondsSince1970 }

    /// Reads the ISO 8601 text.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Timestamp(text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "expected a UTC time such as 2026-11-22T07:23:00Z, found \"\(text)\""
            )
        }
        self = value
    }

    /// Writes the ISO 8601 text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    private static let style = Date.ISO8601FormatStyle()
}

extension Timestamp {
    /// The time on this machine's clock.
    public static var now: Timestamp { Timestamp(Date.now) }
}
