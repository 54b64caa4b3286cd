// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

/// Groups are listed one after another, and people go from one to another meanwhile.
@Suite("Snapshots of readings that have somebody in no group who was never in none")
struct SnapshotLossesTests {
    private let world: SnapshotWorld

    init() throws { world = try SnapshotWorld() }

    private var later: Timestamp { world.now.advanced(bySeconds: 900) }

    /// What the directory says of the first person by now.
    private func latest(in group: GroupName?, isEnabled: Bool = true) -> Directory {
        Directory(
            id: "d-1234567890",
            asOf: later.advanced(bySeconds: 60),
            scope: .people(["u-1"]),
            people: [Person(id: "u-1", accountName: "ada", isEnabled: isEnabled)],
            groups: ["Analysts", "DBA"].map { name in
                DirectoryGroup(id: name == "DBA" ? "g-2" : "g-1", name: name, members: name == group ? ["u-1"] : [])
            }
        )
    }

    /// Replaces the snapshot by a reading without the first person.
    ///
    /// - Parameter absent: Somebody of whom the reading knows nothing at all.
    private func replace(
        _ store: MemoryStore,
        without absent: UserId? = nil,
        asking latest: @escaping @Sendable (Set<UserId>) async throws -> Directory
    ) async throws {
        let found = world.directory(later, members: ["u-2"])
        let reading = Directory(
            id: found.id,
            asOf: found.asOf,
            scope: .everyone,
            people: found.people.filter { $0.id != absent },
            groups: found.groups.values
        )
        let writer = SnapshotWriter(to: store, signer: world.signer)
        _ = try await writer.write(reading, accountName: .userName, askingAgain: latest)
    }

    @Test(arguments: ["Analysts", "DBA"] as [GroupName])
    func `who is in a group by now, and was found in none, is written as a member of it`(group: GroupName) async throws
    {
        let store = MemoryStore(try await world.document())
        let asked = Locked<[Set<UserId>]>([])
        try await replace(store, without: "u-1") { people in
            asked.withLock { $0.append(people) }
            return latest(in: group)
        }
        #expect(asked.withLock { $0 } == [["u-1"]])
        let written = try SignedSnapshot(try #require(store.bytes)).verified(by: [world.pin])
        let members = Dictionary(uniqueKeysWithValues: written.groups.map { ($0.name, $0.members) })
        #expect(
            members == [
                "Analysts": group == "Analysts" ? ["u-1", "u-2"] : ["u-2"],
                "DBA": group == "DBA" ? ["u-1", "u-3"] : ["u-3"],
            ]
        )
        #expect(written.people.first { $0.id == "u-1" } == Person(id: "u-1", accountName: "ada"))
        #expect(written.asOf == later)
    }

    @Test func `who is in a group of that name by now, and it is another one, is not its member`() async throws {
        let store = MemoryStore(try await world.document())
        try await replace(store) { _ in
            Directory(
                id: "d-1234567890",
                asOf: later,
                scope: .people(["u-1"]),
                people: [Person(id: "u-1", accountName: "ada")],
                groups: [DirectoryGroup(id: "g-9", name: "Analysts", members: ["u-1"])]
            )
        }
        let written = try SignedSnapshot(try #require(store.bytes)).verified(by: [world.pin])
        #expect(written.groups.first { $0.name == "Analysts" }?.members == ["u-2"])
    }

    @Test
    func `who has left is left out, whether disabled by then or in no group, and if the directory does not answer`()
        async throws
    {
        let answers: [@Sendable (Set<UserId>) async throws -> Directory] = [
            { _ in latest(in: nil) }, { _ in latest(in: "DBA", isEnabled: false) },
            { _ in throw SyncError(.source, "throttled") },
        ]
        for answer in answers {
            let store = MemoryStore(try await world.document())
            try await replace(store, asking: answer)
            let written = try SignedSnapshot(try #require(store.bytes)).verified(by: [world.pin])
            #expect(written.groups.first { $0.name == "Analysts" }?.members == ["u-2"])
        }
    }

    @Test func `nobody is asked about who has lost nothing, nor by an older reading, nor about a crowd`() async throws {
        let crowd = (1...51).map { UserId("c-\($0)") }
        let cases: [(before: Directory, now: Directory, isWritten: Bool)] = [
            (world.directory(), world.directory(later), true),
            (world.directory(later), world.directory(members: ["u-2"]), false),
            (world.directory(members: crowd), world.directory(later), true),
        ]
        for (before, now, isWritten) in cases {
            let store = MemoryStore(try await world.document(before))
            let writer = SnapshotWriter(to: store, signer: world.signer)
            let result = await Result.catching {
                try await writer.write(now, accountName: .userName) { people in
                    Issue.record("asked about \(people)")
                    return latest(in: "DBA")
                }
            }
            guard !isWritten else {
                _ = try result.get()
                continue
            }
            let error = #expect(throws: SyncError.self) { try result.get() }
            #expect(error?.code == .busy)
        }
    }
}
