// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import SSOSyncCore

/// A file that holds the latest snapshot.
public struct FileSnapshotStore: SnapshotStore {
    private let path: String

    /// The file of a path.
    public init(path: String) { self.path = path }

    /// The path.
    public var name: String { path }

    /// Reads the file.
    public func read() throws -> StoredSnapshot? {
        try GuardedFile(path: path).read(limit: Self.limit).map { StoredSnapshot(bytes: $0) }
    }

    /// Writes the file, whole or not at all.
    public func write(_ bytes: [UInt8], replacing previous: StoredSnapshot?) throws -> Bool {
        let file = GuardedFile(path: path)
        return try file.withLock { () throws(SyncError) in
            guard try file.read(limit: Self.limit) == previous?.bytes else { return false }
            try file.replace(by: bytes)
            return true
        }
    }
}
