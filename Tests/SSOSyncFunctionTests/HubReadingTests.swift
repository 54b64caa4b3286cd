// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@testable import SSOSyncFunction

@Suite("What a hub reads of a few people")
struct HubReadingTests {
    /// Remembers which group has a name, and says of one that is gone that it has no members.
    private struct Remembering: IdentitySource {
        let directory: InMemoryDirectory
        let asked = Locked<[DirectoryRequest]>([])

        func directory(_ request: DirectoryRequest) async throws -> Directory {
            asked.withLock { $0.append(request) }
            guard !request.looksUpAnew else { return try await directory.directory(request) }
            let world = directory.world
            return Directory(
                id: "d-1234567890",
                asOf: world.now,
                scope: request.scope,
                people: world.people.values.filter { request.scope.covers($0.id) },
                groups: request.groups.map { group in
                    let id = GroupId("id-\(group.name)")
                    let members = world.groups[id]?.members ?? []
                    return DirectoryGroup(id: id, name: group.name, members: members.filter(request.scope.covers))
                }
            )
        }
    }

    private let groups = ["g1", "g2"].map { DirectoryRequest.Group(name: $0) }
    private let source = Remembering(
        directory: InMemoryDirectory(
            id: "d-1234567890",
            now: .now,
            people: (["ann", "ben"] as [UserId]).map { Person(id: $0, accountName: AccountName($0.rawValue)) },
            groups: [
                DirectoryGroup(id: "id-g1", name: "g1", members: ["ann"]),
                DirectoryGroup(id: "id-g2", name: "g2", members: ["ben"]),
            ]
        )
    )

    private func read(_ scope: Scope) async throws -> HubReading {
        try await HubReading.read(groups, scope, from: source, freeze: nil)
    }

    private var lookUps: [DirectoryRequest] { source.asked.withLock { $0.filter(\.looksUpAnew) } }

    @Test(arguments: [false, true])
    func `if a group is gone by which somebody is in none, nothing is sent of anybody`(isCreatedAnew: Bool) async throws
    {
        source.directory.update { world in
            world.remove(group: "id-g1")
            guard isCreatedAnew else { return }
            world.add(DirectoryGroup(id: "anew", name: "g1", members: ["ann"]))
        }
        let error = await #expect(throws: SyncError.self) { try await read(.people(["ann", "ben"])) }
        #expect(error?.missingGroups.keys.map(\.name) == ["g1"])
    }

    @Test func `whoever is in no group that is there is handed on, once all of them were looked up`() async throws {
        source.directory.update { $0.remove("ann", from: "id-g1") }
        let reading = try await read(.people(["ann", "ben"]))
        #expect(reading.directory.groups["g1"]?.members == [] && reading.directory.groups["g2"]?.members == ["ben"])
        #expect(lookUps == [DirectoryRequest(groups: groups, scope: .people([]), looksUpAnew: true)])
    }

    @Test(arguments: [.people(["ann", "ben"]), .everyone] as [Scope])
    func `nothing is looked up again where everybody is in a group, or where everyone is read`(scope: Scope)
        async throws
    {
        if scope == .everyone { source.directory.update { $0.remove("ann", from: "id-g1") } }
        _ = try await read(scope)
        #expect(lookUps == [])
    }
}
