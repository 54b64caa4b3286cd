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
        var scanner = MarkerScanner()
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

    /// Reads UTF-8 that a server has put into its own order: keys by their length, then by their bytes, and a space after each
    /// comma and colon, as MySQL keeps JSON (<https://dev.mysql.com/doc/refman/8.4/en/json.html#json-normalization>).
    ///
    /// Without the object around it that says whose marker it is.
    package init?(normalized bytes: Span<UInt8>) {
        var scanner = MarkerScanner()
        guard scanner.skip(#"{"v": 1, "asOf": "#, bytes), let asOf = scanner.time(bytes),
            scanner.skip(#", "name": "#, bytes), let nameHash = scanner.string(bytes),
            scanner.skip(#", "user": "#, bytes), let user = scanner.string(bytes),
            scanner.skip(#", "owner": "#, bytes), let owner = scanner.string(bytes),
            scanner.skip(#", "state": ""#, bytes), let state = scanner.state(bytes),
            let joined = scanner.optionalTime(after: #", "joined": "#, bytes),
            let reduced = scanner.optionalTime(after: #", "reduced": "#, bytes)
        else { return nil }
        let isReleased = scanner.skip(#", "released": true"#, bytes)
        guard scanner.skip(#", "directory": "#, bytes), let directory = scanner.string(bytes),
            scanner.skip("}", bytes), scanner.position == bytes.count
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
