// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
public import SSOSyncCore

/// A memory that a file keeps.
///
/// It has to be where whoever may write snapshots cannot.
public struct FileSnapshotMemory: SnapshotMemory {
    private let file: GuardedFile

    /// The memory of a file; there need not be one yet.
    public init(path: String) { file = GuardedFile(path: path) }

    /// Takes note of a snapshot.
    public func admit(_ stamp: SnapshotStamp, of directory: DirectoryId) throws {
        let outcome = try file.withLock { () throws(SyncError) -> SnapshotRefusal? in
            var document = try read()
            do throws(SnapshotRefusal) {
                let seen = document.directories[directory.rawValue]
                try stamp.check(follows: seen)
                // Nothing new: a run that only reads leaves the file alone.
                if seen == stamp { return nil }
            } catch {
                return error
            }
            document.directories[directory.rawValue] = stamp
            try file.replace(by: CanonicalJSON.bytes(document))
            return nil
        }
        if let outcome { throw outcome }
    }

    private struct Document: Codable {
        static let kind = "sso-sync snapshot memory"

        var kind = Self.kind
        var version = 1
        var directories: [String: SnapshotStamp] = [:]
    }

    private func read() throws(SyncError) -> Document {
        guard let bytes = try file.read(limit: 1 << 20) else { return Document() }
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(bytes)),
            document.kind == Document.kind, document.version == 1
        else {
            throw SyncError(
                .source,
                "\(file.path) is not a memory of snapshots of this version: give another file, or remove it, after which "
                    + "snapshots that are older than those seen pass once more"
            )
        }
        return document
    }
}
