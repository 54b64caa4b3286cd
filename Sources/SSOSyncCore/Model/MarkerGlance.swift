// SPDX-License-Identifier: Apache-2.0

/// What stands in a marker that is written exactly as ``Marker/text`` writes it.
///
/// A full run reads every marker of a target, and a run for one person has to count them all for the brake. Decoding JSON
/// takes some 13 µs each; this takes a fraction of one. It never guesses: any other text, valid or not, is nil, and is
/// for ``MarkerReading`` to judge.
package struct MarkerGlance: Hashable, Sendable {
    package let asOf: Timestamp
    /// Where the values stand.
    ///
    /// They hold no escapes.
    package let directory: Range<Int>
    package let joined: Timestamp?
    package let nameHash: Range<Int>
    package let owner: Range<Int>
    package let reduced: Timestamp?
    package let isReleased: Bool
    package let state: Marker.State
    package let user: Range<Int>

    /// Reads UTF-8.
    package init?(_ bytes: Span<UInt8>) {
        var scanner = Scanner()
        guard scanner.skip(#"{"sso-sync":{"v":1,"owner":"#, bytes), let owner = scanner.string(bytes),
            scanner.skip(#","directory":"#, bytes), let directory = scanner.string(bytes),
            scanner.skip(#","state":""#, bytes), let state = scanner.state(bytes),
            let reduced = scanner.optionalTime(after: #","reduced":"#, bytes)
        else { return nil }
        let isReleased = scanner.skip(#","released":true"#, bytes)
        guard let joined = scanner.optionalTime(after: #","joined":"#, bytes),
            scanner.skip(#","asOf":"#, bytes), let asOf = scanner.time(bytes),
            scanner.skip(#","name":"#, bytes), let nameHash = scanner.string(bytes),
            scanner.skip(#","user":"#, bytes), let user = scanner.string(bytes),
            scanner.skip("}}", bytes), scanner.position == bytes.count
        else { return nil }
        (self.asOf, self.directory, self.joined, self.nameHash) = (asOf, directory, joined.time, nameHash)
        (self.owner, self.reduced, self.isReleased, self.state, self.user) = (
            owner, reduced.time, isReleased, state, user
        )
    }

    /// The marker; from the bytes that this was read from.
    package func marker(_ bytes: Span<UInt8>) -> Marker {
        var marker = Marker(
            owner: DeploymentOwner(bytes.text(owner)),
            directory: DirectoryId(bytes.text(directory)),
            user: UserId(bytes.text(user)),
            nameHash: bytes.text(nameHash),
            state: state,
            asOf: asOf
        )
        (marker.joined, marker.reduced, marker.isReleased) = (joined, reduced, isReleased)
        return marker
    }
}

extension Span<UInt8> {
    /// A part of a text in UTF-8.
    package func text(_ range: Range<Int>) -> String {
        extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether a part of it is these bytes.
    package func has(_ other: [UInt8], at range: Range<Int>) -> Bool {
        guard other.count == range.count else { return false }
        for index in range where self[index] != other[index - range.lowerBound] { return false }
        return true
    }
}

/// Reads the parts of a marker one after the other.
private struct Scanner {
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
