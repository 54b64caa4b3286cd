// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

@Suite("The directory in a snapshot")
struct SnapshotSourceTests {
    private let world: SnapshotWorld

    init() throws { world = try SnapshotWorld() }

    private func failure(
        _ source: SnapshotSource,
        _ request: DirectoryRequest = SnapshotWorld.request,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let error = await #expect(throws: SyncError.self, sourceLocation: sourceLocation) {
            try await source.directory(request)
        }
        #expect(error?.code == .source, sourceLocation: sourceLocation)
        return try #require(error?.message, sourceLocation: sourceLocation)
    }

    @Test func `a reading is what was read, and of the time when that was`() async throws {
        let source = world.source(MemoryStore(try await world.document()), after: 600)
        let directory = try await source.directory(SnapshotWorld.request)
        #expect(directory.asOf == world.now)
        #expect(directory.id == "d-1234567890")
        #expect(directory.groups == world.directory().groups)
        #expect(directory.people.map(\.id) == ["u-1", "u-2", "u-3"])
        #expect(try await source.directory(SnapshotWorld.request) == directory)
    }

    @Test func `of a few people, those who are there, and their groups`() async throws {
        let source = world.source(MemoryStore(try await world.document()))
        let scope = Scope.people(["u-2", "u-7"])
        let directory = try await source.directory(
            DirectoryRequest(groups: [.init(name: "Analysts"), .init(name: "DBA")], scope: scope)
        )
        #expect(directory.scope == scope)
        #expect(directory.people.map(\.id) == ["u-2"])
        #expect(directory.groups["Analysts"]?.members == ["u-2"])
        #expect(directory.groups["DBA"]?.members == [])
    }

    @Test func `somebody is found in any spelling of the id, and is in the answer in the same`() throws {
        let (id, other) = (UserId(AWSStandIn.id(1)), UserId(AWSStandIn.id(2)))
        let group = DirectoryGroup(id: "g-1", name: "DBA", members: [id, other])
        let people = [id, other].map { Person(id: $0, accountName: "ann", isEnabled: true) }
        let whole = Directory(id: "d-1234567890", asOf: .now, scope: .everyone, people: people, groups: [group])
        let snapshot = Snapshot(whole, sequence: 1, accountName: .userName)
        let asked = UserId("1234567890-\(id.rawValue.uppercased())")
        let few = try snapshot.directory(for: DirectoryRequest(groups: [.init(name: "DBA")], scope: .people([asked])))
        #expect(few.people.map(\.id) == [asked])
        #expect(few.groups["DBA"]?.members == [asked])
    }

    @Test func `a group that is not in it, or is another than the pinned one, is an error`() async throws {
        let source = world.source(MemoryStore(try await world.document()))
        let missing = try await failure(source, DirectoryRequest(groups: [.init(name: "Nobody")], scope: .everyone))
        #expect(missing.hasPrefix(#"the snapshot memory: there is no group "Nobody" in it: "#), "\(missing)")
        let pinned = DirectoryRequest(groups: [.init(name: "DBA", pinnedId: "g-0")], scope: .everyone)
        #expect(try await failure(source, pinned).contains("was created anew"))
        let right = DirectoryRequest(groups: [.init(name: "DBA", pinnedId: "g-2")], scope: .everyone)
        #expect(try await source.directory(right).groups["DBA"]?.id == "g-2")
    }

    @Test func `one that is too old is refused, to the second`() async throws {
        let store = MemoryStore(try await world.document())
        _ = try await world.source(store, maximumAge: 900, after: 900).directory(SnapshotWorld.request)
        let old = try await failure(world.source(store, maximumAge: 900, after: 901))
        #expect(
            old.hasPrefix("the snapshot memory is refused: it is of 2026-11-22T12:00:00Z, more than 15 min ago: "),
            "\(old)"
        )
        #expect(try await failure(world.source(store, after: 3_601)).contains("more than 1 h ago"))
    }

    @Test func `one of the future is refused, but for what clocks may differ by`() async throws {
        let store = MemoryStore(try await world.document())
        _ = try await world.source(store, after: -300).directory(SnapshotWorld.request)
        #expect(try await failure(world.source(store, after: -301)).contains("set the clocks"))
    }

    @Test func `one of another directory, or of other account names, is refused`() async throws {
        let store = MemoryStore(try await world.document())
        let directory = try await failure(world.source(store, directory: "d-0000000000"))
        #expect(directory.contains("it is of the directory d-1234567890, and d-0000000000 is expected"), "\(directory)")
        let names = try await failure(world.source(store, accountName: .email))
        #expect(names.contains("made from userName, and accountName is email here"), "\(names)")
    }

    @Test func `one that is signed with another key is refused, whoever holds it`() async throws {
        let store = MemoryStore(try await SnapshotWorld().document())
        let message = try await failure(world.source(store))
        #expect(message.contains("\(world.pin.fingerprint) is pinned"), "\(message)")
    }

    @Test func `while the key is being changed, one that is signed with either of two is taken, and no third`()
        async throws
    {
        let (next, third) = (try SnapshotWorld(), try SnapshotWorld())
        let pins = [world.pin, next.pin]
        for signer in [world, next] {
            let source = world.source(MemoryStore(try await signer.document()), pins: pins)
            #expect(try await source.directory(SnapshotWorld.request).groups["Analysts"]?.members == ["u-1", "u-2"])
        }
        let message = try await failure(world.source(MemoryStore(try await third.document()), pins: pins))
        #expect(message.contains("\(world.pin.fingerprint) or \(next.pin.fingerprint) is pinned"), "\(message)")
    }

    @Test func `an older one is not taken once a later one was seen, and a later one is`() async throws {
        let (first, later) = (
            try await world.document(), try await world.document(world.directory(world.now.advanced(bySeconds: 60)))
        )
        let store = MemoryStore(first)
        let source = world.source(store, after: 120)
        _ = try await source.directory(SnapshotWorld.request)
        store.held.withLock { $0 = later }
        #expect(try await source.directory(SnapshotWorld.request).asOf == world.now.advanced(bySeconds: 60))
        store.held.withLock { $0 = first }
        let message = try await failure(source)
        #expect(message.contains("was seen before: somebody has put an old one"), "\(message)")
        store.held.withLock { $0 = later }
        _ = try await source.directory(SnapshotWorld.request)
    }

    @Test func `one that is refused is not remembered`() async throws {
        let memory = ProcessSnapshotMemory()
        let later = try await world.document(world.directory(world.now.advanced(bySeconds: 4_000)))
        _ = try await failure(world.source(MemoryStore(later), memory: memory))
        _ = try await world.source(MemoryStore(try await world.document()), memory: memory).directory(
            SnapshotWorld.request
        )
    }

    @Test
    func `what nobody who may sign has written is told apart from what is genuine, and from what cannot be read yet`() {
        let strange: [SnapshotRefusal.Code] = [.malformed, .otherKey, .altered]
        let others: [SnapshotRefusal.Code] = [
            .otherVersion, .otherDirectory, .otherAccountName, .tooOld, .early, .superseded,
        ]
        #expect(strange.allSatisfy { SnapshotRefusal($0, "").isOfStranger })
        #expect(!others.contains { SnapshotRefusal($0, "").isOfStranger })
    }

    @Test func `nothing, a file that cannot be read and a bucket that is not there are told with the place`()
        async throws
    {
        #expect(
            try await failure(world.source(MemoryStore())).contains(
                "there is none yet: write one with sso-sync snapshot"
            )
        )
        let folder = try TemporaryFolder()
        let path = folder.file("snapshot.json")
        #expect(try await failure(world.source(FileSnapshotStore(path: path))).contains("--out \(path)"))
        let isFolder = try await failure(world.source(FileSnapshotStore(path: folder.path)))
        #expect(isFolder.contains("\(folder.path) cannot be read"), "\(isFolder)")
        let cloud = try await AWSStandIn.world()
        let location = try #require(S3Location(bucket: "no-\(cloud.store.dropFirst(2))", key: "k"))
        let store = S3SnapshotStore(location, client: S3Client(try cloud.client(.s3)))
        #expect(
            try await failure(world.source(store)).hasPrefix(
                "the snapshot \(location) could not be read: there is no bucket"
            )
        )
    }
}
