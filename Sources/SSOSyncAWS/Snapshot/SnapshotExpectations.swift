// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// What a snapshot has to be, beside signed, to be taken for the directory.
public struct SnapshotExpectations: Hashable, Sendable {
    /// For how long a snapshot is good unless something else is said, in seconds: an hour.
    public static let defaultMaximumAge: Int64 = 3_600

    /// By how many seconds the clock of whoever writes may be ahead of ours; AWS allows as much.
    static let clockTolerance: Int64 = 300

    /// Which directory it is of.
    public var directory: DirectoryId
    /// What account names are made from.
    public var accountName: AccountNameAttribute
    /// For how long it is good, in seconds from the beginning of the reading.
    public var maximumAge: Int64

    /// Puts expectations together.
    ///
    /// - Parameters:
    ///   - directory: Which directory it is of.
    ///   - accountName: What account names are made from.
    ///   - maximumAge: For how long it is good, in seconds.
    public init(
        directory: DirectoryId,
        accountName: AccountNameAttribute = .userName,
        maximumAge: Int64 = defaultMaximumAge
    ) {
        self.directory = directory
        self.accountName = accountName
        self.maximumAge = maximumAge
    }

    /// Sees that a snapshot, whose signature is right, is what is expected.
    ///
    /// - Throws: ``SnapshotRefusal`` that says what is wrong.
    public func check(_ snapshot: Snapshot, now: Timestamp) throws(SnapshotRefusal) {
        guard snapshot.directory == directory else {
            throw SnapshotRefusal(
                .otherDirectory,
                "it is of the directory \(snapshot.directory), and \(directory) is expected: give that one's snapshot"
            )
        }
        guard snapshot.accountName == accountName else {
            throw SnapshotRefusal(
                .otherAccountName,
                "its account names are made from \(snapshot.accountName.rawValue), and accountName is "
                    + "\(accountName.rawValue) here: set the same on both sides"
            )
        }
        guard snapshot.asOf <= now.advanced(bySeconds: Self.clockTolerance) else {
            throw SnapshotRefusal(
                .early,
                "it is of \(snapshot.asOf), and it is \(now) here: set the clocks, of whoever writes it or of this machine"
            )
        }
        guard now <= snapshot.asOf.advanced(bySeconds: maximumAge) else {
            throw SnapshotRefusal(
                .tooOld,
                "it is of \(snapshot.asOf), more than \(Self.phrase(maximumAge)) ago: see why no new one was written, or "
                    + "allow for more with maxAge"
            )
        }
    }

    private static func phrase(_ seconds: Int64) -> String {
        seconds % 3_600 == 0 ? "\(seconds / 3_600) h" : "\(seconds / 60) min"
    }
}
