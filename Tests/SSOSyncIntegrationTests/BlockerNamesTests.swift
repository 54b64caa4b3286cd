// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// The program, built beside the tests, with `--name-blockers` against a real server.
@Suite("Names of what keeps an account", .serialized)
struct BlockerNamesTests {
    private static let program = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        .appending(path: "sso-sync").path()

    @Test(arguments: World.postgresVersions)
    func `plan and apply name what a leaver owns in three databases when they are asked, and count it when not`(
        version: Int
    ) async throws {
        try await Self.withLeaver(.postgres(version)) { world, run in
            let counted = try await run(["plan"])
            #expect(counted.output.contains("ann stays locked and is not dropped: 1 schemas in database one"))
            #expect(!counted.output.contains("Stock"))
            for verb in ["plan", "apply"] {
                let text = try await run([verb, "--name-blockers"])
                #expect(text.status == 0, "\(text)")
                for database in ["one", "postgres", "two"] {
                    #expect(text.output.contains(#"table stuff."Stock" in database \#(database)"#), "\(text.output)")
                    let statement = #"""
                                \connect "\#(database)"
                                ALTER TABLE stuff."Stock" OWNER TO new_owner;
                        """#
                    #expect(text.output.contains(statement), "\(text.output)")
                }
                let json = try await run([verb, "--name-blockers", "--format", "json"])
                #expect(json.output.contains(#"table stuff.\"Stock\" in database two"#), "\(json.output)")
            }
        }
    }

    @Test(arguments: [TestEngine.postgres(17), .mysql])
    func `a plan that was saved with names is approved with them`(engine: TestEngine) async throws {
        try await Self.withLeaver(engine) { world, run in
            let saved = try await run(["plan", "--name-blockers", "--out", "plan.json"])
            #expect(saved.output.contains("Stock"))
            let hash = try #require(saved.output.split(separator: "--approve ").last?.prefix(64))
            let applied = try await run(["apply", "--plan", "plan.json", "--approve", String(hash)])
            #expect(applied.status == 0, "\(applied)")
            #expect(applied.output.contains("Stock"))
            let twice = try await run(["apply", "--name-blockers", "--plan", "plan.json", "--approve", String(hash)])
            #expect(twice.status == 64)
        }
    }

    @Test(arguments: World.postgresVersions)
    func `a database that lets nobody in is counted, and the GRANT is named`(version: Int) async throws {
        try await Self.withLeaver(.postgres(version)) { world, run in
            try await world.postgres.superuser("REVOKE CONNECT ON DATABASE two FROM PUBLIC")
            let closed = try await run(["plan", "--name-blockers"])
            #expect(closed.status == 0)
            #expect(closed.output.contains(#"table stuff."Stock" in database one"#))
            #expect(closed.output.contains("1 tables, views or sequences in database two"), "\(closed.output)")
            let grant = #"GRANT CONNECT ON DATABASE "two" TO "sso_provisioner""#
            #expect(closed.output.contains("run \(grant)"))
            try await world.postgres.superuser(grant)
            #expect(
                try await run(["plan", "--name-blockers"]).output.contains(#"table stuff."Stock" in database two"#)
            )
        }
    }

    @Test
    func `a database whose name psql would take for more is only told, and what runs as its owner has a caution`()
        async throws
    {
        try await Self.withLeaver(.postgres(17)) { world, run in
            for name in ["odd=name", "odd\n\\! id"] {
                try await world.postgres.superuser("CREATE DATABASE \"\(name)\"")
                try await world.postgres.superuser(
                    """
                    CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
                    ALTER FUNCTION f() OWNER TO ann
                    """,
                    database: "dbname='\(name.replacing("\\", with: "\\\\"))'"
                )
            }
            for arguments in [["plan"], ["plan", "--name-blockers"]] {
                let text = try await run(arguments).output
                #expect(!text.contains("\\connect \"odd"), "\(text)")
                #expect(text.contains(#"-- in database "odd=name""#), "\(text)")
                #expect(!text.split(separator: "\n").contains { $0.drop { $0 == " " }.hasPrefix("\\! id") }, "\(text)")
            }
            let named = try await run(["plan", "--name-blockers"]).output
            #expect(named.contains("ALTER FUNCTION public.f() OWNER TO new_owner; -- check SECURITY DEFINER first"))
        }
    }

    private typealias Run = ([String]) async throws -> ChildProcess.Outcome

    /// A world in which ann's quarantine is over and she owns something: on PostgreSQL in three databases, on MySQL a routine.
    private static func withLeaver(_ engine: TestEngine, _ body: (World, Run) async throws -> Void) async throws {
        try await World.with(engine) { world in
            world.pass(seconds: -200_000)
            world.set("ann", in: ["readers"])
            try await world.apply()
            switch engine {
            case .postgres: try await makeTables(world.postgres)
            case .mysql:
                try await world.mysql.superuser(
                    "CREATE DATABASE stuff; CREATE DEFINER = ann PROCEDURE stuff.Stock() SELECT 1"
                )
            }
            world.set("ann", in: [])
            try await world.apply()
            let folder = try TemporaryFolder()
            try write(configuration(world), to: folder)
            try await body(world) { arguments in
                try await ChildProcess.run(
                    ["-C", folder.path, program] + arguments,
                    environment: [
                        "AWS_ACCESS_KEY_ID": IAMStandIn.credentials.accessKeyId,
                        "AWS_SECRET_ACCESS_KEY": "secretsecretsecretsecret",
                    ]
                )
            }
        }
    }

    private static func makeTables(_ server: ScratchServer) async throws {
        for database in ["one", "two"] { try await server.superuser("CREATE DATABASE \(database)") }
        for database in ["one", "two", "postgres"] {
            try await server.superuser(
                #"CREATE SCHEMA stuff AUTHORIZATION ann; CREATE TABLE stuff."Stock" (id int); ALTER TABLE stuff."Stock" OWNER TO ann"#,
                database: database
            )
        }
    }

    private static func write(_ configuration: String, to folder: TemporaryFolder) throws {
        try folder.write(configuration, to: "sso-sync.yaml")
        let people = """
            people: []
            groups: [{ id: g-readers, name: readers, members: [] }]
            """
        try folder.write(people, to: "people.yaml")
    }

    private static func configuration(_ world: World) -> String {
        """
        version: 1
        owner: \(World.owner)
        directory: { file: { path: people.yaml, id: \(World.directoryId) } }
        targets:
          - name: orders
            mode: enforce
            engine: \(world.server.engine == .mysql ? "mysql" : "postgres")
            host: localhost
            port: \(world.server.port)
            region: eu-west-1
            user: sso_provisioner
            tls: { ca: \(world.server.authority) }
            groups: { readers: { id: g-readers, roles: [readers] } }
            leavers: { quarantine: 1d }
        """
    }
}
