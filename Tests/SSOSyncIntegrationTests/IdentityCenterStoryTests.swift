// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// From the directory behind IAM Identity Center to a real server, by the program, and back out again.
@Suite("People of IAM Identity Center", .enabled(if: ServedTool.exists, "the program is not built beside the tests"))
struct IdentityCenterStoryTests {
    private static let engines = World.engines.filter { $0 == .mysql || $0 == .postgres(17) }
    private static let roles: [RoleName] = ["readers", "writers", "reports"]

    @Test(.timeLimit(.minutes(5)), arguments: engines)
    func `what happens to one of a thousand people in the directory happens to the account`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine, roles: Self.roles) { world in
            let story = try await IdentityCenterStory(world)
            try await story.apply()
            #expect(try await world.mayLogIn("person1000") == true)
            #expect(try await world.rolesHeld(by: "person1") == ["readers", "writers"])
            #expect(try await world.rolesHeld(by: "person999") == ["readers", "reports"])
            try await story.logInByAWSTool("person999").close()
            let session = try await story.logInByAWSTool("person500")

            try await story.aws.join(301, IdentityCenterStory.writers)
            try await story.aws.leave(500, IdentityCenterStory.readers)
            try await story.aws.update(501, "userStatus", "DISABLED")
            try await story.aws.update(502, "userName", "renamed")
            try await story.aws.delete(503)
            try await story.apply()

            #expect(try await world.rolesHeld(by: "person301") == ["readers", "writers"])
            for gone in ["person500", "person501", "person503"] {
                #expect(try await world.mayLogIn(AccountName(gone)) == false, "\(gone)")
                #expect(try await world.rolesHeld(by: AccountName(gone)) == [], "\(gone)")
            }
            await #expect(throws: LostSession.self) { try await session.check() }
            await #expect(throws: (any Error).self) { try await story.logInByAWSTool("person500") }
            #expect(try await world.mayLogIn("person502") == nil)
            try await story.logInByAWSTool("renamed").close()
            #expect(try await story.run("plan").status == 0)
            #expect(try await story.aws.calls().allSatisfy(\.verified))
        }
    }
}

/// A directory of a thousand people in three groups, and the program on it and one server.
private struct IdentityCenterStory {
    static let writers = AWSStandIn.id(90_002)
    static let readers = AWSStandIn.id(90_001)
    private static let reports = AWSStandIn.id(90_003)

    private let world: World
    let aws: AWSStandIn.World
    private let tool: ServedTool

    init(_ world: World) async throws {
        self.world = world
        aws = try await AWSStandIn.world()
        let people = 1...1_000
        let groups = [
            AWSStandIn.Group(Self.readers, "Readers", members: people.map(AWSStandIn.id)),
            AWSStandIn.Group(Self.writers, "Writers", members: (1...300).map(AWSStandIn.id)),
            AWSStandIn.Group(Self.reports, "Reports", members: (900...1_000).map(AWSStandIn.id)),
        ]
        try await aws.load(users: people.map { AWSStandIn.User($0) }, groups: groups)
        tool = try ServedTool(configuration: Self.configuration(world, aws), environment: aws.environment)
        try world.allow(aws)
    }

    private static func configuration(_ world: World, _ aws: AWSStandIn.World) -> String {
        """
        version: 1
        owner: test
        directory:
          identityCenter: { region: \(aws.region), requestsPerSecond: 100 }
        brake: { joins: 1000 }
        targets:
          - name: orders
            mode: enforce
            engine: \(world.server.engine == .mysql ? "mysql" : "postgres")
            host: localhost
            port: \(world.server.port)
            region: \(aws.region)
            user: sso_provisioner
            tls: { ca: \(world.server.authority) }
            groups:
              Readers: { id: \(readers), roles: [readers] }
              Writers: { id: \(writers), roles: [writers] }
              Reports: { id: \(reports), roles: [reports] }
        """
    }

    // MARK: The program

    func run(_ arguments: String...) async throws -> ChildProcess.Outcome { try await tool.run(arguments) }

    func apply() async throws {
        let outcome = try await tool.run(["apply"])
        #expect(outcome.status == 0, "\(outcome)")
    }

    // MARK: Logging in

    /// Logs in with a token of AWS's own tool.
    func logInByAWSTool(_ name: String) async throws -> any TestSession {
        let token = try await ChildProcess.output(
            [
                "aws", "rds", "generate-db-auth-token", "--hostname", "localhost", "--port", "\(world.server.port)",
                "--region", aws.region, "--username", name,
            ],
            environment: aws.environment
        )
        return try await world.server.logIn(as: AccountName(name), password: Secret(token.filter { $0 != "\n" }))
    }
}

extension World {
    /// Makes the server's stand-in for IAM let these keys log in, too.
    func allow(_ aws: AWSStandIn.World) throws {
        let file = try #require(server.process.facts["KEYS"])
        let known = try String(contentsOfFile: file, encoding: .utf8)
        let added = "key \(aws.accessKeyId) \(aws.secretAccessKey)\nallow \(aws.accessKeyId) *\n"
        try (known + added).write(toFile: file, atomically: true, encoding: .utf8)
    }
}
