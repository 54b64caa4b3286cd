// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// What tells a snapshot from the others of its directory.
public struct SnapshotStamp: Hashable, Sendable, Codable {
    /// Which of them it is.
    public let sequence: Int64
    /// When the reading began.
    public let asOf: Timestamp
    /// The SHA-256 over all that it says, in hexadecimal digits.
    public let digest: String

    /// Puts a stamp together.
    public init(sequence: Int64, asOf: Timestamp, digest: String) {
        self.sequence = sequence
        self.asOf = asOf
        self.digest = digest
    }

    /// Sees that a snapshot is the one that was seen last, or a later one.
    ///
    /// - Parameter seen: The last one; nil if none was seen.
    /// - Throws: ``SnapshotRefusal`` with the code ``SnapshotRefusal/Code/superseded``.
    public func check(follows seen: SnapshotStamp?) throws(SnapshotRefusal) {
        guard let seen, seen != self else { return }
        guard sequence > seen.sequence, asOf >= seen.asOf else {
            throw SnapshotRefusal(
                .superseded,
                "it is number \(sequence) of \(asOf), and number \(seen.sequence) of \(seen.asOf) was seen before: somebody "
                    + "has put an old one, or another under its number, in the place of the latest. Write a new one"
            )
        }
    }
}
