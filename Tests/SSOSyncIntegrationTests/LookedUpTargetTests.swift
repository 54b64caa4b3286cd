// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// One after the other: they share the keys that the servers know.
@Suite(
    "Targets looked up in RDS",
    .serialized,
    .enabled(if: ServedTool.exists, "the program is not built beside the tests")
)
struct LookedUpTargetTests {
    /// A world in which RDS describes the server, and its standby as the cluster's other member.
    private func stand(for world: World, hasFailedOver: Bool = false) async throws -> AWSStandIn.World {
        var stand = try await AWSStandIn.world(credentials: IAMStandIn.credentials)
        stand.rds = [stand.region: world.cluster(hasFailedOver: hasFailedOver)]
        try await stand.set()
        return stand
    }

    private func tool(_ world: World, _ stand: AWSStandIn.World) throws -> ServedTool {
        try ServedTool(world, location: "cluster: orders", environment: stand.environment)
    }

    @Test(arguments: World.engines)
    func `a cluster's id leads to the writer and to every reader, by login tokens`(engine: TestEngine) async throws {
        try await World.with(engine, standby: true) { world in
            let stand = try await stand(for: world)
            let tool = try tool(world, stand)
            let joined = try await tool.run("apply")
            #expect(joined.status == 0, "\(joined)")
            #expect(await world.canLogIn("ann"))
            let calls = try await stand.calls()
            #expect(calls.map(\.operation).sorted() == World.callsOfLookUp)
            #expect(calls.allSatisfy { $0.verified })

            try await eventually("the account is on the standby") { await world.canLogIn("ann", standby: true) }
            let session = try await world.server.logIn(as: "ann", standby: true)
            try tool.setMembers([])
            let left = try await tool.run("apply")
            #expect(left.status == 0, "\(left)")
            #expect(try await world.mayLogIn("ann") == false)
            #expect(try await world.sessions(of: ["ann"], standby: true) == 0)
            await session.close()
        }
    }

    @Test(arguments: World.engines)
    func `after a failover that RDS does not know of yet, leavers are looked for on the former writer, too`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine, standby: true) { world in
            let tool = try tool(world, try await stand(for: world, hasFailedOver: true))
            #expect(try await tool.run("apply").status == 0)
            try await eventually("the account is on the standby") { await world.canLogIn("ann", standby: true) }
            let session = try await world.server.logIn(as: "ann", standby: true)
            try tool.setMembers([])
            let left = try await tool.run("apply")
            #expect(left.status == 0, "\(left)")
            await #expect(throws: LostSession.self) { try await session.check() }
            #expect(try await world.sessions(of: ["ann"], standby: true) == 0)
        }
    }

    @Test func `the doctor says what RDS says, and how IAM authentication is turned on`() async throws {
        try await World.with(postgres: 17) { world in
            var stand = try await stand(for: world)
            let tool = try tool(world, stand)
            let good = try await tool.run("doctor")
            #expect(good.status == 0, "\(good)")
            #expect(good.output.contains("cluster orders is available"), "\(good)")
            stand.rds[stand.region]?.DBClusters[0].IAMDatabaseAuthenticationEnabled = false
            try await stand.set()
            let off = try await tool.run("doctor")
            #expect(off.status == 4)
            #expect(off.output.contains("--enable-iam-database-authentication"), "\(off)")
        }
    }

    @Test(arguments: World.engines)
    func `a follower that cannot be described keeps nobody from joining or being locked, and nobody counts as out`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            var stand = try await stand(for: world)
            let tool = try tool(world, stand)
            let denial = AWSStandIn.Fault.error("AccessDenied", status: 403, of: "DescribeGlobalClusters", times: 0)
            try await stand.setFaults([denial])
            let joined = try await tool.run("apply")
            #expect(joined.status == 0, "\(joined)")
            #expect(joined.lines(with: "rds:DescribeGlobalClusters is denied: allow it on") == 1, "\(joined)")
            let session = try await world.server.logIn(as: "ann")
            try tool.setMembers(["bob"])
            for _ in 1...2 {
                let left = try await tool.run("apply")
                #expect(left.status == 4, "\(left)")
                #expect(left.lines(with: "it is not known whether ann is out") == 1, "\(left)")
            }
            await #expect(throws: LostSession.self) { try await session.check() }
            #expect(try await world.mayLogIn("ann") == false)
            #expect(await world.canLogIn("bob"))
            let doctor = try await tool.run("doctor")
            #expect(doctor.status == 4, "\(doctor)")
            try await stand.setFaults([])
            #expect(try await tool.run("apply").status == 0)
        }
    }

    @Test
    func `a target that is found by its tag follows the directory until it loses it, and nobody in it is removed`()
        async throws
    {
        try await World.with(postgres: 17) { world in
            var stand = try await stand(for: world)
            stand.rds[stand.region]?.DBClusters[0].TagList = [AWSStandIn.Tag("sso-sync", "yes")]
            try await stand.set()
            let tool = try ServedTool(world, location: "tagged: { sso-sync: 'yes' }", environment: stand.environment)
            let plan = try await tool.run("plan", "--out", "plan.json")
            #expect(plan.status == 2, "\(plan)")
            let hash = try #require(plan.output.split(separator: "--approve ").last?.prefix(64))
            let approved = ["apply", "--plan", "plan.json", "--approve", String(hash)]
            let joined = try await tool.run(approved)
            #expect(joined.status == 0, "\(joined)")
            #expect(joined.lines(with: "orders/orders") > 0, "\(joined)")
            #expect(await world.canLogIn("ann"))

            stand.rds[stand.region]?.DBClusters[0].TagList = []
            try await stand.set()
            try tool.setMembers([])
            let none = try await tool.run("apply")
            #expect(none.status == 4, "\(none)")
            #expect(none.lines(with: "carries the tags sso-sync=yes") == 1, "\(none)")
            #expect(try await tool.run(approved).status == 4)
            #expect(await world.canLogIn("ann"))
            stand.rds[stand.region]?.DBClusters[0].TagList = [AWSStandIn.Tag("sso-sync", "yes")]
            try await stand.set()
            #expect(try await tool.run("apply").status == 0)
            #expect(try await world.mayLogIn("ann") == false)
        }
    }

    @Test func `a cluster that pauses is not woken by a run that has nothing to do, and is by a leaver`() async throws {
        try await World.with(postgres: 17) { world in
            var stand = try await stand(for: world)
            stand.rds[stand.region]?.DBClusters[0].setMinimumCapacity(0)
            try await stand.set()
            let tool = try tool(world, stand)
            try tool.append("targetMemory: rests.json")
            for _ in 1...2 { #expect(try await tool.run("apply").status == 0) }
            // Nobody listens there.
            stand.rds[stand.region]?.DBClusters[0].Port = 1
            try await stand.set()
            let resting = try await tool.run("apply")
            #expect(resting.status == 0, "\(resting)")
            #expect(resting.lines(with: "in sync: left paused") == 1, "\(resting)")
            try tool.setMembers([])
            #expect(try await tool.run("apply").status == 4)
            stand.rds[stand.region]?.DBClusters[0].Port = world.server.port
            try await stand.set()
            #expect(try await tool.run("apply").status == 0)
            #expect(try await world.mayLogIn("ann") == false)
        }
    }

    @Test func `a target is looked up once in a run, however often the run opens a session`() async throws {
        try await World.with(postgres: 17) { world in
            let stand = try await stand(for: world)
            let outcome = try await tool(world, stand).run("apply", "--group", "team")
            #expect(outcome.status == 0, "\(outcome)")
            #expect(try await stand.calls().map(\.operation).sorted() == World.callsOfLookUp)
        }
    }

    @Test(arguments: World.engines)
    func `a token for a target that is looked up logs in`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            let stand = try await stand(for: world)
            let tool = try tool(world, stand)
            #expect(try await tool.run("apply").status == 0)
            let outcome = try await tool.run("token", "orders", "--user", "ann")
            #expect(outcome.status == 0, "\(outcome)")
            let password = Secret(outcome.output.filter { $0 != "\n" })
            let session = try await world.server.logIn(as: "ann", password: password)
            await session.close()
        }
    }

    @Test func `people are allowed what connect calls, whatever leads to the target, and nothing else`() async throws {
        try await World.with(postgres: 17) { world in
            var stand = try await stand(for: world)
            var instance = AWSStandIn.DatabaseInstance("stock")
            instance.Endpoint = .init("localhost", world.server.port)
            stand.rds[stand.region]?.DBInstances.append(instance)
            stand.rds[stand.region]?.DBClusters[0].TagList = [AWSStandIn.Tag("sso-sync", "yes")]
            try await stand.set()
            world.set("ann", in: ["readers"])
            try await world.apply()
            let client = try #require(world.server.process.facts["PSQL"])
            let login = ["--user", "ann", "--client", client, "--", "-c", "SELECT 'I am ' || CURRENT_USER"]
            let needed = try await FunctionRights(aws: stand).needed {
                for (location, target) in [
                    ("cluster: orders", "orders"), ("instance: stock", "orders"),
                    ("tagged: { sso-sync: 'yes' }", "orders/orders"),
                ] {
                    let tool = try ServedTool(world, location: location, environment: stand.environment)
                    let inside = try await tool.run(["connect", target] + login)
                    #expect(inside.status == 0 && inside.output.contains("I am ann"), "\(inside)")
                }
            }
            try await FunctionRights.compare(needed, withPolicies: "people")
        }
    }

    @Test func `while a Blue/Green deployment is in progress joins wait, and a leaver on blue alone is an alarm`()
        async throws
    {
        try await World.with(postgres: 17) { world in
            var stand = try await stand(for: world)
            let tool = try tool(world, stand)
            #expect(try await tool.run("apply").status == 0)

            let (blue, green) = (AWSStandIn.arn("cluster", "orders"), AWSStandIn.arn("cluster", "orders-green"))
            stand.rds["eu-west-1"]?.BlueGreenDeployments = [
                .init("bgd-1", source: blue, target: green, status: "AVAILABLE")
            ]
            try await stand.set()
            try tool.setMembers(["ann", "bob"])
            let waiting = try await tool.run("apply")
            #expect(waiting.status == 2, "\(waiting)")
            #expect(waiting.lines(with: "the Blue/Green deployment bgd-1 is AVAILABLE") == 1, "\(waiting)")
            #expect(try await world.mayLogIn("bob") == nil)

            try tool.setMembers(["bob"])
            for _ in 1...2 {
                let alarm = try await tool.run("apply")
                #expect(alarm.status == 4, "\(alarm)")
                #expect(alarm.lines(with: "locked on blue alone: lock ann on \(green)") == 1, "\(alarm)")
                #expect(try await world.mayLogIn("ann") == false)
            }

            stand.rds["eu-west-1"]?.BlueGreenDeployments = []
            try await stand.set()
            let after = try await tool.run("apply")
            #expect(after.status == 0, "\(after)")
            #expect(await world.canLogIn("bob"))
        }
    }
}
