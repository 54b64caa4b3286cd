// SPDX-License-Identifier: Apache-2.0

/// The markers that the brake only counts: of accounts in use, made before its window began, that have lost nothing.
///
/// By their bytes they lie next to each other, so a server can count them and keep them to itself. With ten thousand
/// accounts there, sending them all is most of the work of a run for one person.
package struct SettledMarkers: Sendable {
    /// The least text that is one of them, or comes before all of them.
    package let lower: String
    /// The least text that comes after all of them.
    package let upper: String
    private let lowerBytes: [UInt8]
    private let upperBytes: [UInt8]

    /// Nil if the deployment's markers do not begin alike, because something in them has to be escaped.
    ///
    /// - Parameter windowStart: When the window began. In that very second some may be left out.
    package init?(owner: DeploymentOwner, directory: DirectoryId, windowStart: Timestamp) {
        guard let beginning = Marker.plainBeginning(owner: owner, directory: directory, state: .active),
            let second = windowStart.plainDescription?.prefix(19)
        else { return nil }
        lower = beginning + "\"joined\":\""
        upper = lower + second
        (lowerBytes, upperBytes) = (Array(lower.utf8), Array(upper.utf8))
    }

    /// Whether a text in UTF-8 is one of them.
    package func contains(_ bytes: Span<UInt8>) -> Bool {
        !bytes.precedes(lowerBytes) && bytes.precedes(upperBytes)
    }
}

extension Span<UInt8> {
    fileprivate func precedes(_ other: [UInt8]) -> Bool {
        for index in 0..<Swift.min(count, other.count) where self[index] != other[index] {
            return self[index] < other[index]
        }
        return count < other.count
    }
}
