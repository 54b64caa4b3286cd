// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncPostgres
import SSOSyncSQL
import SSOSyncTestSupport
import Testing

@Suite("Leaving", .serialized)
struct LeavingTests {
    @Test(arguments: World.postgresVersions)
    func `nobody gets in again on writer or standby once reported out, although all reconnect at once`(
        version: Int
    ) async throws {
        try await World.with(postgres: version, standby: true) { world in
            let people: [AccountName] = ["ann", "bob"]
            for name in people + ["stays"] { world.set(UserId(name.rawValue), in: ["readers"]) }
            try await world.apply()
            let reconnections = Reconnections(world.postgres, people)
            try await reconnections.during {
                try await eventually("all have been in, everywhere") { reconnections.haveAllBeenIn }
                for name in people { world.set(UserId(name.rawValue), in: []) }
                let report = try await world.run()
                reconnections.reportOut()
                #expect(report.verdict == .inSync, "\(report.failedOutcomes)")
                #expect(try await world.sessions(of: people) == 0)
                #expect(try await world.sessions(of: people, standby: true) == 0)
                try await eventually("all have been refused") { reconnections.haveAllBeenRefused(times: 3) }
            }
            #expect(reconnections.intrusions == 0)
        }
    }

    @Test(arguments: World.postgresVersions)
    func `a leaver is out of all sessions, however many, in whatever database, and whatever they do`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            try await world.postgres.superuser("CREATE DATABASE other")
            world.set("ann", in: ["readers"])
            try await world.apply()
            var sessions: [PostgresConnection] = []
            for database in ["postgres", "other", "postgres", "other"] {
                sessions.append(try await world.postgres.logIn(as: "ann", database: database))
            }
            try await sessions[0].execute("BEGIN; SELECT 1")
            let busy = Task { [session = sessions[1]] in try await session.query("SELECT pg_sleep(600)") }
            try await eventually("one is busy") {
                try await world.postgres.superuser(
                    "SELECT 1 FROM pg_stat_activity WHERE usename = 'ann' AND wait_event = 'PgSleep'"
                ) == ["1"]
            }
            world.set("ann", in: [])
            let report = try await world.run()
            #expect(report.verdict == .inSync, "\(report.failedOutcomes)")
            #expect(report.outcome("end-sessions", of: "ann")?.sessionsEnded == 4)
            #expect(try await world.sessions(of: ["ann"]) == 0)
            await #expect(throws: PostgresError.self) { try await busy.value }
            for session in sessions {
                await #expect(throws: PostgresError.self) { try await session.query("SELECT 1") }
            }
        }
    }

    // MARK: A login that waits inside start-up

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

    /// Joins Ann and locks a database so that logins to it wait after they have been let in.
    private static func blockDatabase(_ world: World) async throws -> PostgresConnection {
        world.set("ann", in: ["readers"])
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
