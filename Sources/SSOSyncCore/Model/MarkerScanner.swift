// SPDX-License-Identifier: Apache-2.0

/// Reads the parts of a marker one after the other.
struct MarkerScanner {
    /// A time that may be left out.
    struct OptionalTime {
        let time: Timestamp?
    }

    var position = 0

    /// Passes a text over; if something else stands there, nothing.
    mutating func skip(_ expected: StaticString, _ bytes: Span<UInt8>) -> Bool {
        let count = expected.utf8CodeUnitCount
        guard position + count <= bytes.count else { return false }
        for index in 0..<count where bytes[position + index] != expected.utf8Start[index] { return false }
        position += count
        return true
    }

    /// A string in quotes, without escapes.
    mutating func string(_ bytes: Span<UInt8>) -> Range<Int>? {
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { return nil }
        let start = position + 1
        var end = start
        while end < bytes.count, bytes[end] != UInt8(ascii: "\"") {
            guard bytes[end] >= 0x20, bytes[end] != UInt8(ascii: "\\") else { return nil }
            end += 1
        }
        guard end < bytes.count else { return nil }
        position = end + 1
        return start..<end
    }

    mutating func time(_ bytes: Span<UInt8>) -> Timestamp? {
        string(bytes).flatMap { Timestamp(plain: bytes.extracting($0)) }
    }

    mutating func optionalTime(after key: StaticString, _ bytes: Span<UInt8>) -> OptionalTime? {
        guard skip(key, bytes) else { return OptionalTime(time: nil) }
        return time(bytes).map { OptionalTime(time: $0) }
    }

    mutating func state(_ bytes: Span<UInt8>) -> Marker.State? {
        if skip(#"active""#, bytes) { return .active }
        return skip(#"locked""#, bytes) ? .locked : nil
    }
}
