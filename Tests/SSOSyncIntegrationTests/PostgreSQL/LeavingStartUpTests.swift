// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncPostgres
import SSOSyncSQL
import SSOSyncTestSupport
import Testing

@Suite("Leaving while a login waits inside start-up", .serialized)
struct LeavingStartUpTests {
    @Test(arguments: World.postgresVersions)
    func `somebody whose login still waits inside start-up is not reported out`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            let blocker = try await Self.blockDatabase(world)
            let login = try await Self.beginLogin(world, blocker)
            world.set("ann", in: [])
            let report = try await world.run { $0.outTimeout = .milliseconds(300) }
            #expect(report.verdict == .partialFailure)
            #expect(report.outcome("lock", of: "ann")?.isDone == true)
            #expect(report.outcome("revoke", of: "ann")?.isDone == true)
            let error = try #require(report.outcome("end-sessions", of: "ann")?.error)
            #expect(error.code == .notOut)
            #expect(error.message.contains("still starting up"), "\(error)")
            let again = try await world.run { $0.outTimeout = .milliseconds(300) }
            #expect(again.outcome("end-sessions", of: "ann")?.error?.code == .notOut, "the next run has forgotten it")

            try await blocker.execute("ROLLBACK")
            let session = try await login.value
            #expect(try await session.query("SELECT 1").rowCount == 1)
            let next = try await world.run()
            #expect(next.verdict == .inSync)
            #expect(next.outcome("end-sessions", of: "ann")?.sessionsEnded == 1)
            await #expect(throws: PostgresError.self) { try await session.query("SELECT 1") }
            await blocker.close()
        }
    }

    @Test(arguments: World.postgresVersions)
    func `a login that gets through start-up after its account was locked is ended before it is reported out`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            let blocker = try await Self.blockDatabase(world)
            let login = try await Self.beginLogin(world, blocker)
            world.set("ann", in: [])
            let run = Task { try await world.run() }
            try await eventually("ann is locked and has no role") {
                guard try await world.mayLogIn("ann") == false else { return false }
                return try await world.rolesHeld(by: "ann") == []
            }
            try await blocker.execute("ROLLBACK")
            let report = try await run.value
            #expect(report.verdict == .inSync, "\(report.failedOutcomes)")
            #expect(report.outcome("end-sessions", of: "ann")?.sessionsEnded == 1)
            let session = try? await login.value
            #expect(await !Self.isAlive(session))
            #expect(try await world.sessions(of: ["ann"]) == 0)
            await blocker.close()
        }
    }

    /// It may have become a role by then, which it is asked for as it begins.
    @Test(arguments: World.postgresVersions)
    func `a login that waits inside start-up while a role is taken is ended, and one that begins later is left`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            let blocker = try await Self.blockDatabase(world, roles: ["readers", "writers"])
            let login = try await Self.beginLogin(world, blocker)
            world.set("ann", in: ["writers"])
            let run = Task { try await world.run { $0.outTimeout = .seconds(60) } }
            let watcher = try await world.postgres.openSuperuser()
            try await eventually("sessions were looked for, and that one is waited for") {
                try await watcher.column(
                    """
                    SELECT pid::text FROM pg_stat_activity
                    WHERE state = 'idle' AND query LIKE '%pg_terminate_backend%' AND pid <> pg_backend_pid()
                    """
                ).count == 1
            }
            let later = try await world.server.logIn(as: "ann", standby: false)
            try await blocker.execute("ROLLBACK")
            let report = try await run.value
            #expect(report.verdict == .inSync, "\(report.failedOutcomes)")
            #expect(report.outcome("disconnect", of: "ann")?.sessionsEnded == 1)
            let session = try? await login.value
            #expect(await !Self.isAlive(session))
            try await later.check()
            await watcher.close()
            await blocker.close()
        }
    }

    /// Joins Ann and locks a database so that logins to it wait after they have been let in.
    private static func blockDatabase(_ world: World, roles: [RoleName] = ["readers"]) async throws
        -> PostgresConnection
    {
        world.set("ann", in: roles)
        try await world.apply()
        let blocker = try await world.postgres.openSuperuser()
        try await blocker.execute("CREATE DATABASE app")
        try await blocker.execute("BEGIN; ALTER DATABASE app RENAME TO renamed")
        return blocker
    }

    private static func beginLogin(
        _ world: World,
        _ superuser: PostgresConnection
    ) async throws -> Task<PostgresConnection, any Error> {
        let login = Task {
            try await world.postgres.openSession(as: "ann") { options in
                options.database = "app"
                options.connectTimeout = 120
            }
        }
        try await eventually("ann's login waits") {
            try await superuser.column(
                """
                SELECT pid::text FROM pg_locks l WHERE NOT granted AND locktype = 'object'
                    AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.pid = l.pid AND a.usesysid IS NOT NULL)
                """
            ).count == 1
        }
        return login
    }

    private static func isAlive(_ session: PostgresConnection?) async -> Bool {
        (try? await session?.query("SELECT 1")) != nil
    }
}
