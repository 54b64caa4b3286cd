// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

@Suite("Logging in as oneself", .enabled(if: ServedTool.exists, "the program is not built beside the tests"))
struct ConnectTests {
    @Test(arguments: World.engines)
    func `connect leads into the engine's own client, logged in, and hands on its exit code`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            let tool = try ServedTool(world)
            let inside = try await tool.connect(world, "ann", "SELECT CONCAT('I am ', CURRENT_USER)")
            #expect(inside.status == 0, "\(inside)")
            #expect(inside.output.contains("I am ann"), "\(inside)")
            let wrong = try await tool.connect(world, "ann", "SELECT nonsense")
            #expect(wrong.status == 1, "\(wrong)")
        }
    }

    @Test(arguments: World.engines)
    func `connect does not send the token to a server that nobody vouches for, and says nothing of it`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            let tool = try ServedTool(world, authority: world.server.otherAuthority)
            let outcome = try await tool.connect(world, "ann", "SELECT 1")
            #expect(outcome.status != 0)
            #expect((outcome.output + outcome.errors).contains("certificate"), "\(outcome)")
            #expect(!(outcome.output + outcome.errors).contains("X-Amz-Signature"))
        }
    }

    @Test(arguments: World.engines)
    func `a token that is printed logs in`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            let outcome = try await ServedTool(world).run("token", "orders", "--user", "ann")
            #expect(outcome.status == 0, "\(outcome)")
            let session = try await world.server.logIn(
                as: "ann",
                password: Secret(outcome.output.filter { $0 != "\n" })
            )
            await session.close()
        }
    }

    @Test func `without a name the account is that of whoever logged in through IAM Identity Center`() async throws {
        let aws = try await AWSStandIn.world()
        try await aws.set()
        let configuration = """
            version: 1
            owner: test
            directory: { file: { path: people.yaml } }
            targets:
              - name: orders
                engine: postgres
                host: localhost
                region: eu-west-1
                user: sso_provisioner
                groups: { team: { roles: [readers] } }
            """
        func token(profile: String) async throws -> ChildProcess.Outcome {
            let home = try TemporaryFolder()
            try home.write(
                """
                [profile keys]
                aws_access_key_id = \(aws.environment["AWS_ACCESS_KEY_ID"] ?? "")
                aws_secret_access_key = \(aws.environment["AWS_SECRET_ACCESS_KEY"] ?? "")
                aws_session_token = \(aws.environment["AWS_SESSION_TOKEN"] ?? "")
                endpoint_url = \(aws.environment["AWS_ENDPOINT_URL"] ?? "")
                [profile person]
                role_arn = arn:aws:iam::123456789012:role/AWSReservedSSO_Readers_0123456789abcdef
                role_session_name = ann
                region = eu-west-1
                source_profile = keys
                endpoint_url = \(aws.environment["AWS_ENDPOINT_URL"] ?? "")
                """,
                to: ".aws/config"
            )
            let tool = try ServedTool(
                configuration: configuration,
                environment: ["HOME": home.path, "AWS_PROFILE": profile]
            )
            return try await tool.run("token", "orders")
        }
        let person = try await token(profile: "person")
        #expect(person.status == 0, "\(person)")
        #expect(person.output.contains("DBUser=ann&"))
        let keys = try await token(profile: "keys")
        #expect(keys.status == 64, "\(keys)")
        #expect(keys.errors.contains("--user"), "\(keys)")
    }

    @Test func `what cannot be started or found is 64, with the way out`() async throws {
        try await World.with(postgres: 17) { world in
            let tool = try ServedTool(world)
            let client = try await tool.run("connect", "orders", "--user", "ann", "--client", "no-such-client")
            #expect(client.status == 64)
            #expect(
                client.lines(with: "no-such-client cannot be started: install it, or name another one by --client") == 1
            )
            #expect(try await tool.run("connect", "ordes", "--user", "ann").status == 64)
            #expect(try await tool.run("token", "orders", "--user", "ann", "--reader", "1").status == 64)
        }
    }
}

extension ServedTool {
    fileprivate func connect(_ world: World, _ user: String, _ statement: String) async throws -> ChildProcess.Outcome {
        let facts = world.server.process.facts
        let isMySQL = world.server.engine == .mysql
        let client = (isMySQL ? facts["MYSQL"] : facts["PSQL"]) ?? ""
        return try await run(
            "connect",
            "orders",
            "--user",
            user,
            "--client",
            client,
            "--",
            isMySQL ? "--execute" : "-c",
            statement
        )
    }
}
