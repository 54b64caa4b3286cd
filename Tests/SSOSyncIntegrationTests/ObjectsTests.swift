// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncCore
import SSOSyncPostgres
import SSOSyncTestSupport
import Testing

@Suite("What leavers own", .serialized)
struct ObjectsTests {
    @Test(arguments: World.postgresVersions)
    func `a SECURITY DEFINER function of a leaver keeps its owner, is reported, and the account stays locked`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            try await world.postgres.superuser(
                """
                CREATE FUNCTION public.backdoor() RETURNS text LANGUAGE sql SECURITY DEFINER
                    AS 'SELECT current_user::text';
                ALTER FUNCTION public.backdoor() OWNER TO ann
                """
            )
            world.set("ann", in: [])
            try await world.apply()
            world.pass(seconds: 90_000)
            let report = try await world.run()
            #expect(report.verdict == .inSync, "\(report.failedOutcomes)")
            let finding = try #require(report.findings(.keptForObjects, of: "ann").first)
            #expect(finding.message.contains("functions"), "\(finding.message)")
            #expect(try await world.mayLogIn("ann") == false)
            let owner = try await world.postgres.superuser(
                "SELECT proowner::regrole FROM pg_proc WHERE proname = 'backdoor'"
            )
            #expect(owner == ["ann"])
        }
    }

    @Test(arguments: World.postgresVersions, [false, true])
    func `a leaver with objects and grants in three databases stays until the reported statements were run`(
        version: Int,
        named: Bool
    ) async throws {
        try await World.with(postgres: version) { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            try await Self.makeObjects(world.postgres)
            world.set("ann", in: [])
            try await world.apply()
            world.pass(seconds: 90_000)
            let report = try await world.run(provisioner: world.postgres.provisioner { $0.namesBlockers = named })
            #expect(report.verdict == .inSync, "\(report.failedOutcomes)")
            let finding = try #require(report.findings(.keptForObjects, of: "ann").first)
            #expect(try await world.mayLogIn("ann") == false)
            Self.check(finding, named: named)

            try await world.postgres.superuser("CREATE ROLE heir NOLOGIN")
            try await world.postgres.runAsOwner(finding.statements)
            let next = try await world.run(provisioner: world.postgres.provisioner { $0.namesBlockers = named })
            #expect(next.outcome("drop", of: "ann")?.isDone == true, "\(next.findings(.keptForObjects)) \(finding)")
            #expect(try await world.mayLogIn("ann") == nil)
            let owner = try await world.postgres.superuser(
                "SELECT relowner::regrole FROM pg_class WHERE relname = 't'"
            )
            #expect(owner == ["heir"])
        }
    }

    private static let databases = ["one", "two", "postgres"]

    private static func makeObjects(_ server: ScratchServer) async throws {
        try await server.superuser("CREATE DATABASE one")
        try await server.superuser("CREATE DATABASE two OWNER ann")
        try await server.superuser("GRANT CONNECT ON DATABASE one TO ann")
        for database in databases {
            try await server.superuser(
                """
                CREATE SCHEMA stuff; GRANT USAGE ON SCHEMA stuff TO ann;
                CREATE TABLE stuff.t (id serial, secret text); ALTER TABLE stuff.t OWNER TO ann;
                CREATE TABLE stuff.theirs (id int); GRANT SELECT ON stuff.theirs TO ann;
                GRANT UPDATE (id) ON stuff.theirs TO ann;
                CREATE VIEW stuff.v AS SELECT 1 AS a; GRANT SELECT ON stuff.v TO ann;
                CREATE FUNCTION stuff.f(a int) RETURNS int LANGUAGE sql AS 'SELECT a';
                ALTER FUNCTION stuff.f OWNER TO ann;
                CREATE MATERIALIZED VIEW stuff.m AS SELECT 1 AS a; ALTER MATERIALIZED VIEW stuff.m OWNER TO ann;
                CREATE SEQUENCE stuff.s; GRANT USAGE ON SEQUENCE stuff.s TO ann;
                CREATE TYPE stuff."ty pe" AS ENUM ('a'); ALTER TYPE stuff."ty pe" OWNER TO ann;
                CREATE POLICY p ON stuff.theirs TO ann;
                ALTER DEFAULT PRIVILEGES FOR ROLE ann GRANT SELECT ON TABLES TO PUBLIC
                """,
                database: database
            )
        }
    }

    private static func check(_ finding: Finding, named: Bool) {
        for database in databases {
            #expect(finding.message.contains("in database \(database)"), "\(finding.message)")
            #expect(finding.statements.contains { $0.contains("\\connect \"\(database)\"") }, "\(finding.statements)")
        }
        #expect(finding.message.contains("stuff.t ") == named, "\(finding.message)")
        #expect(!finding.statements.contains { $0.contains("CASCADE") })
    }
}

extension ScratchServer {
    /// Runs statements of a finding, as whoever owns the databases would, with an heir in the place of the new owner.
    fileprivate func runAsOwner(_ statements: [String]) async throws {
        let folder = try TemporaryFolder()
        let script = statements.joined(separator: "\n").replacingOccurrences(of: "new_owner", with: "heir")
        let file = try folder.write(script, to: "script.sql")
        let psql = [ChildProcess.servers, "psql", name, "-q", "-v", "ON_ERROR_STOP=1"]
        defer { withExtendedLifetime(folder) {} }
        try await ChildProcess.output(psql + ["-f", file])
    }
}
