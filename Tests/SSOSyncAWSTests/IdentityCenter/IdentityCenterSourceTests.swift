// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

@Suite("The directory from IAM Identity Center")
struct IdentityCenterSourceTests {
    private static let start = Timestamp(secondsSince1970: 1_800_000_000)
    private static let analysts = AWSStandIn.Group(
        AWSStandIn.id(900),
        "Analysts",
        members: [1, 2, 3].map(AWSStandIn.id)
    )
    private static let admins = AWSStandIn.Group(AWSStandIn.id(901), "DBA", members: [3, 4].map(AWSStandIn.id))
    private static let nobody = AWSStandIn.Group(AWSStandIn.id(902), "Nobody")

    private func world(users: [AWSStandIn.User]? = nil) async throws -> AWSStandIn.World {
        let world = try await AWSStandIn.world()
        let users = users ?? (0..<6).map { AWSStandIn.User($0, status: $0 == 2 ? "DISABLED" : "ENABLED") }
        try await world.load(users: users, groups: [Self.analysts, Self.admins, Self.nobody])
        return world
    }

    @Test func `the members of the groups are read, and nobody else`() async throws {
        let world = try await world()
        let source = source(world, now: { Self.start })
        let directory = try await source.directory(request(["Analysts", "DBA", "Nobody"]))
        #expect(directory.id == DirectoryId(world.store))
        #expect(directory.asOf == Self.start)
        #expect(directory.scope == .everyone)
        #expect(directory.people.map(\.id) == [1, 2, 3, 4].map(user))
        #expect(directory.people.map(\.accountName) == [1, 2, 3, 4].map { AccountName("person\($0)") })
        #expect(directory.people.map(\.isEnabled) == [true, false, true, true])
        #expect(directory.groups["Analysts"]?.members == [1, 2, 3].map(user))
        #expect(directory.groups["DBA"]?.members == [3, 4].map(user))
        #expect(directory.groups["Nobody"]?.members == [])
        #expect(directory.groups["DBA"]?.id == GroupId(Self.admins.GroupId))
        #expect(try await world.calls().allSatisfy(\.verified))
    }

    @Test func `a few people are covered, whether they are there or not`() async throws {
        let source = source(try await world())
        let people: Set<UserId> = [user(2), user(3), user(5), user(77), "ann"]
        let directory = try await source.directory(request(["Analysts", "DBA"], .people(people)))
        #expect(directory.scope == .people(people))
        // Who is in none of the groups is as good as gone.
        #expect(directory.people.map(\.id) == [2, 3].map(user))
        #expect(directory.groups["Analysts"]?.members == [2, 3].map(user))
        #expect(directory.groups["DBA"]?.members == [user(3)])
    }

    @Test func `somebody may be asked for in any spelling of the id`() async throws {
        let source = source(try await world())
        for id in [AWSStandIn.id(3).uppercased(), "arn:aws:identitystore:::user/\(AWSStandIn.id(3))"] {
            let directory = try await source.directory(request(["DBA"], .people([UserId(id)])))
            #expect(directory.people.map(\.id) == [UserId(id)])
            #expect(directory.groups["DBA"]?.members == [UserId(id)])
        }
    }

    @Test(arguments: [1, 40])
    func `in an older store ids have its number, and count without it`(others: Int) async throws {
        let world = try await AWSStandIn.world()
        let old = { (number: Int) in "\(world.store.dropFirst(2))-\(AWSStandIn.id(number))" }
        let users = (0..<50).map { number in
            var user = AWSStandIn.User(number)
            user.UserId = old(number)
            return user
        }
        let group = AWSStandIn.Group(old(900), "DBA", members: (0..<45).map(old))
        try await world.load(users: users, groups: [group])
        let all = try await source(world).directory(request(["DBA"]))
        #expect(all.people.map(\.id) == (0..<45).map(user))

        let people = Set((0..<others).map { user($0) } + [user(48), user(99)])
        let few = try await source(world).directory(request(["DBA"], .people(people)))
        #expect(few.people.map(\.id) == (0..<others).map(user))
    }

    @Test func `account names come from the attribute that is configured`() async throws {
        var ann = AWSStandIn.User(1)
        (ann.UserName, ann.NickName, ann.Emails) = ("a.nn", "annie", [.init(Value: "ann@example.com", Primary: false)])
        ann.Extensions = [IdentityStoreUser.enterpriseExtension: ["employeeNumber": "4711"]]
        var bare = AWSStandIn.User(2)
        (bare.UserName, bare.Emails) = (nil, nil)
        let world = try await world(users: [ann, bare])
        let expected: [AccountNameAttribute: AccountName] = [
            .userName: "a.nn", .email: "ann@example.com", .nickName: "annie", .employeeNumber: "4711",
        ]
        for attribute in AccountNameAttribute.allCases {
            let directory = try await source(world, attribute).directory(request(["Analysts"]))
            #expect(directory.people.map(\.accountName) == [expected[attribute], nil])
        }
    }

    @Test func `a member who has been deleted is gone`() async throws {
        // Memberships may outlive their people for a while.
        let world = try await world(users: [AWSStandIn.User(1), AWSStandIn.User(3)])
        let directory = try await source(world).directory(request(["Analysts"]))
        #expect(directory.people.map(\.id) == [1, 3].map(user))
    }

    @Test func `the store is found if there is one`() async throws {
        let world = try await world()
        let source = source(world, regions: ["us-east-1", world.region], storeId: nil)
        #expect(try await source.directory(request(["DBA"])).id == DirectoryId(world.store))
        let calls = try await world.calls()
        #expect(calls.filter { $0.operation == "ListInstances" }.map(\.region) == ["us-east-1", "eu-west-1"])
        #expect(calls.filter { $0.operation != "ListInstances" }.allSatisfy { $0.region == "eu-west-1" })
    }

    // MARK: Pins

    private func pinned(_ name: GroupName, _ id: String) -> DirectoryRequest {
        DirectoryRequest(groups: [.init(name: name, pinnedId: GroupId(id))], scope: .everyone)
    }

    @Test func `a group is held to the id that is pinned, however it is spelled`() async throws {
        let world = try await world()
        for pin in [Self.admins.GroupId, Self.admins.GroupId.uppercased(), "1234567890-\(Self.admins.GroupId)"] {
            let directory = try await source(world).directory(pinned("DBA", pin))
            #expect(directory.groups["DBA"]?.id == GroupId(pin))
            #expect(directory.groups["DBA"]?.members.count == 2)
        }
        let message = try await sourceFailure(
            source(world),
            pinned("DBA", Self.analysts.GroupId),
            code: .groupMissing
        )
        #expect(message.contains(Self.admins.GroupId))
        #expect(message.contains("created anew"))
    }

    @Test(arguments: [["DBAs"], ["DBA", "DBAs", "Others"]])
    func `a group that is not there is an error that names it`(names: [GroupName]) async throws {
        let world = try await world()
        for scope in [Scope.everyone, .people([user(1)])] {
            let message = try await sourceFailure(source(world), request(names, scope), code: .groupMissing)
            #expect(message.contains("\"DBAs\""))
            #expect(message.contains(world.store))
            #expect(!message.contains("\"DBA\""))
        }
    }

    @Test func `group names are resolved once for all readings of a run`() async throws {
        let world = try await world()
        let time = Locked(Self.start)
        let source = source(world, now: { time.withLock { $0 } })
        for seconds in [0, 50, 100] as [Int64] {
            time.withLock { $0 = Self.start.advanced(bySeconds: seconds) }
            _ = try await source.directory(request(["DBA"]))
        }
        #expect(try await world.calls().count { $0.operation == "GetGroupId" } == 2)
    }

    // MARK: Groups that go

    @Test(arguments: [false, true])
    func `groups are looked up anew if that is asked for, whatever is remembered, and nobody is read`(
        isCreatedAnew: Bool
    ) async throws {
        let world = try await world()
        let source = source(world)
        _ = try await source.directory(request(["DBA"], .people([user(3)])))
        try await world.deleteGroup(Self.admins.GroupId)
        let anew = AWSStandIn.Group(AWSStandIn.id(977), "DBA", members: [AWSStandIn.id(3)])
        if isCreatedAnew { try await world.load(users: [], groups: [anew]) }
        let before = try await world.calls().count
        let lookUp = DirectoryRequest(groups: [.init(name: "DBA")], scope: .people([]), looksUpAnew: true)
        if isCreatedAnew {
            let directory = try await source.directory(lookUp)
            #expect(directory.groups["DBA"]?.id == GroupId(anew.GroupId) && directory.people.isEmpty)
            // What was found is remembered.
            let next = try await source.directory(request(["DBA"], .people([user(3)])))
            #expect(next.groups["DBA"]?.members == [user(3)])
        } else {
            #expect(try await sourceFailure(source, lookUp, code: .groupMissing).contains("no group \"DBA\""))
        }
        let calls = try await world.calls().dropFirst(before).map(\.operation)
        #expect(calls == ["GetGroupId"] + (isCreatedAnew ? ["IsMemberInGroups", "DescribeUser"] : []))
    }

    @Test func `the members of a group that is remembered and gone are not listed as none`() async throws {
        let world = try await world()
        let source = source(world)
        _ = try await source.directory(request(["DBA"], .people([user(3)])))
        try await world.deleteGroup(Self.admins.GroupId)
        let message = try await sourceFailure(source, request(["DBA"]))
        #expect(message.contains("ListGroupMemberships"))
        #expect(try await world.calls().count { $0.operation == "GetGroupId" } == 1)
    }

    @Test func `a group that is looked up twice has one spelling, and another group its own`() {
        let memory = IdentityCenterMemory()
        let (bare, prefixed) = (AWSStandIn.id(900), "1234567890-\(AWSStandIn.id(900))")
        #expect(memory.remember(["DBA": prefixed], now: Self.start) == ["DBA": prefixed])
        #expect(memory.remember(["DBA": bare], now: Self.start) == ["DBA": prefixed])
        memory.forget(["DBA"])
        #expect(memory.remember(["DBA": bare], now: Self.start) == ["DBA": prefixed])
        #expect(memory.remember(["DBA": AWSStandIn.id(901)], now: Self.start) == ["DBA": AWSStandIn.id(901)])
    }

    @Test
    func `a store that knows an id in one spelling, and says of the other that nobody is in a group, hides nobody`()
        async throws
    {
        var world = try await AWSStandIn.world()
        var member = AWSStandIn.User(1)
        let bare = member.UserId
        member.UserId = "\(world.store.dropFirst(2))-\(bare)"
        let group = AWSStandIn.Group(AWSStandIn.id(900), "dba", members: [member.UserId])
        try await world.load(users: [member], groups: [group])
        var answer = AWSStandIn.Fault("answer", of: "IsMemberInGroups")
        answer.body = """
            {"Results":[{"GroupId":"\(group.GroupId)","MemberId":{"UserId":"\(bare)"},"MembershipExists":false}]}
            """
        try await world.setFaults([answer])
        let directory = try await source(world).directory(request(["dba"], .people([UserId(bare)])))
        #expect(directory.people.map(\.id) == [UserId(bare)])
        #expect(directory.groups["dba"]?.members == [UserId(bare)])
    }
}
