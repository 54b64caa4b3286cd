// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// The program from outside, as a pipeline sees it: exit codes, and what is said about them.
@Suite("The program on a server", .enabled(if: ServedTool.exists, "the program is not built beside the tests"))
struct ToolTests {
    @Test(arguments: [TestEngine.postgres(17), .mysql])
    func `apply --plan of a plan that was made for another state of the world is 4, and does nothing`(
        engine: TestEngine
    )
        async throws
    {
        try await World.with(engine) { world in
            let tool = try ServedTool(world)
            try tool.setMembers(["ann", "bob"])
            let planned = try await tool.run("plan", "--out", "plan.json")
            #expect(planned.status == 2, "\(planned)")
            let sum = try await ChildProcess.output(["sha256sum", tool.folder.file("plan.json")])
            let hash = String(sum.prefix { $0 != " " })
            try tool.setMembers(["ann"])
            let refused = try await tool.run("apply", "--plan", "plan.json", "--approve", hash)
            #expect(refused.status == 4, "\(refused)")
            #expect(refused.lines(with: "asks for another plan now than the one that was approved") == 1, "\(refused)")
            #expect(try await world.mayLogIn("ann") == nil)
            try tool.setMembers(["ann", "bob"])
            #expect(try await tool.run("apply", "--plan", "plan.json", "--approve", hash).status == 0)
            #expect(await world.canLogIn("ann"))
        }
    }

    @Test(arguments: [TestEngine.postgres(17), .mysql])
    func `a server whose certificate nobody vouches for is 4, with one line that says so`(engine: TestEngine)
        async throws
    {
        try await World.with(engine) { world in
            let tool = try ServedTool(world, authority: world.server.otherAuthority)
            let outcome = try await tool.run("apply")
            #expect(outcome.status == 4, "\(outcome)")
            #expect(outcome.lines(with: "certificate") == 1, "\(outcome)")
        }
    }

    @Test(arguments: [TestEngine.postgres(17), .mysql])
    func `a server that is read-only is 4, with one line that says where it belongs`(engine: TestEngine) async throws {
        try await World.with(engine, standby: true) { world in
            let tool = try ServedTool(world, port: world.server.standbyPort)
            let outcome = try await tool.run("apply")
            #expect(outcome.status == 4, "\(outcome)")
            #expect(outcome.lines(with: "under readers") == 1, "\(outcome)")
        }
    }

    @Test(arguments: [TestEngine.postgres(17), .mysql])
    func `a right that the provisioner lacks is 4, with one line that names the GRANT`(engine: TestEngine) async throws
    {
        try await World.with(engine) { world in
            let remedy: String
            switch engine {
            case .postgres:
                try await world.postgres.takeAway("rds_iam", from: "sso_sync_grantor_test")
                remedy = "run GRANT \"rds_iam\" TO \"sso_sync_grantor_test\""
            case .mysql:
                try await world.mysql.superuser("REVOKE PROCESS ON *.* FROM sso_provisioner")
                remedy = "run GRANT PROCESS ON *.* TO 'sso_provisioner'@'%'"
            }
            let tool = try ServedTool(world)
            let outcome = try await tool.run("apply")
            #expect(outcome.status == 4, "\(outcome)")
            #expect(outcome.lines(with: remedy) == 1, "\(outcome)")
        }
    }
}
