// SPDX-License-Identifier: Apache-2.0

/// A name or id that is never to be mistaken for another kind of name or id.
///
/// Two identifiers are equal only if their bytes are. Swift's own `String` equality takes canonically equivalent
/// Unicode for the same, a database server does not, and two people must never become one.
public protocol StringIdentifier: RawRepresentable<String>, Hashable, Comparable, Sendable, Codable,
    ExpressibleByStringLiteral, CustomStringConvertible
{
    /// Wraps a value as it is.
    init(_ rawValue: String)
}

extension StringIdentifier {
    /// Wraps a value as it is.
    public init(rawValue: String) { self.init(rawValue) }

    /// Wraps a value as it is.
    public init(stringLiteral value: String) { self.init(value) }

    /// The bare value.
    public var description: String { rawValue }

    /// Equal bytes.
    public static func == (left: Self, right: Self) -> Bool {
        guard left.rawValue == right.rawValue else { return false }
        let (left, right) = (left.rawValue.utf8Span, right.rawValue.utf8Span)
        // Going through the bytes takes five times as long, and equal texts in ASCII have equal bytes.
        return left.isKnownASCII && right.isKnownASCII || left.span.hasSameBytes(as: right.span)
    }

    /// Hashes the value; identifiers that differ in bytes alone may share a hash.
    public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }

    /// A total order that agrees with equality of bytes.
    public static func < (left: Self, right: Self) -> Bool {
        if left.rawValue < right.rawValue { return true }
        guard left.rawValue == right.rawValue else { return false }
        return left.rawValue.utf8.lexicographicallyPrecedes(right.rawValue.utf8)
    }

    /// Reads a bare string.
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes a bare string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

extension Span<UInt8> {
    fileprivate func hasSameBytes(as other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in indices where self[index] != other[index] { return false }
        return true
    }
}
