// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore
internal import SSOSyncDigest

/// Writes snapshots, each with a number of its own.
///
/// The number is one more than that of the snapshot which is replaced, and at least the second that the reading began in, so
/// that it goes on rising when the place or the key is another. What is replaced is what the number was taken from: of two
/// who write at once, the second one sees the first one's.
public struct SnapshotWriter: Sendable {
    private let store: any SnapshotStore
    private let signer: any SnapshotSigner
    private let now: @Sendable () -> Timestamp

    /// Somebody else would have to write just as often in between.
    private static let maximumAttempts = 5

    /// Writes to a place.
    ///
    /// - Parameters:
    ///   - store: The place.
    ///   - signer: Has the key.
    ///   - now: Tells the time.
    public init(
        to store: any SnapshotStore,
        signer: any SnapshotSigner,
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        (self.store, self.signer, self.now) = (store, signer, now)
    }

    /// Signs a reading and writes it.
    ///
    /// - Parameters:
    ///   - directory: A reading of everyone.
    ///   - accountName: What the account names were made from.
    ///   - latest: Reads people in the same groups anew: those who have lost a group since the snapshot that is replaced, if they are
    ///     fifty at most. Who is in a group by then in which the reading has not found them is written as one of its members; if it
    ///     throws, the reading stands. Nil to ask about nobody.
    /// - Returns: What was written, the fingerprint of the key, and how many people are in it as members whom the reading has not found.
    /// - Throws: ``SyncError``: ``SyncError/Code/busy`` if a snapshot of a later reading is there already that has all the groups;
    ///   `CancellationError` if the task was cancelled.
    public func write(
        _ directory: Directory,
        accountName: AccountNameAttribute,
        askingAgain latest: (@Sendable (Set<UserId>) async throws -> Directory)? = nil
    ) async throws -> (snapshot: Snapshot, key: SnapshotKeyPin, overlooked: Int) {
        guard directory.scope == .everyone else {
            throw SyncError(.source, "a reading of a few people is no snapshot: everybody else would be taken for gone")
        }
        do {
            let key = try await signer.checkedKey()
            for _ in 0..<Self.maximumAttempts {
                let stored = try await store.read()
                let previous = try stored.flatMap { try current($0, key, of: directory) }
                let sequence = try sequence(directory, after: previous)
                let mended = try await mended(directory, since: previous, latest)
                let snapshot = Snapshot(
                    mended?.directory ?? directory,
                    sequence: sequence,
                    accountName: accountName
                )
                guard let signed = try await signer.signed(snapshot, key) else { throw SyncError.signatureMismatch }
                if try await store.write(signed.bytes, replacing: stored) {
                    return (snapshot, SnapshotKeyPin(key), mended?.overlooked ?? 0)
                }
            }
            throw SyncError(.unreachable, "others keep writing to \(store.name): let one place write there")
        } catch let error as AWSError {
            throw SyncError(.unreachable, "the snapshot \(store.name) could not be written: \(error.message)")
        }
    }

    /// The reading, with those in their groups whom it has missed there because they changed groups meanwhile; nil if there are none.
    private func mended(
        _ directory: Directory,
        since previous: Snapshot?,
        _ latest: (@Sendable (Set<UserId>) async throws -> Directory)?
    ) async throws -> (directory: Directory, overlooked: Int)? {
        let losses = SnapshotLosses(directory, since: previous)
        guard let latest, !losses.people.isEmpty else { return nil }
        let found = try? await latest(losses.people)
        try Task.checkCancellation()
        return found.flatMap { losses.mended(by: $0) }
    }

    /// The snapshot that is there, if it was signed with this key.
    ///
    /// Of one with another key, as after a change of keys, nothing is believed but that it is of another directory: then it is
    /// somebody else's, and stays.
    private func current(_ stored: StoredSnapshot, _ key: PublicKey, of directory: Directory) throws -> Snapshot? {
        do throws(SnapshotRefusal) {
            let signed = try SignedSnapshot(stored.bytes)
            let snapshot = try signed.verified(by: [SnapshotKeyPin(of: signed)])
            guard snapshot.directory == directory.id else {
                throw SnapshotRefusal(
                    .otherDirectory,
                    "it is of the directory \(snapshot.directory), and this is \(directory.id)"
                )
            }
            return signed.publicKey == key.bytes ? snapshot : nil
        } catch {
            throw SyncError(
                .source,
                "\(store.name) is not replaced: \(error). Give another place, or move away what is there"
            )
        }
    }

    private func sequence(_ directory: Directory, after previous: Snapshot?) throws(SyncError) -> Int64 {
        guard let previous else { return directory.asOf.secondsSince1970 }
        guard previous.asOf <= directory.asOf else {
            guard previous.asOf <= now().advanced(bySeconds: SnapshotExpectations.clockTolerance) else {
                throw SyncError(
                    .source,
                    "\(store.name) holds a snapshot of the future, of \(previous.asOf), which nobody takes: set the clock of whoever "
                        + "wrote it, and move it away"
                )
            }
            if let group = Set(directory.groups.keys).subtracting(previous.groups.map(\.name)).min() {
                throw SyncError(
                    .source,
                    "\(store.name) holds the snapshot of a later reading already, of \(previous.asOf), which lacks group \(group): "
                        + "who wrote it has another configuration, or the group is gone. The next reading is written"
                )
            }
            throw SyncError(
                .busy,
                "\(store.name) holds the snapshot of a later reading already, of \(previous.asOf), and this one is of "
                    + "\(directory.asOf): if nobody else writes there, set the clock"
            )
        }
        guard previous.sequence < Int64.max else {
            throw SyncError(.source, "\(store.name) holds the last number that there is: give another place")
        }
        return max(previous.sequence + 1, directory.asOf.secondsSince1970)
    }
}
