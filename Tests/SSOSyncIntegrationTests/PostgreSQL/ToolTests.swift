// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// The program from outside, as a pipeline sees it: exit codes, and what is said about them.
@Suite("The program on a server", .enabled(if: ServedTool.exists, "the program is not built beside the tests"))
struct ToolTests {
    @Test func `apply --plan of a plan that was made for another state of the world is 4, and does nothing`()
        async throws
    {
        try await World.with(postgres: 17) { world in
            let tool = try ServedTool(world.server.port, authority: world.server.authority)
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

    @Test func `a server whose certificate nobody vouches for is 4, with one line that says so`() async throws {
        try await World.with(postgres: 17) { world in
            let tool = try ServedTool(world.server.port, authority: world.server.otherAuthority)
            let outcome = try await tool.run("apply")
            #expect(outcome.status == 4, "\(outcome)")
            #expect(outcome.lines(with: "certificate") == 1, "\(outcome)")
        }
    }

    @Test func `a server that is read-only is 4, with one line that says where it belongs`() async throws {
        try await World.with(postgres: 17, standby: true) { world in
            let tool = try ServedTool(world.server.standbyPort, authority: world.server.authority)
            let outcome = try await tool.run("apply")
            #expect(outcome.status == 4, "\(outcome)")
            #expect(outcome.lines(with: "under readers") == 1, "\(outcome)")
        }
    }

    @Test func `a right that the provisioner lacks is 4, with one line that names the GRANT`() async throws {
        try await World.with(postgres: 17) { world in
            try await world.postgres.takeAway("rds_iam", from: "sso_sync_grantor_test")
            let tool = try ServedTool(world.server.port, authority: world.server.authority)
            let outcome = try await tool.run("apply")
            #expect(outcome.status == 4, "\(outcome)")
            #expect(outcome.lines(with: "run GRANT \"rds_iam\" TO \"sso_sync_grantor_test\"") == 1, "\(outcome)")
        }
    }
}

/// The program with a configuration for one server.
private struct ServedTool {
    /// Built beside the tests.
    private static let path = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        .appending(path: "sso-sync").path()
    static let exists = FileManager.default.isExecutableFile(atPath: path)

    let folder: TemporaryFolder

    init(_ port: Int, authority: String) throws {
        folder = try TemporaryFolder()
        let text = """
            version: 1
            owner: test
            directory: { file: { path: people.yaml } }
            targets:
              - name: orders
                mode: enforce
                engine: postgres
                host: localhost
                port: \(port)
                region: eu-west-1
                user: sso_provisioner
                tls: { ca: \(authority) }
                groups: { team: { id: g-1, roles: [readers] } }
            """
        try folder.write(text, to: "sso-sync.yaml")
        try setMembers(["ann"])
    }

    func setMembers(_ names: [String]) throws {
        let people = names.map { "{ id: u-\($0), userName: \($0) }" }.joined(separator: ", ")
        let members = names.map { "u-\($0)" }.joined(separator: ", ")
        try folder.write(
            "people: [\(people)]\ngroups: [{ id: g-1, name: team, members: [\(members)] }]",
            to: "people.yaml"
        )
    }

    func run(_ arguments: String...) async throws -> ChildProcess.Outcome {
        let (credentials, folder) = (IAMStandIn.credentials, folder.path)
        let environment = [
            "AWS_ACCESS_KEY_ID": credentials.accessKeyId, "AWS_SECRET_ACCESS_KEY": credentials.secretAccessKey,
        ]
        return try await ChildProcess.run(["-C", folder, Self.path] + arguments, environment: environment)
    }
}

extension ChildProcess.Outcome {
    fileprivate func lines(with text: String) -> Int {
        (output + errors).split(separator: "\n").count { $0.contains(text) }
    }
}
