// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncCore
internal import Synchronization

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
final class AnnouncedSource: IdentitySource {
    private let source: SnapshotSource
    private let asOf: Timestamp
    private let frozen: FrozenReadings
    private let first: Mutex<Result<Snapshot, any Error>?>

    /// - Parameters:
    ///   - source: Where the snapshot is.
    ///   - first: What it was a moment ago, which is not read once more for whoever asks first; nil if that is longer ago.
    ///   - asOf: When the announced reading began.
    ///   - frozen: What has been seen of a freeze.
    init(_ source: SnapshotSource, first: Result<Snapshot, any Error>?, asOf: Timestamp, frozen: FrozenReadings) {
        (self.source, self.asOf, self.frozen) = (source, asOf, frozen)
        self.first = Mutex(first)
    }

    var longestAdmission: Int64? { source.longestAdmission }

    func directory(_ request: DirectoryRequest) async throws -> Directory {
        let directory = try source.directory(request, in: try await snapshot())
        guard directory.asOf >= asOf else { throw Self.error(directory.asOf, announced: asOf) }
        return frozen.applied(to: directory)
    }

    /// That the snapshot which is there is not the announced one.
    static func error(_ asOf: Timestamp, announced: Timestamp) -> SyncError {
        SyncError(
            .source,
            "the snapshot is of \(asOf), and the hub has announced one of \(announced): see whether the hub could write "
                + "this copy, which it logs"
        )
    }

    private func snapshot() async throws -> Snapshot {
        if let first = first.withLock({ $0.take() }) { return try first.get() }
        return try await source.latest()
    }
}
