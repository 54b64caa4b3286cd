// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials

/// A moment, to the millisecond: two readings of a directory within one second must not be taken for one.
///
/// Written as `2026-11-22T07:23:00Z`, or as `2026-11-22T07:23:00.250Z` if it does not fall on a second.
public struct Timestamp: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public let millisecondsSince1970: Int64

    /// Wraps seconds since 1970-01-01T00:00:00Z.
    public init(secondsSince1970: Int64) { self.init(millisecondsSince1970: secondsSince1970 * 1_000) }

    /// Wraps milliseconds since 1970-01-01T00:00:00Z.
    public init(millisecondsSince1970: Int64) { self.millisecondsSince1970 = millisecondsSince1970 }

    /// The millisecond that a date falls into.
    public init(_ date: Date) { millisecondsSince1970 = Int64((date.timeIntervalSince1970 * 1_000).rounded(.down)) }

    /// Reads `2026-11-22T07:23:00Z`, with or without fractions of a second; nil for anything else.
    public init?(_ text: String) {
        if let time = Timestamp(plain: text.utf8Span.span) {
            self = time
            return
        }
        let style = text.utf8.contains(UInt8(ascii: ".")) ? Self.fractionalStyle : Self.style
        guard let date = try? Date(text, strategy: style) else { return nil }
        // Rounded, because a fraction such as .123 has no exact binary form.
        millisecondsSince1970 = Int64((date.timeIntervalSince1970 * 1_000).rounded())
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    public var secondsSince1970: Int64 {
        millisecondsSince1970 >= 0 ? millisecondsSince1970 / 1_000 : (millisecondsSince1970 - 999) / 1_000
    }

    /// The same moment as a date.
    public var date: Date { Date(timeIntervalSince1970: TimeInterval(millisecondsSince1970) / 1_000) }

    /// ISO 8601, UTC.
    public var description: String {
        if let text = plainDescription { return text }
        let seconds = Date(timeIntervalSince1970: TimeInterval(secondsSince1970)).formatted(Self.style)
        let milliseconds = millisecondsSince1970 - secondsSince1970 * 1_000
        guard milliseconds > 0 else { return seconds }
        // Written by hand because the formatter rounds, and what is read back has to be what was written.
        let digits = String(milliseconds)
        return "\(seconds.dropLast()).\(String(repeating: "0", count: 3 - digits.count))\(digits)Z"
    }

    /// The moment this many seconds later.
    public func advanced(bySeconds seconds: Int64) -> Timestamp {
        Timestamp(millisecondsSince1970: millisecondsSince1970 + seconds * 1_000)
    }

    /// Earlier before later.
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.millisecondsSince1970 < right.millisecondsSince1970
    }

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
    private static let fractionalStyle = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
}

extension Timestamp {
    /// The time on this machine's clock.
    public static var now: Timestamp { Timestamp(Date.now) }

    /// Whether it lies in the seconds before another time; what is of the future has been told by another clock.
    package func isWithin(_ seconds: Int64, of now: Timestamp) -> Bool {
        self <= now && now <= advanced(bySeconds: seconds)
    }
}
