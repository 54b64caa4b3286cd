// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

@Suite("Calls that a directory costs")
struct IdentityCenterCallsTests {
    private func world(users: Int, members: [Int], groups: Int = 1) async throws -> AWSStandIn.World {
        let world = try await AWSStandIn.world()
        let loaded = (0..<groups).map {
            AWSStandIn.Group(AWSStandIn.id(100_000 + $0), "g\($0)", members: members.map(AWSStandIn.id))
        }
        try await world.load(users: (0..<users).map { AWSStandIn.User($0) }, groups: loaded)
        return world
    }

    private func operations(_ world: AWSStandIn.World) async throws -> [String: Int] {
        try await world.calls().reduce(into: [:]) { $0[$1.operation, default: 0] += 1 }
    }

    @Test func `one group of 1,000 people in a store of 2,000 costs 30 calls, and one for its name`() async throws {
        // Spread, so that the last page is needed.
        let world = try await world(users: 2_000, members: (0..<1_000).map { $0 * 2 + 1 })
        let directory = try await source(world).directory(request(["g0"]))
        #expect(directory.people.count == 1_000)
        #expect(try await operations(world) == ["GetGroupId": 1, "ListGroupMemberships": 10, "ListUsers": 20])
    }

    @Test func `pages of people are read only until all members are found`() async throws {
        let world = try await world(users: 2_000, members: Array(0..<1_000))
        _ = try await source(world).directory(request(["g0"]))
        #expect(try await operations(world) == ["GetGroupId": 1, "ListGroupMemberships": 10, "ListUsers": 10])
    }

    @Test func `three people of a large store are asked for one by one`() async throws {
        let world = try await world(users: 1_500, members: [1, 700, 1_400])
        _ = try await source(world).directory(request(["g0"]))
        #expect(try await operations(world) == ["GetGroupId": 1, "ListGroupMemberships": 1, "DescribeUser": 3])
    }

    @Test func `what one reading learns of the store's size, the next one uses`() async throws {
        let world = try await world(users: 1_500, members: [1, 700, 900, 1_200, 1_400, 1_499])
        let source = source(world)
        let first = try await source.directory(request(["g0"]))
        let before = try await operations(world)["ListUsers"]
        let second = try await source.directory(request(["g0"]))
        #expect(first.people == second.people)
        #expect(try #require(before) > 0)
        #expect(try await operations(world)["DescribeUser"] ?? 0 >= 6)
    }

    @Test(arguments: [1, 2, 3], [1, 12])
    func `a few people cost three calls each at most, those for the groups included`(
        people: Int,
        groups: Int
    ) async throws {
        let world = try await world(users: 500, members: Array(0..<300), groups: groups)
        let scope = Scope.people(Set((0..<people).map(user)))
        let names = (0..<groups).map { GroupName("g\($0)") }
        let directory = try await source(world).directory(request(names, scope))
        #expect(directory.people.count == people)
        #expect(try await world.calls().count <= 3 * people)
    }

    @Test func `for many people of a small group its members are listed`() async throws {
        let world = try await world(users: 500, members: Array(0..<30))
        let scope = Scope.people(Set((0..<200).map(user)))
        let directory = try await source(world).directory(request(["g0"], scope))
        #expect(directory.people.count == 30)
        #expect(try await world.calls().count <= 4)
    }

    @Test func `for some people of large groups members are listed no further than is worth it`() async throws {
        let world = try await world(users: 1_000, members: Array(0..<900))
        let people = (0..<4).map { user($0 * 250 + 10) }
        let directory = try await source(world).directory(request(["g0"], .people(Set(people))))
        #expect(directory.people.map(\.id) == people.filter { $0 < user(900) })
        #expect(try await world.calls().count <= 3 * 4 + 1)
    }

    @Test
    func
        `groups that are missing, or were created anew, are all told before anything is read, and no other is looked up again`()
        async throws
    {
        let world = try await world(users: 50, members: Array(0..<20), groups: 12)
        let source = source(world)
        let groups = (0..<14).map { number in
            let pin = number == 3 ? GroupId(AWSStandIn.id(77)) : nil
            return DirectoryRequest.Group(name: GroupName("g\(number)"), pinnedId: pin)
        }
        let error = await #expect(throws: SyncError.self) {
            try await source.directory(DirectoryRequest(groups: groups, scope: .everyone))
        }
        let missing = try #require(error?.missingGroups)
        #expect(Set(missing.keys) == [groups[3], groups[12], groups[13]])
        #expect(missing[groups[3]]?.contains("created anew") == true)
        #expect(missing[groups[12]]?.contains("has no group \"g12\"") == true)
        #expect(try await operations(world) == ["ListGroups": 1])

        let left = groups.filter { missing[$0] == nil }
        #expect(try await source.directory(DirectoryRequest(groups: left, scope: .everyone)).people.count == 20)
        #expect(try await operations(world) == ["ListGroups": 1, "ListGroupMemberships": 11, "ListUsers": 1])
    }

    @Test func `of a group that stays missing each reading looks for that one alone`() async throws {
        let world = try await world(users: 50, members: Array(0..<20), groups: 12)
        let source = source(world)
        let names = (0..<13).map { GroupName("g\($0)") }
        for reading in 0..<3 {
            let message = try await sourceFailure(source, request(names, .people([user(1)])), code: .groupMissing)
            #expect(message.contains("has no group \"g12\""))
            let expected = ["ListGroups": 1, "GetGroupId": reading]
            #expect(try await operations(world) == expected.filter { $0.value > 0 })
        }
    }

    @Test func `groups of which the members are known to take too many pages are not listed in part once more`()
        async throws
    {
        let world = try await world(users: 1_000, members: Array(0..<900))
        let source = source(world)
        let people = Set((0..<8).map { user($0 * 100) })
        var listed: [Int] = []
        for _ in 0..<2 {
            #expect(try await source.directory(request(["g0"], .people(people))).people.count == 8)
            listed.append(try await operations(world)["ListGroupMemberships"] ?? 0)
        }
        #expect(listed == [4, 4])
        // Once all of them have been listed for everyone, they are known to be worth it for more people.
        _ = try await source.directory(request(["g0"]))
        let more = Set((0..<20).map { user($0 * 40) })
        #expect(try await source.directory(request(["g0"], .people(more))).people.count == 20)
        #expect(try await operations(world)["ListGroupMemberships"] == 4 + 9 + 9)
    }

    @Test func `in more groups than half as many as there are people, nobody's members are listed`() async throws {
        let world = try await world(users: 60, members: Array(0..<60), groups: 26)
        let names = (0..<26).map { GroupName("g\($0)") }
        let directory = try await source(world).directory(request(names, .people(Set((0..<50).map(user)))))
        #expect(directory.people.count == 50)
        #expect(try await operations(world) == ["ListGroups": 1, "IsMemberInGroups": 50, "ListUsers": 1])
    }

    @Test func `five requests a second are the default, over all calls`() async throws {
        let world = try await world(users: 3, members: [0, 1])
        let source = IdentityCenterSource(
            .init(regions: [world.region]),
            credentials: world.credentials,
            transport: CurlTransport(.init()),
            endpoints: EndpointResolver(environment: world.environment)
        )
        let start = ContinuousClock.now
        _ = try await source.directory(request(["g0"]))
        let calls = try await world.calls().count
        #expect(calls == 5)
        #expect(ContinuousClock.now - start >= .milliseconds(200) * (calls - 1))
    }
}
