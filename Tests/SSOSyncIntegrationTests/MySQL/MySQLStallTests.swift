// SPDX-License-Identifier: Apache-2.0

import InMemoryLogging
import Logging
import SSOSyncCore
import SSOSyncMySQL
import SSOSyncTestSupport
import Synchronization
import Testing

@Suite("Whoever keeps MySQL from listing sessions")
struct MySQLStallTests {
    @Test
    func
        `a session that stops half-way to another user keeps the server's list of sessions from everybody, and is ended`()
        async throws
    {
        // Else the server itself would end it half a minute later.
        try await World.withMySQL(options: SlowLogin.patience + ["--net-read-timeout=300"]) { world in
            for user in ["ann", "stays"] as [UserId] { world.set(user, in: ["readers"]) }
            try await world.apply()
            // Without us: the server has looked the account up when the name came, and lets it in, as at a login.
            let control = try await SlowLogin(world.mysql, as: "ann", after: "stays")
            try await world.mysql.superuser("ALTER USER ann ACCOUNT LOCK")
            #expect(control.proceed() == "in")
            control.stop()
            try await world.mysql.superuser("ALTER USER ann ACCOUNT UNLOCK")

            let stalled = try await SlowLogin(world.mysql, as: "ann", after: "stays")
            let names = try await world.mysql.superuser(
                "SELECT USER FROM performance_schema.processlist WHERE COMMAND = 'Change user'"
            )
            #expect(names == ["stays"])
            world.set("ann", in: [])
            let began = ContinuousClock.now
            let report = try await world.apply()
            #expect(began.duration(to: .now) < .seconds(60))
            #expect(report.outcome("end-sessions", of: "ann")?.isDone == true)
            #expect(report.findings(.notice).contains { $0.message.contains("was half-way to another user") })
            #expect(stalled.proceed() == "refused")
            #expect(try await world.mysql.sessions(of: ["ann"], standby: false) == 0)
            stalled.stop()
        }
    }

    @Test func `whoever stops half-way once the leaver is locked is ended as well`() async throws {
        try await World.withMySQL(options: SlowLogin.patience + ["--net-read-timeout=300"]) { world in
            for user in ["ann", "stays"] as [UserId] { world.set(user, in: ["readers"]) }
            try await world.apply()
            let stalled = Mutex<SlowLogin?>(nil)
            world.set("ann", in: [])
            let provisioner = InterceptedProvisioner(world.provisioner()) { event in
                guard case .applied(let operations) = event, operations.contains(where: { $0.action == .lock }) else {
                    return
                }
                let login = try await SlowLogin(world.mysql, as: "stays", after: "stays")
                stalled.withLock { $0 = login }
            }
            let report = try await world.run(provisioner: provisioner)
            #expect(report.outcome("end-sessions", of: "ann")?.isDone == true, "\(report.outcomes)")
            let login = try #require(stalled.withLock { $0 })
            #expect(login.proceed() == "refused")
            login.stop()
        }
    }

    /// Fewer people are read while the session is being opened.
    @Test(arguments: [ScopeRequest.everyone, .people(["ann"])])
    func `a target whose list of sessions somebody holds up for good is given up in time, and is told who it is`(
        scope: ScopeRequest
    ) async throws {
        try await World.withMySQL(options: SlowLogin.patience + ["--net-read-timeout=300"]) { world in
            for user in ["ann", "stays"] as [UserId] { world.set(user, in: ["readers"]) }
            try await world.apply()
            let stalled = try await SlowLogin(world.mysql, as: "ann", after: "stays")
            // Or it would end whoever is in the way.
            try await world.mysql.superuser("REVOKE CONNECTION_ADMIN ON *.* FROM sso_provisioner")
            world.set("ann", in: [])
            let keeping = MySQLProvisioner(
                world.mysql.configuration(),
                owner: World.owner,
                secrets: IAMStandIn.tokens,
                keeping: MySQLConnections()
            )
            var options = SyncEngine.Options()
            options.timeLimitPerTarget = .seconds(8)
            let began = ContinuousClock.now
            let report = await world.engine(provisioner: keeping).apply(scope, options: options)
            #expect(began.duration(to: .now) < .seconds(60))
            let failure = report.targets.first?.failure
            #expect(failure?.code == .timeout, "\(failure as Any)")
            #expect(failure?.message.contains("could not be ended: stays (from") == true, "\(failure as Any)")

            stalled.stop()
            try await eventually("no connection is kept") {
                try await world.mysql.superuser(
                    "SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'sso_provisioner'"
                ) == []
            }
            try await world.server.allowAdmission(to: "readers")
            #expect(await world.engine(provisioner: keeping).apply(scope, options: options).verdict == .inSync)
            #expect(try await world.mayLogIn("ann") == false)
        }
    }

    @Test
    func `many who are half-way for less than a second each, one after the other, are ended as well, and it is logged`()
        async throws
    {
        try await World.withMySQL(options: SlowLogin.patience + ["--net-read-timeout=300"]) { world in
            for user in ["ann", "stays"] as [UserId] { world.set(user, in: ["readers"]) }
            try await world.apply()
            var pulses: [SlowLogin] = []
            for _ in 0..<16 { pulses.append(try await SlowLogin(world.mysql, as: "ann", after: "stays", pulse: 0.95)) }
            world.set("ann", in: [])
            let log = InMemoryLogHandler()
            let report = try await world.run { $0.logger = Logger(label: "test", factory: { _ in log }) }
            #expect(report.outcome("end-sessions", of: "ann")?.isDone == true, "\(report.failure as Any)")
            let warnings = log.entries.filter { $0.level == .warning }.map { "\($0.message)" }
            #expect(
                warnings.contains { $0.contains("stays (from 127.0.0.1") || $0.contains("stays (from localhost") },
                "\(warnings)"
            )
            for pulse in pulses { pulse.stop() }
        }
    }
}
