// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

@Suite("Leaving while a reader does not answer", .serialized)
struct LeavingReaderTests {
    @Test(arguments: World.engines, ["STOP", "KILL"])
    func `nobody is reported out while a reader is down or frozen, and what was left there ends with the next run`(
        engine: TestEngine,
        signal: String
    ) async throws {
        try await World.with(engine, standby: true) { world in
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
            await #expect(throws: LostSession.self) { try await onWriter.check() }
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
            try await world.server.bringStandbyBack(after: signal)
            try await checkNextRun(world, session: onStandby, sessionsLeft: signal == "STOP" ? 1 : 0)
        }
    }

    @Test(arguments: World.engines)
    func `nobody is out, in whichever run, while a reader that is behind would still let them in`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine, standby: true) { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            try await eventually("the standby knows ann") { await world.canLogIn("ann", standby: true) }
            try await world.server.replay(false)
            world.set("ann", in: [])
            // The first run locks; the next ones find nobody's session anywhere.
            for _ in 1...3 {
                let report = try await world.run(Self.impatient)
                #expect(report.verdict == .partialFailure)
                let error = report.outcome("end-sessions", of: "ann")?.error
                #expect(error?.code == .notOut)
                #expect(error?.message.contains("would still let ann in") == true, "\(error as Any)")
                #expect(report.outcome("drop", of: "ann")?.isDone != true)
                #expect(await world.canLogIn("ann", standby: true))
                world.pass(seconds: 90_000)
            }
            try await world.server.replay(true)
            try await eventually("the standby has heard of the lock") {
                try await world.mayLogIn("ann", standby: true) == false
            }
            #expect(try await world.run().verdict == .inSync)
            try await world.apply()
            #expect(try await world.mayLogIn("ann") == nil)
        }
    }

    private func checkNextRun(_ world: World, session: any TestSession, sessionsLeft: Int) async throws {
        #expect(try await world.sessions(of: ["ann"], standby: true) == sessionsLeft)
        let report = try await world.run()
        #expect(report.verdict == .inSync, "\(report.failedOutcomes) \(report.failure as Any)")
        #expect((report.outcome("end-sessions", of: "ann")?.sessionsEnded ?? 0) == sessionsLeft)
        await #expect(throws: LostSession.self) { try await session.check() }
        #expect(await !world.canLogIn("ann", standby: true))
        try await world.apply()
        #expect(try await world.mayLogIn("ann") == nil)
        #expect(try await world.plan().isInSync)
    }

    @Test(arguments: World.engines)
    func `nobody is reported out while there may be readers that are not known, and the rest is done`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            let session = try await world.server.logIn(as: "ann")
            world.set("ann", in: [])
            world.set("bob", in: ["readers"])
            for _ in 1...2 {
                let report = try await world.run { $0.unknownReaders = ["the Region is down"] }
                #expect(report.verdict == .partialFailure)
                #expect(report.outcome("end-sessions", of: "ann")?.error?.code == .notOut)
                #expect(
                    report.outcome("end-sessions", of: "ann")?.error?.message.contains("the Region is down") == true
                )
                #expect(report.findings(.notice).map(\.message) == ["the Region is down"])
                #expect(try await world.mayLogIn("ann") == false)
                #expect(await world.canLogIn("bob"))
                world.pass(seconds: 90_000)
            }
            await #expect(throws: LostSession.self) { try await session.check() }
            let report = try await world.run()
            #expect(report.verdict == .inSync, "\(report.failedOutcomes)")
            #expect(report.outcome("drop", of: "ann")?.isDone == true)
        }
    }

    @Test(arguments: World.engines)
    func `a reader's endpoint that leads to the writer counts once`(engine: TestEngine) async throws {
        try await World.with(engine, standby: true) { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            let session = try await world.server.logIn(as: "ann")
            world.set("ann", in: [])
            let locks = try await world.plan().operations.filter { $0.phase == .lock }
            let provisioner = world.provisioner { $0.readerPorts = [world.server.port, world.server.standbyPort] }
            let deadline = ContinuousClock.now.advanced(by: .seconds(30))
            let run = try await provisioner.openSession(SessionAccess(.writing, runId: "1", deadline: deadline))
            try await run.apply(locks, until: deadline) { _ in }
            let request = InspectionRequest(
                owner: World.owner,
                directory: World.directoryId,
                scope: .everyone,
                names: [],
                roles: [],
                windowStart: world.now
            )
            let accounts = try await run.inspect(request)
            await run.close()
            #expect(accounts.accounts.first { $0.name == "ann" }?.sessions == 1)
            await session.close()
        }
    }

    @Test(arguments: World.engines)
    func `a frozen reader keeps no joiner out`(engine: TestEngine) async throws {
        try await World.with(engine, standby: true) { world in
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

    @Test(arguments: World.engines)
    func `several readers that do not answer take no longer than one, while the writer waits idly`(engine: TestEngine)
        async throws
    {
        try await World.with(engine) { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            world.set("ann", in: [])
            try await world.apply()
            // They accept connections, and never say a word.
            let frozen = try (1...8).map { _ in try SilentServer() }
            world.set("bob", in: ["readers"])
            let start = ContinuousClock.now
            let report = try await world.run { settings in
                settings.readerPorts = frozen.map(\.port)
                settings.connectTimeout = 4
                settings.outTimeout = .seconds(1)
            }
            // Once to count sessions, once to end them. One after the other, the first alone would take 32 seconds.
            #expect(ContinuousClock.now - start < .seconds(25))
            #expect(report.outcome("create", of: "bob")?.isDone == true)
            #expect(report.findings(.notice).count == frozen.count)
            #expect(report.outcome("end-sessions", of: "ann")?.error?.code == .notOut)
        }
    }

    private static func impatient(_ settings: inout ProvisionerSettings) {
        settings.connectTimeout = 1
        settings.outTimeout = .seconds(1)
    }
}

extension TestServer {
    /// Thaws the standby, or starts it again, and waits until it answers.
    fileprivate func bringStandbyBack(after signal: String) async throws {
        if signal == "KILL" {
            try await restart(standby: true)
        } else {
            try await self.signal("CONT", standby: true)
        }
        try await eventually("the standby answers") {
            (try? await mayLogIn("sso_provisioner", standby: true)) == true
        }
    }
}
