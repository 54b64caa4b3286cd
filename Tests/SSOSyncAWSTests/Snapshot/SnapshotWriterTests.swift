// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

@Suite("Writing snapshots")
struct SnapshotWriterTests {
    private let world: SnapshotWorld

    init() throws { world = try SnapshotWorld() }

    /// A place of either kind, which nobody else has.
    private func stores(_ folder: TemporaryFolder) async throws -> [any SnapshotStore] {
        let cloud = try await AWSStandIn.world()
        let location = try #require(S3Location(bucket: try await cloud.makeBucket(), key: "a b/prod ü%.json"))
        return [
            FileSnapshotStore(path: folder.file("snapshot.json")),
            S3SnapshotStore(location, client: S3Client(try cloud.client(.s3))),
        ]
    }

    private func number(_ store: any SnapshotStore) async throws -> Int64 {
        let stored = try #require(try await store.read())
        return try SignedSnapshot(stored.bytes).verified(by: [world.pin]).sequence
    }

    private func failure(
        _ store: any SnapshotStore,
        _ directory: Directory,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> SyncError {
        let error = await #expect(throws: SyncError.self, sourceLocation: sourceLocation) {
            _ = try await SnapshotWriter(to: store, signer: world.signer).write(directory, accountName: .userName)
        }
        return try #require(error, sourceLocation: sourceLocation)
    }

    @Test func `numbers rise with time, and within a second, too`() async throws {
        let folder = try TemporaryFolder()
        for store in try await stores(folder) {
            let writer = SnapshotWriter(to: store, signer: world.signer)
            let first = try await writer.write(world.directory(), accountName: .userName)
            #expect(first.snapshot.sequence == world.now.secondsSince1970)
            #expect(first.key == world.pin)
            _ = try await writer.write(world.directory(), accountName: .userName)
            #expect(try await number(store) == world.now.secondsSince1970 + 1)
            let later = world.now.advanced(bySeconds: 60)
            _ = try await writer.write(world.directory(later), accountName: .userName)
            #expect(try await number(store) == later.secondsSince1970)
        }
    }

    /// As while two configurations of a hub overlap.
    @Test func `the snapshot of a later reading stands for this one only if it has all its groups`() async throws {
        for (left, code) in [("Analysts", SyncError.Code.source), ("DBA", .source), ("", .busy)] {
            let store = MemoryStore()
            let later = world.directory(world.now.advanced(bySeconds: 60))
            let other = Directory(
                id: later.id,
                asOf: later.asOf,
                scope: later.scope,
                people: later.people,
                groups: later.groups.values.filter { $0.name != GroupName(left) }
            )
            _ = try await SnapshotWriter(to: store, signer: world.signer).write(other, accountName: .userName)
            let written = store.bytes
            let failure = try await failure(store, world.directory())
            #expect(
                failure.code == code && failure.message.contains("lacks group \(left):") == !left.isEmpty,
                "\(failure)"
            )
            #expect(store.bytes == written)
        }
    }

    /// Whoever reads refuses it, so that it stands for nothing.
    @Test func `the snapshot of a clock that is ahead is not taken for a later reading`() async throws {
        for (ahead, code) in [(300, SyncError.Code.busy), (301, .source)] as [(Int64, SyncError.Code)] {
            let store = MemoryStore(try await world.document(world.directory(world.now.advanced(bySeconds: ahead))))
            let writer = SnapshotWriter(to: store, signer: world.signer) { [now = world.now] in now }
            let error = await #expect(throws: SyncError.self) {
                try await writer.write(world.directory(), accountName: .userName)
            }
            #expect(error?.code == code && error?.message.contains("set the clock") == true, "\(ahead)")
        }
    }

    @Test func `of many who write at once, no two have one number, and the last one is there`() async throws {
        let folder = try TemporaryFolder()
        for store in try await stores(folder) {
            let numbers = try await withThrowingTaskGroup(of: Int64?.self) { tasks in
                for _ in 0..<8 {
                    tasks.addTask {
                        let writer = SnapshotWriter(to: store, signer: world.signer)
                        do {
                            return try await writer.write(world.directory(), accountName: .userName).snapshot.sequence
                        } catch let error as SyncError where error.message.contains("others keep writing") {
                            return nil
                        }
                    }
                }
                return try await tasks.reduce(into: [Int64]()) { if let number = $1 { $0.append(number) } }
            }
            #expect(!numbers.isEmpty)
            #expect(Set(numbers).count == numbers.count)
            #expect(try await number(store) == numbers.max())
        }
    }

    @Test func `an older reading does not take the place of a later one`() async throws {
        let bytes = try await world.document()
        let store = MemoryStore(bytes)
        let error = try await failure(store, world.directory(world.now.advanced(bySeconds: -1)))
        #expect(error.code == .busy)
        #expect(error.message.contains("holds the snapshot of a later reading already"))
        #expect(store.bytes == bytes)
    }

    @Test func `a reading of a few people is not taken for one of everyone`() async throws {
        let all = world.directory()
        let few = Directory(
            id: all.id,
            asOf: all.asOf,
            scope: .people(["u-1"]),
            people: all.people,
            groups: all.groups.values
        )
        let store = MemoryStore()
        #expect(try await failure(store, few).message.contains("a reading of a few people"))
        #expect(store.bytes == nil)
    }

    @Test func `what is no snapshot, was altered, or is of another directory stays where it is`() async throws {
        let bytes = try await world.document()
        let altered = Array(String(decoding: bytes, as: UTF8.self).replacing("ada", with: "eve").utf8)
        for other in [Array("{}".utf8), [], altered] {
            let store = MemoryStore(other)
            let error = try await failure(store, world.directory())
            #expect(error.message.hasPrefix("memory is not replaced: "), "\(error)")
            #expect(store.bytes == other)
        }
        let error = try await failure(MemoryStore(bytes), world.directory(id: "d-0000000000"))
        #expect(error.message.contains("it is of the directory d-1234567890, and this is d-0000000000"), "\(error)")
    }

    @Test func `somebody else's snapshot of another directory stays, although its key is another`() async throws {
        let bytes = try await SnapshotWorld().document()
        let store = MemoryStore(bytes)
        let error = try await failure(store, world.directory(id: "d-0000000000"))
        #expect(error.message.contains("it is of the directory d-1234567890"), "\(error)")
        #expect(store.bytes == bytes)
    }

    @Test func `after a change of the key, numbers go on rising`() async throws {
        let other = try SnapshotWorld()
        let later = world.now.advanced(bySeconds: 5)
        let store = MemoryStore(try await other.document())
        let writer = SnapshotWriter(to: store, signer: world.signer)
        #expect(
            try await writer.write(world.directory(later), accountName: .userName).snapshot.sequence
                == later.secondsSince1970
        )
    }

    @Test func `a write whose answer was lost is taken for done`() async throws {
        var cloud = try await AWSStandIn.world()
        let location = try #require(S3Location(bucket: try await cloud.makeBucket(), key: "s.json"))
        let store = S3SnapshotStore(location, client: S3Client(try cloud.client(.s3)))
        try await cloud.setFaults([.init("reset", of: "PutObject")])
        let writer = SnapshotWriter(to: store, signer: world.signer)
        let snapshot = try await writer.write(world.directory(), accountName: .userName).snapshot
        #expect(snapshot.sequence == world.now.secondsSince1970)
        #expect(try await cloud.calls().map(\.operation) == ["GetObject", "PutObject", "PutObject", "GetObject"])
        #expect(try await number(store) == snapshot.sequence)
    }

    @Test(arguments: ["ECC_NIST_P256", "RSA_2048"])
    func `through KMS and S3 and back, by version`(spec: String) async throws {
        let cloud = try await AWSStandIn.world()
        let kms = KMSClient(try cloud.client(.kms))
        let signer = KMSSnapshotSigner(key: try await cloud.makeKey(spec), client: kms)
        let location = try #require(S3Location(bucket: try await cloud.makeBucket(hasVersions: true), key: "prod.json"))
        let client = S3Client(try cloud.client(.s3))
        let writer = SnapshotWriter(to: S3SnapshotStore(location, client: client), signer: signer)
        let pin = try await writer.write(world.directory(), accountName: .userName).key
        let version = try #require(try await client.object(at: location)?.versionId)
        let later = world.now.advanced(bySeconds: 60)
        _ = try await writer.write(world.directory(later, members: ["u-1"]), accountName: .userName)

        let memory = ProcessSnapshotMemory()
        let current = world.source(S3SnapshotStore(location, client: client), memory: memory, pins: [pin], after: 60)
        let old = S3SnapshotStore(location, versionId: version, client: client)
        let first = try await world.source(old, pins: [pin], after: 60).directory(SnapshotWorld.request)
        #expect(first.groups["Analysts"]?.members == ["u-1", "u-2"])
        #expect(try await current.directory(SnapshotWorld.request).groups["Analysts"]?.members == ["u-1"])
        // A replay of the version before is refused by whoever has seen the later one.
        let error = await #expect(throws: SyncError.self) {
            try await world.source(old, memory: memory, pins: [pin], after: 60).directory(SnapshotWorld.request)
        }
        #expect(error?.message.contains("(version \(version)) is refused") == true, "\(String(describing: error))")
        #expect(try await cloud.calls().allSatisfy { $0.verified })
    }

    @Test func `a key of KMS's that is of another kind is told with those that are fit`() async throws {
        let cloud = try await AWSStandIn.world()
        let key = try await cloud.makeKey("ECC_NIST_P384")
        let writer = SnapshotWriter(
            to: MemoryStore(),
            signer: KMSSnapshotSigner(key: key, client: KMSClient(try cloud.client(.kms)))
        )
        let error = await #expect(throws: SyncError.self) {
            _ = try await writer.write(world.directory(), accountName: .userName)
        }
        #expect(
            error?.message.contains("of the kind ECC_NIST_P384 for SIGN_VERIFY, and snapshots are signed with") == true
        )
    }

    @Test func `a signature that does not fit the key is not written`() async throws {
        struct Moved: SnapshotSigner {
            let first: PEMSnapshotSigner
            let second: PEMSnapshotSigner

            func publicKey() -> [UInt8] { first.publicKey() }
            func sign(digest: [UInt8], algorithm: String) -> [UInt8] {
                second.sign(digest: digest, algorithm: algorithm)
            }
        }
        let store = MemoryStore()
        let writer = SnapshotWriter(to: store, signer: Moved(first: world.signer, second: try SnapshotWorld().signer))
        await #expect(throws: SyncError.self) { _ = try await writer.write(world.directory(), accountName: .userName) }
        #expect(store.bytes == nil)
    }
}
