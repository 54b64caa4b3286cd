// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncCore

/// The directory as an excerpt of it says, for the people whom it covers.
struct ExcerptSource: IdentitySource {
    /// Whose signature was right.
    let excerpt: Snapshot
    let frozen: FrozenReadings

    /// Whoever was read more than a minute ago may have left since: the second reading, or the full run, lets them in.
    let longestAdmission: Int64? = 60

    func directory(_ request: DirectoryRequest) throws -> Directory {
        frozen.applied(to: try excerpt.directory(for: request))
    }
}

/// A snapshot that must not be older than what a hub has announced.
struct AnnouncedSource: IdentitySource {
    let source: SnapshotSource
    /// When the announced reading began.
    let asOf: Timestamp
    let frozen: FrozenReadings

    var longestAdmission: Int64? { source.longestAdmission }

    func directory(_ request: DirectoryRequest) async throws -> Directory {
        let directory = try await source.directory(request)
        guard directory.asOf >= asOf else {
            throw SyncError(
                .source,
                "the snapshot is of \(directory.asOf), and the hub has announced one of \(asOf): see whether the hub could write "
                    + "this copy, which it logs"
            )
        }
        return frozen.applied(to: directory)
    }
}
