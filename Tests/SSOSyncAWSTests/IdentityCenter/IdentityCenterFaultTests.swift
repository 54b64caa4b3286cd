// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

@Suite("A directory in trouble")
struct IdentityCenterFaultTests {
    private static let operations = [
        nil, "GetGroupId", "ListGroups", "ListGroupMemberships", "ListUsers", "DescribeUser", "IsMemberInGroups",
    ]

    /// One of the troubles that a service can be in.
    private static func fault(using random: inout SplitMix64) -> AWSStandIn.Fault {
        let operation = operations.randomElement(using: &random).flatMap(\.self)
        let skip = Int.random(in: 0...4, using: &random)
        let times = [1, 1, 1, 2, 3, 0].randomElement(using: &random) ?? 1
        switch Int.random(in: 0..<5, using: &random) {
        case 0: return .error("InternalServerException", status: 500, of: operation, skip: skip, times: times)
        case 1: return .error("ThrottlingException", of: operation, skip: skip, times: times)
        case 2: return .error("ValidationException", of: operation, skip: skip, times: times)
        default:
            let kinds = ["html", "empty", "object", "null", "cut", "truncate", "reset", "repeat", "delay"]
            let kind = kinds.randomElement(using: &random) ?? "html"
            var fault = AWSStandIn.Fault(kind, of: operation, skip: skip, times: times)
            if kind == "delay" { fault.seconds = 0.02 }
            return fault
        }
    }

    @Test(arguments: 0..<8)
    func `it is read whole or not at all, whatever happens on the way`(seed: Int) async throws {
        var random = SplitMix64(seed: UInt64(seed))
        var world = try await AWSStandIn.world()
        let users = (0..<350).map { AWSStandIn.User($0, status: $0 % 7 == 0 ? "DISABLED" : "ENABLED") }
        let groups = ["DBA", "Analysts", "Support"].enumerated().map { number, name in
            let count = [230, 90, 4][number]
            let members = users.map(\.UserId).shuffled(using: &random).prefix(count)
            return AWSStandIn.Group(AWSStandIn.id(900 + number), name, members: Array(members))
        }
        try await world.load(users: users, groups: groups)
        let few = Set((0..<5).map { _ in user(Int.random(in: 0..<400, using: &random)) })
        let requests = [
            request(["DBA", "Analysts", "Support"]), request(["Support"]), request(["DBA", "Support"], .people(few)),
            request(["DBA"], .people([user(3)])),
        ]
        var expected: [Directory] = []
        for request in requests { expected.append(try await source(world, now: { Self.time }).directory(request)) }

        var (whole, failed) = (0, 0)
        for _ in 0..<32 {
            try await world.setFaults(
                (0..<Int.random(in: 1...3, using: &random)).map { _ in Self.fault(using: &random) }
            )
            let choice = Int.random(in: 0..<requests.count, using: &random)
            do {
                let directory = try await source(world, now: { Self.time }).directory(requests[choice])
                #expect(directory == expected[choice], "\(world.faults)")
                whole += 1
            } catch let error as SyncError {
                #expect(error.code == .source)
                failed += 1
            }
        }
        #expect(whole > 0)
        #expect(failed > 0)
    }

    private static let time = Timestamp(secondsSince1970: 1_800_000_000)

    @Test func `with the clock twenty minutes off it is read all the same`() async throws {
        var world = try await AWSStandIn.world()
        world.clockOffset = 1_200
        try await world.set()
        let group = AWSStandIn.Group(AWSStandIn.id(900), "DBA", members: [AWSStandIn.id(1)])
        try await world.load(users: [AWSStandIn.User(1)], groups: [group])
        #expect(try await source(world).directory(request(["DBA"])).people.count == 1)
    }

    @Test func `throttling for a while is sat out`() async throws {
        var world = try await AWSStandIn.world()
        let group = AWSStandIn.Group(AWSStandIn.id(900), "DBA", members: [AWSStandIn.id(1)])
        try await world.load(users: [AWSStandIn.User(1)], groups: [group])
        try await world.setFaults([.error("ThrottlingException", of: "ListGroupMemberships", times: 7)])
        let waited = Locked(Duration.zero)
        var configuration = IdentityCenterSource.Configuration(regions: [world.region], identityStoreId: world.store)
        configuration.limiter = RequestLimiter(requestsPerSecond: 10_000)
        configuration.retryPolicy.mode = .standard
        configuration.sleep = { duration in waited.withLock { $0 += duration } }
        let source = IdentityCenterSource(
            configuration,
            credentials: world.credentials,
            transport: CurlTransport(.init()),
            endpoints: EndpointResolver(environment: world.environment)
        )
        #expect(try await source.directory(request(["DBA"])).people.count == 1)
        #expect(waited.withLock { $0 } > .seconds(5))
    }
}
