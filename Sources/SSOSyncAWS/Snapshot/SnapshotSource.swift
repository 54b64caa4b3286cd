// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// A directory that somebody else has read: a snapshot in a file or in S3.
///
/// Nothing of a snapshot is believed before its signature has been verified with a pinned key. A snapshot that is altered,
/// of another directory, too old, or older than one that was seen, is refused, and then there is no directory. The reading
/// is of the time that the snapshot is of.
public struct SnapshotSource: IdentitySource {
    private let store: any SnapshotStore
    private let keys: [SnapshotKeyPin]
    private let expectations: SnapshotExpectations
    private let memory: any SnapshotMemory
    private let now: @Sendable () -> Timestamp

    /// A directory in a snapshot.
    ///
    /// - Parameters:
    ///   - store: Where the snapshot is.
    ///   - keys: The keys, with one of which it has to be signed: the old one and the new one, while the key is being changed.
    ///   - expectations: What else it has to be.
    ///   - memory: Remembers the latest one.
    ///   - now: The clock.
    public init(
        _ store: any SnapshotStore,
        keys: [SnapshotKeyPin],
        expectations: SnapshotExpectations,
        memory: any SnapshotMemory = ProcessSnapshotMemory(),
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        self.store = store
        self.keys = keys
        self.expectations = expectations
        self.memory = memory
        self.now = now
    }

    /// A quarter of an hour, or less if snapshots are good for less: the next one is on its way by then, and whoever has left since
    /// is to come in by no run, whichever it is.
    public var longestAdmission: Int64? { min(expectations.maximumAge, Self.longestLife) }

    /// Reads the snapshot, and from it the groups, their members, and these people.
    ///
    /// - Throws: ``SyncError`` with the code ``SyncError/Code/source`` if it is refused, cannot be read, or lacks a group;
    ///   `CancellationError` if the task was cancelled.
    public func directory(_ request: DirectoryRequest) async throws -> Directory {
        try directory(request, in: try await latest())
    }

    /// The snapshot that is there, if it is not refused: for whoever has to know of when it is before he asks it for anything.
    package func latest() async throws -> Snapshot {
        do { return try await snapshot() } catch { throw explained(error) }
    }

    /// What is wrong, and with which snapshot, for whoever has read it by ``snapshot()``.
    package func explained(_ error: any Error) -> any Error {
        switch error {
        case let refusal as SnapshotRefusal: SyncError(.source, "the snapshot \(store.name) is refused: \(refusal)")
        case let error as AWSError: SyncError(.source, "the snapshot \(store.name) could not be read: \(error.message)")
        case let error as SyncError: unusable(error)
        default: error
        }
    }

    /// The groups, their members, and these people, of ``latest()``.
    package func directory(_ request: DirectoryRequest, in snapshot: Snapshot) throws(SyncError) -> Directory {
        do throws(SyncError) {
            return try snapshot.directory(for: request)
        } catch {
            throw unusable(error)
        }
    }

    private func unusable(_ error: SyncError) -> SyncError {
        SyncError(.source, "the snapshot \(store.name): \(error.message)")
    }

    /// An excerpt that came another way, of a few people, for whom it stands for the directory.
    ///
    /// It is held to the same keys and the same directory. It may not be older than a quarter of an hour: later ones have
    /// decided by then, and whoever keeps one back must not be able to bring it when it suits him.
    ///
    /// - Parameter signed: The excerpt with its signature.
    /// - Throws: ``SnapshotRefusal`` if it is not what is expected.
    public func excerpt(_ signed: SignedSnapshot) throws(SnapshotRefusal) -> Snapshot {
        let excerpt = try signed.verified(by: keys)
        guard excerpt.scope != .everyone else { throw .malformed }
        var expectations = expectations
        expectations.maximumAge = min(expectations.maximumAge, Self.longestLife)
        try expectations.check(excerpt, now: now())
        return excerpt
    }

    /// For how long an excerpt is good, and a snapshot for letting people in, in seconds.
    private static let longestLife: Int64 = 900

    /// The same as ``latest()``, for whoever has to know of a ``SnapshotRefusal`` which it is.
    package func snapshot() async throws -> Snapshot {
        guard let stored = try await store.read() else {
            throw SyncError(.source, "there is none yet: write one with sso-sync snapshot --out \(store.name)")
        }
        let snapshot = try SignedSnapshot(stored.bytes).verified(by: keys)
        // A few people in everyone's place: all the others would be taken for gone.
        guard snapshot.scope == .everyone else { throw SnapshotRefusal.malformed }
        try expectations.check(snapshot, now: now())
        try await memory.admit(snapshot.stamp, of: snapshot.directory)
        return snapshot
    }
}
