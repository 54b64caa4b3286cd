// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncPostgres
import SSOSyncSQL
import SSOSyncTestSupport
import Testing

@Suite("Leaving while a reader does not answer", .serialized)
struct LeavingReaderTests {
    @Test(arguments: World.postgresVersions, ["STOP", "KILL"])
    func `nobody is reported out while a reader is down or frozen, and what was left there ends with the next run`(
        version: Int,
        signal: String
    ) async throws {
        try await World.with(postgres: version, standby: true) { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            let onWriter = try await world.postgres.logIn(as: "ann")
            try await eventually("the standby knows ann") { await world.canLogIn("ann", standby: true) }
            let onStandby = try await world.postgres.logIn(as: "ann", standby: true)
            try await world.postgres.signal(signal, standby: true)

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
                #expect(again.outcome("end-sessions", of: "ann")?.error?.code == .notOut)
                #expect(again.outcome("drop", of: "ann")?.isDone != true)
                #expect(try await world.mayLogIn("ann") == false)
            }
            try await world.postgres.bringStandbyBack(after: signal)
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

    @Test(arguments: World.postgresVersions)
    func `a frozen reader keeps no joiner out`(version: Int) async throws {
        try await World.with(postgres: version, standby: true) { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            world.set("ann", in: [])
            try await world.apply()
            try await world.postgres.signal("STOP", standby: true)
            world.set("bob", in: ["readers"])
            let report = try await world.run(Self.impatient)
            #expect(report.outcome("create", of: "bob")?.isDone == true)
            #expect(report.findings(.notice).contains { $0.message.contains("could not be asked") })
            #expect(await world.canLogIn("bob"))
        }
    }

    private static func impatient(_ settings: inout ProvisionerSettings) {
        settings.connectTimeout = 1
        settings.outTimeout = .seconds(1)
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
