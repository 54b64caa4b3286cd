// SPDX-License-Identifier: Apache-2.0

import SSOSyncTestSupport
import Testing

/// The program on a directory in IAM Identity Center.
@Suite(.enabled(if: Tool.exists, "the program is not built beside the tests"), .timeLimit(.minutes(2)))
struct IdentityCenterToolTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func world() async throws -> AWSStandIn.World {
        let world = try await AWSStandIn.world()
        let group = AWSStandIn.Group(AWSStandIn.id(900), "dba", members: [1, 2].map(AWSStandIn.id))
        try await world.load(users: (0..<4).map { AWSStandIn.User($0) }, groups: [group])
        return world
    }

    private func run(
        _ arguments: String...,
        in world: AWSStandIn.World,
        center: String
    ) async throws -> ChildProcess.Outcome {
        let text = Sample.yaml("    region: eu-west-1\n    port: 1\n    groups: [dba]")
            .replacing("file: { path: people.yaml }", with: "identityCenter: { \(center) }")
            .replacing("db.example.com", with: "localhost")
        try folder.write(text, to: "sso-sync.yaml")
        var tool = Tool(folder: folder)
        tool.environment = world.environment.merging(["HOME": folder.path]) { $1 }
        return try await blocking { [tool] in
            try tool.run(arguments[0], arguments.count > 1 ? arguments[1] : "--no-color", "--log-format", "text")
        }
    }

    @Test func `config check reads it, and names groups that are not pinned`() async throws {
        let world = try await world()
        let result = try await run("config", "check", in: world, center: "region: eu-west-1")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("directory \(world.store) with 2 people"))
        #expect(result.output.contains(AWSStandIn.id(900)))
    }

    @Test func `it is read with a role, if one is given`() async throws {
        let world = try await world()
        let role = "roleArn: \"arn:aws:iam::123456789012:role/reader\", externalId: x"
        let result = try await run("config", "check", in: world, center: "region: eu-west-1, \(role)")
        #expect(result.status == 0, "\(result.errors)")
        let calls = try await world.calls()
        #expect(calls.first?.operation == "AssumeRole")
        #expect(calls.map(\.verified) == Array(repeating: true, count: 6))
    }

    /// Writes a snapshot of it.
    private func write(in world: AWSStandIn.World) async throws -> ChildProcess.Outcome {
        // Leaves the configuration behind.
        #expect(try await run("config", "check", in: world, center: "region: eu-west-1").status == 0)
        if folder.contents("key.pem").isEmpty { try folder.write(bytes: SigningKey().privateKey, to: "key.pem") }
        var tool = Tool(folder: folder)
        tool.environment = world.environment.merging(["HOME": folder.path]) { $1 }
        return try await blocking { [tool] in
            try tool.run("snapshot", "--out", "s.json", "--key-file", "key.pem", "--log-format", "text")
        }
    }

    @Test func `who was found in no group, and is in one when asked about, is written as a member, which is told`()
        async throws
    {
        var world = try await world()
        #expect(try await write(in: world).status == 0)
        // The first listing is the check's.
        var nobody = AWSStandIn.Fault("answer", of: "ListGroupMemberships")
        (nobody.body, nobody.skip) = (#"{"GroupMemberships": []}"#, 1)
        try await world.setFaults([nobody])
        let mended = try await write(in: world)
        #expect(mended.status == 0 && mended.output.contains(": 1 group, 2 people.\n"), "\(mended)")
        let note =
            "Members of the groups that they are in by now, since they changed groups during the reading: 2 people.\n"
        #expect(mended.output.contains(note), "\(mended)")
    }

    @Test func `who has lost a group is asked about once more before a snapshot is replaced, and no answer is told`()
        async throws
    {
        var world = try await world()
        #expect(try await write(in: world).status == 0)
        try await world.leave(2, AWSStandIn.id(900))
        try await world.setFaults([.error("AccessDeniedException", of: "IsMemberInGroups", times: 0)])
        let unanswered = try await write(in: world)
        #expect(unanswered.status == 0, "\(unanswered)")
        #expect(unanswered.errors.contains("could not be asked once more about who has lost a group"), "\(unanswered)")
        #expect(unanswered.output.contains(": 1 group, 1 person.\n"), "\(unanswered)")
    }

    @Test func `a directory that cannot be read whole is 69, and says what to do`() async throws {
        var world = try await world()
        let elsewhere = try await run("config", "check", in: world, center: "region: us-east-1")
        #expect(elsewhere.status == 69)
        #expect(elsewhere.errors.contains("us-east-1"))

        try await world.setFaults([.error("AccessDeniedException", of: "ListGroupMemberships", times: 0)])
        let denied = try await run("plan", in: world, center: "region: eu-west-1, identityStoreId: \(world.store)")
        #expect(denied.status == 69)
        #expect((denied.output + denied.errors).contains("identitystore:ListGroupMemberships"))
    }
}
