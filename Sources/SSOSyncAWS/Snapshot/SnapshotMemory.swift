// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore
internal import Synchronization

/// Remembers the latest snapshot of each directory, so that no older one is put in its place.
///
/// ## Implementation guidance
/// Ask ``SnapshotStamp/check(follows:)``, and remember what it lets pass, in one step: of two who come at once, the one with
/// the older snapshot may come first.
public protocol SnapshotMemory: Sendable {
    /// Takes note of a snapshot.
    ///
    /// - Parameters:
    ///   - stamp: The snapshot, whose signature is right.
    ///   - directory: Which directory it is of.
    /// - Throws: ``SnapshotRefusal`` if a later one was seen before; anything else if the memory cannot be used.
    func admit(_ stamp: SnapshotStamp, of directory: DirectoryId) async throws
}

/// A memory that ends with the process.
public final class ProcessSnapshotMemory: SnapshotMemory {
    private let seen = Mutex<[DirectoryId: SnapshotStamp]>([:])

    /// A memory of nothing.
    public init() {}

    /// Takes note of a snapshot.
    public func admit(_ stamp: SnapshotStamp, of directory: DirectoryId) throws {
        try seen.withLock { seen in
            try stamp.check(follows: seen[directory])
            seen[directory] = stamp
        }
    }
}
