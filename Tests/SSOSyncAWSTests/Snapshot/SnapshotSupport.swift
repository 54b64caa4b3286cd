// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

/// A directory to take snapshots of, and a key to sign them with.
struct SnapshotWorld {
    let key: SigningKey
    let pin: SnapshotKeyPin
    let signer: PEMSnapshotSigner
    let now = Timestamp(secondsSince1970: 1_795_348_800)

    init(_ kind: SigningKey.Kind = .p256) throws {
        key = try SigningKey(kind)
        pin = try #require(SnapshotKeyPin(pem: key.publicKey))
        signer = try #require(PEMSnapshotSigner(pem: key.privateKey))
    }

    static let request = DirectoryRequest(groups: [.init(name: "Analysts"), .init(name: "DBA")], scope: .everyone)

    /// Three people in two groups, read at a time.
    func directory(_ asOf: Timestamp? = nil, id: DirectoryId = "d-1234567890", members: [UserId] = ["u-1", "u-2"])
        -> Directory
    {
        Directory(
            id: id,
            asOf: asOf ?? now,
            scope: .everyone,
            people: [
                Person(id: "u-1", accountName: "ada"), Person(id: "u-2", accountName: "bob/\"x\"", isEnabled: false),
                Person(id: "u-3", accountName: nil), Person(id: "u-9", accountName: "in.no.group"),
            ],
            groups: [
                DirectoryGroup(id: "g-1", name: "Analysts", members: members),
                DirectoryGroup(id: "g-2", name: "DBA", members: ["u-3"]),
            ]
        )
    }

    /// The document of a snapshot.
    func document(_ snapshot: Snapshot) async throws -> [UInt8] {
        let store = MemoryStore()
        _ = try await SnapshotWriter(to: store, signer: signer).write(
            Directory(
                id: snapshot.directory,
                asOf: snapshot.asOf,
                scope: .everyone,
                people: snapshot.people,
                groups: snapshot.groups
            ),
            accountName: snapshot.accountName
        )
        return store.bytes ?? []
    }

    /// The document of a snapshot of the directory.
    func document(_ directory: Directory? = nil) async throws -> [UInt8] {
        try await document(Snapshot(directory ?? self.directory(), sequence: 0, accountName: .userName))
    }

    /// What is signed may be anything.
    func signed(_ payload: [UInt8]) throws -> [UInt8] {
        let signature = signer.sign(digest: SignedSnapshot.digest(of: payload), algorithm: "")
        let key = try #require(pin.key(signer.publicKey()))
        return SignedSnapshot(payload: payload, key: key, signature: signature).bytes
    }

    func source(
        _ store: any SnapshotStore,
        directory: DirectoryId = "d-1234567890",
        accountName: AccountNameAttribute = .userName,
        maximumAge: Int64 = 3_600,
        memory: any SnapshotMemory = ProcessSnapshotMemory(),
        pins: [SnapshotKeyPin]? = nil,
        after seconds: Int64 = 0
    ) -> SnapshotSource {
        SnapshotSource(
            store,
            keys: pins ?? [pin],
            expectations: SnapshotExpectations(directory: directory, accountName: accountName, maximumAge: maximumAge),
            memory: memory,
            now: { [now] in now.advanced(bySeconds: seconds) }
        )
    }
}

/// A place in memory, for tests of what does not depend on places.
final class MemoryStore: SnapshotStore {
    let name = "memory"
    let held: Locked<[UInt8]?>

    init(_ bytes: [UInt8]? = nil) { held = Locked(bytes) }

    /// What is there.
    var bytes: [UInt8]? { held.withLock { $0 } }

    func read() -> StoredSnapshot? { bytes.map { StoredSnapshot(bytes: $0) } }

    func write(_ bytes: [UInt8], replacing previous: StoredSnapshot?) -> Bool {
        held.withLock { held in
            guard held == previous?.bytes else { return false }
            held = bytes
            return true
        }
    }
}
