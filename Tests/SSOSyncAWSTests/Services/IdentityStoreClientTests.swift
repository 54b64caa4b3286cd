// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncTestSupport
import Testing

@Suite("Calls to the Identity Store, signed for real")
struct IdentityStoreClientTests {
    private static let groups = [
        AWSStandIn.Group(AWSStandIn.id(900), "Analysts", members: (0..<120).map(AWSStandIn.id)),
        AWSStandIn.Group(AWSStandIn.id(901), "Nobody"),
    ]

    private func world() async throws -> AWSStandIn.World {
        let world = try await AWSStandIn.world()
        try await world.load(users: (0..<250).map { AWSStandIn.User($0) }, groups: Self.groups)
        return world
    }

    private func client(
        _ service: AWSService,
        _ world: AWSStandIn.World,
        credentials: (any CredentialsProvider)? = nil
    ) throws -> AWSClient {
        try AWSClient(
            service,
            region: world.region,
            credentials: credentials ?? world.credentials,
            transport: CurlTransport(.init()),
            endpoints: EndpointResolver(environment: world.environment)
        )
    }

    private func store(_ world: AWSStandIn.World, id: String? = nil) throws -> IdentityStoreClient {
        IdentityStoreClient(storeId: id ?? world.store, client: try client(.identityStore, world))
    }

    @Test func `users come page by page, with what concerns us`() async throws {
        let world = try await world()
        var sizes: [Int] = []
        var ids: Set<String> = []
        for try await page in try store(world).users() {
            sizes.append(page.users.count)
            ids.formUnion(page.users.map(\.id))
        }
        #expect(sizes == [100, 100, 50])
        #expect(ids == Set((0..<250).map(AWSStandIn.id)))
        let calls = try await world.calls()
        #expect(calls.count == 3)
        #expect(calls.allSatisfy { $0.verified && $0.region == "eu-west-1" && $0.operation == "ListUsers" })
    }

    @Test func `one user, with an extension if it is asked for`() async throws {
        let world = try await world()
        var user = AWSStandIn.User(700, status: "DISABLED")
        user.NickName = "Ann"
        user.Extensions = [IdentityStoreUser.enterpriseExtension: ["employeeNumber": "4711"]]
        try await world.load(users: [user])
        let store = try store(world)
        let plain = try #require(try await store.user(user.UserId))
        #expect(plain.userName == "person700")
        #expect(plain.nickName == "Ann")
        #expect(plain.email == "person700@example.com")
        #expect(plain.status == .disabled)
        #expect(plain.employeeNumber == nil)
        let extended = try await store.user(user.UserId, extensions: [IdentityStoreUser.enterpriseExtension])
        #expect(extended?.employeeNumber == "4711")
        #expect(try await store.user(AWSStandIn.id(701)) == nil)
    }

    @Test func `groups by name, by id, and all of them`() async throws {
        let store = try store(try await world())
        #expect(try await store.groupId(named: "Analysts") == AWSStandIn.id(900))
        #expect(try await store.groupId(named: "analysts") == nil)
        #expect(try await store.group(AWSStandIn.id(901))?.name == "Nobody")
        #expect(try await store.group(AWSStandIn.id(902)) == nil)
        var names: [String?] = []
        for try await page in store.groups() { names += page.groups.map(\.name) }
        #expect(names == ["Analysts", "Nobody"])
    }

    @Test func `memberships of groups and of users`() async throws {
        let store = try store(try await world())
        var users: [String] = []
        for try await page in store.memberships(ofGroup: AWSStandIn.id(900)) { users += page.memberships.map(\.user) }
        #expect(users == (0..<120).map(AWSStandIn.id))
        var groups: [String] = []
        for try await page in store.memberships(ofUser: users[0]) { groups += page.memberships.map(\.group) }
        #expect(groups == [AWSStandIn.id(900)])
        let ids = Self.groups.map(\.GroupId)
        #expect(try await store.groups(of: users[0], among: ids) == [AWSStandIn.id(900)])
        #expect(try await store.groups(of: AWSStandIn.id(200), among: ids) == [])
        #expect(try await store.groups(of: AWSStandIn.id(999), among: ids) == nil)
    }

    @Test func `more than a hundred groups are asked about in several calls`() async throws {
        let world = try await world()
        let groups = (1_000..<1_250).map { number in
            AWSStandIn.Group(AWSStandIn.id(number), "g\(number)", members: number % 2 == 0 ? [AWSStandIn.id(7)] : [])
        }
        try await world.load(users: [], groups: groups)
        let joined = try await store(world).groups(of: AWSStandIn.id(7), among: groups.map(\.GroupId))
        #expect(joined == Set(groups.filter { !$0.Members.isEmpty }.map(\.GroupId)))
        #expect(try await world.calls().map(\.operation) == Array(repeating: "IsMemberInGroups", count: 3))
    }

    @Test func `members of a group that is not there are an error, not an empty list`() async throws {
        let store = try store(try await world())
        let error = await #expect(throws: AWSError.self) {
            for try await _ in store.memberships(ofGroup: AWSStandIn.id(902)) {}
        }
        #expect(error?.response?.errorCode == "ResourceNotFoundException")
        #expect(error?.response?.resourceType == "GROUP")
    }

    @Test func `a user is only taken for gone if the service says that it is the user who is not there`() async throws {
        var world = try await world()
        for more in [["ResourceType": "IDENTITY_STORE"], [:], ["ResourceType": "USER", "Reason": "KMS_KEY_NOT_FOUND"]] {
            try await world.setFaults([.error("ResourceNotFoundException", more: more)])
            await #expect(throws: AWSError.self) { try await store(world).user(AWSStandIn.id(1)) }
        }
    }

    @Test func `instances, and who asks`() async throws {
        let world = try await world()
        let instances = try await SSOAdminClient(client(.ssoAdmin, world)).instances()
        #expect(instances.map(\.identityStoreId) == [world.store])
        let caller = try await STSClient(client(.sts, world)).callerIdentity()
        #expect(caller.account == "123456789012")
        #expect(try await world.calls().map(\.verified) == [true, true])
    }

    @Test func `an assumed role signs, too`() async throws {
        let world = try await world()
        let role = try AssumeRoleCredentialsProvider(
            RoleSession(roleARN: "arn:aws:iam::210987654321:role/reader"),
            source: world.credentials,
            region: world.region,
            transport: CurlTransport(.init()),
            endpoints: EndpointResolver(environment: world.environment)
        )
        let caller = try await STSClient(client(.sts, world, credentials: role)).callerIdentity()
        #expect(caller.account == "210987654321")
    }

    @Test func `the stand-in refuses a signature with another secret, and keys that it does not know`() async throws {
        let world = try await world()
        for (key, secret) in [(world.accessKeyId, "another"), ("AKIDNOBODY", "another")] {
            let credentials = StaticCredentialsProvider(Credentials(accessKeyId: key, secretAccessKey: secret))
            let error = await #expect(throws: AWSError.self) {
                try await STSClient(client(.sts, world, credentials: credentials)).callerIdentity()
            }
            #expect(error?.code == .credentialsRejected)
        }
        #expect(try await world.calls().map(\.verified) == [false])
    }

    @Test func `a clock that is twenty minutes off is corrected`() async throws {
        for offset in [1_200, -1_200] {
            var world = try await world()
            world.clockOffset = offset
            try await world.set()
            #expect(try await store(world).user(AWSStandIn.id(1)) != nil)
            #expect(try await world.calls().map(\.verified) == [false, true])
        }
    }
}
