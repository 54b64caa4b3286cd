// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

@Suite("Leaving", .serialized)
struct LeavingTests {
    @Test(arguments: World.engines)
    func `nobody gets in again on writer or standby once reported out, although all reconnect at once`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine, standby: true) { world in
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

    @Test(arguments: World.engines)
    func `a leaver is out of all sessions, however many, in whatever database, and whatever they do`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let dba = try await world.server.openAdministrator()
            world.set("ann", in: ["readers"])
            try await world.apply()
            try await dba.createDatabase("other", for: "ann")
            var sessions: [any TestSession] = []
            for database in [nil, "other", nil, "other"] {
                sessions.append(try await world.server.logIn(as: "ann", standby: false, database: database))
            }
            try await sessions[0].beginTransaction()
            let busy = Task { [session = sessions[1]] in try await session.sleep(seconds: 600) }
            try await eventually("one is busy") { try await dba.isAsleep("ann") }
            world.set("ann", in: [])
            let report = try await world.run()
            #expect(report.verdict == .inSync, "\(report.failedOutcomes)")
            #expect(report.outcome("end-sessions", of: "ann")?.sessionsEnded == 4)
            #expect(try await world.sessions(of: ["ann"]) == 0)
            await #expect(throws: LostSession.self) { try await busy.value }
            for session in sessions {
                await #expect(throws: LostSession.self) { try await session.check() }
            }
        }
    }
}
