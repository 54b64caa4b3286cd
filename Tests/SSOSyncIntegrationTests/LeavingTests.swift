// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncPostgres
import SSOSyncTestSupport
import Testing

@Suite("Leaving")
struct LeavingTests {
    @Test(arguments: World.versions)
    func `nobody gets in again on writer or standby once reported out, although all reconnect at once`(
        version: Int
    ) async throws {
        try await World.with(version, standby: true) { world in
            let people: [AccountName] = ["ann", "bob"]
            for name in people + ["stays"] { world.set(UserId(name.rawValue), in: ["readers"]) }
            try await world.apply()
            let reconnections = Reconnections(world.server, people)
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

    // MARK: A login that waits inside start-up

    @Test(arguments: World.versions)
    func `somebody whose login still waits inside start-up is not reported out`(version: Int) async throws {
        try await World.with(version) { world in
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

    @Test(arguments: World.versions)
    func `a login that gets through start-up after its account was locked is ended before it is reported out`(
        version: Int
    ) async throws {
        try await World.with(version) { world in
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
        let blocker = try await world.server.openSuperuser()
        try await blocker.execute("CREATE DATABASE app")
        try await blocker.execute("BEGIN; ALTER DATABASE app RENAME TO renamed")
        return blocker
    }

    private static func beginLogin(
        _ world: World,
        _ superuser: PostgresConnection
    ) async throws -> Task<PostgresConnection, any Error> {
        let login = Task { try await world.server.logIn(as: "ann", database: "app") }
        try await eventually("ann's login waits") {
            try await superuser.column(
                """
                SELECT pid::text FROM pg_locks l WHERE NOT granted AND locktype = 'object'
                    AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.pid = l.pid)
                """
            ).count == 1
        }
        return login
    }

    private static func isAlive(_ session: PostgresConnection?) async -> Bool {
        (try? await session?.query("SELECT 1")) != nil
    }

    // MARK: A reader that does not answer

    @Test(arguments: World.versions, ["STOP", "KILL"])
    func `nobody is reported out while a reader is down or frozen, and what was left there ends with the next run`(
        version: Int,
        signal: String
    ) async throws {
        try await World.with(version, standby: true) { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            let onWriter = try await world.server.logIn(as: "ann")
            try await eventually("the standby knows ann") { await world.canLogIn("ann", standby: true) }
            let onStandby = try await world.server.logIn(as: "ann", standby: true)
            try await world.server.signal(signal, standby: true)

            world.set("ann", in: [])
            let report = try await world.run(Self.impatient)
            #expect(report.verdict == .partialFailure)
            #expect(report.outcome("lock", of: "ann")?.isDone == true)
            #expect(report.outcome("end-sessions", of: "ann")?.error?.code == .notOut)
            #expect(report.outcome("end-sessions", of: "ann")?.sessionsEnded == 1)
            await #expect(throws: PostgresError.self) { try await onWriter.query("SELECT 1") }
            #expect(try await world.rolesHeld(by: "ann") == [])
            #expect(await !world.canLogIn("ann"))

            // However often it is asked, and however long ago they left.
            for _ in 1...2 {
                world.pass(seconds: 90_000)
                let again = try await world.run(Self.impatient)
                #expect(again.verdict == .partialFailure)
                #expect(again.failedOutcomes.map(\.error?.code) == [.notOut])
                #expect(try await world.mayLogIn("ann") == false)
            }
            try await world.server.bringStandbyBack(after: signal)
            try await checkNextRun(world, session: onStandby, sessionsLeft: signal == "STOP" ? 1 : 0)
        }
    }

    private func checkNextRun(_ world: World, session: PostgresConnection, sessionsLeft: Int) async throws {
        #expect(try await world.sessions(of: ["ann"], standby: true) == sessionsLeft)
        let report = try await world.run()
        #expect(report.verdict == .inSync, "\(report.failedOutcomes) \(report.failure as Any)")
        #expect((report.outcome("end-sessions", of: "ann")?.sessionsEnded ?? 0) == sessionsLeft)
        await #expect(throws: PostgresError.self) { try await session.query("SELECT 1") }
        #expect(await !world.canLogIn("ann", standby: true))
        try await world.apply()
        #expect(try await world.mayLogIn("ann") == nil)
        #expect(try await world.plan().isInSync)
    }

    @Test(arguments: World.versions)
    func `a frozen reader keeps no joiner out`(version: Int) async throws {
        try await World.with(version, standby: true) { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            world.set("ann", in: [])
            try await world.apply()
            try await world.server.signal("STOP", standby: true)
            world.set("bob", in: ["readers"])
            let report = try await world.run(Self.impatient)
            #expect(report.outcome("create", of: "bob")?.isDone == true)
            #expect(report.findings(.notice).contains { $0.message.contains("could not be asked") })
            #expect(await world.canLogIn("bob"))
        }
    }

    private static func impatient(_ configuration: inout PostgresConfiguration) {
        configuration.connectTimeout = 1
        configuration.outTimeout = .seconds(1)
    }
}

extension ScratchServer {
    /// Thaws the standby, or starts it again, and waits until it answers.
    fileprivate func bringStandbyBack(after signal: String) async throws {
        if signal == "KILL" {
            try await restart(standby: true)
        } else {
            try await self.signal("CONT", standby: true)
        }
        try await eventually("the standby answers") {
            (try? await superuser("SELECT 1", standby: true)) == ["1"]
        }
    }
}
