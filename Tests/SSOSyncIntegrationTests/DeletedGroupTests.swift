// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// What AWS says of the members of a group that is gone is not written anywhere: here, that there are none.
@Suite("A group that is deleted between two events")
struct DeletedGroupTests {
    private static let group = AWSStandIn.Group(AWSStandIn.id(900), "readers", members: [1, 2].map(AWSStandIn.id))
    private static let anew = AWSStandIn.Group(AWSStandIn.id(977), "readers", members: [1, 2].map(AWSStandIn.id))

    private func user(_ number: Int) -> UserId { UserId(AWSStandIn.id(number)) }

    private func engine(_ world: World, _ aws: AWSStandIn.World, isPinned: Bool) -> SyncEngine {
        let source = IdentityCenterSource(
            .init(
                regions: [aws.region],
                identityStoreId: aws.store,
                limiter: RequestLimiter(requestsPerSecond: 10_000)
            ),
            credentials: aws.credentials,
            transport: CurlTransport(.init()),
            endpoints: EndpointResolver(environment: aws.environment)
        )
        let rule = Policy.GroupRule(
            group: "readers",
            pinnedId: isPinned ? GroupId(Self.group.GroupId) : nil,
            roles: ["readers"]
        )
        let brake = Policy.Brake(removals: 1_000, percent: 100)
        let policy = Policy(target: "orders", owner: World.owner, mode: .enforce, groups: [rule], brake: brake)
        return SyncEngine(source: source, targets: [.init(policy: policy, provisioner: world.provisioner())])
    }

    /// Answers of the real service as they may be: nobody is in a group that is gone.
    private static func isMemberOfNone() -> AWSStandIn.Fault {
        var answer = AWSStandIn.Fault("answer", of: "IsMemberInGroups", times: 0)
        let member = #"{"UserId":"\#(AWSStandIn.id(1))"}"#
        answer.body =
            #"{"Results":[{"GroupId":"\#(group.GroupId)","MemberId":\#(member),"MembershipExists":false}]}"#
        return answer
    }

    @Test(arguments: [(false, false), (true, false), (false, true), (true, true)])
    func `its members keep access, the report names it, and one that was created anew is read by the next run`(
        isPinned: Bool,
        isCreatedAnew: Bool
    ) async throws {
        try await World.with(postgres: 17, roles: ["readers"]) { world in
            var aws = try await AWSStandIn.world()
            try await aws.load(users: (1...3).map { AWSStandIn.User($0) }, groups: [Self.group])
            let engine = engine(world, aws, isPinned: isPinned)
            #expect(await engine.apply().verdict == .inSync)
            try await aws.join(3, Self.group.GroupId)
            #expect(await engine.apply(.people([user(3)])).verdict == .inSync)

            try await aws.deleteGroup(Self.group.GroupId)
            if isCreatedAnew { try await aws.load(users: [], groups: [Self.anew]) }
            try await aws.setFaults([Self.isMemberOfNone()])
            let report = await engine.apply(.people([user(1)]))
            #expect(report.verdict == .partialFailure)
            let failures = report.targets.flatMap(\.outcomes).compactMap { outcome -> SyncError? in
                if case .failed(let error) = outcome.result { error } else { nil }
            }
            #expect(failures.count == 3 && failures.allSatisfy { $0.missingGroups.keys.map(\.name) == ["readers"] })
            #expect(failures.allSatisfy { $0.message.contains("created anew") == isCreatedAnew })
            #expect(try await aws.calls().map(\.operation).filter { $0 != "IsMemberInGroups" } == ["GetGroupId"])
            #expect(await world.canLogIn("person1"))
            #expect(try await world.rolesHeld(by: "person1") == ["readers"])

            try await aws.setFaults([])
            let next = await engine.apply(.people([user(1)]))
            #expect(next.verdict == (isCreatedAnew && !isPinned ? .inSync : .sourceUnavailable))
            #expect(await world.canLogIn("person1"))
        }
    }

    @Test func `whoever has left it while it is there is out`() async throws {
        try await World.with(postgres: 17, roles: ["readers"]) { world in
            let aws = try await AWSStandIn.world()
            try await aws.load(users: (1...3).map { AWSStandIn.User($0) }, groups: [Self.group])
            let engine = engine(world, aws, isPinned: false)
            #expect(await engine.apply().verdict == .inSync)
            try await aws.leave(1, Self.group.GroupId)
            #expect(await engine.apply(.people([user(1)])).verdict == .inSync)
            #expect(try await world.mayLogIn("person1") == false)
        }
    }
}
