// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncMySQL
import SSOSyncTestSupport
import Synchronization
import Testing

@Suite("Leaving on MySQL")
struct MySQLLeavingTests {
    @Test
    func
        `a login that hesitates while its account is locked would get in, and is ended before anybody is reported out`()
        async throws
    {
        try await World.withMySQL(options: SlowLogin.patience) { world in
            for user in ["ann", "stays"] as [UserId] { world.set(user, in: ["readers"]) }
            try await world.apply()
            // Without us: the server has looked the account up when the name came, and lets it in.
            let control = try await SlowLogin(world.mysql, as: "ann")
            try await world.mysql.superuser("ALTER USER ann ACCOUNT LOCK")
            #expect(control.proceed() == "in")
            control.stop()
            try await world.mysql.superuser("ALTER USER ann ACCOUNT UNLOCK")

            let login = try await SlowLogin(world.mysql, as: "ann")
            world.set("ann", in: [])
            let report = try await world.apply()
            #expect(report.outcome("end-sessions", of: "ann")?.isDone == true)
            #expect(login.proceed() == "refused")
            #expect(try await world.mysql.sessions(of: ["ann"], standby: false) == 0)
            login.stop()
        }
    }

    @Test
    func
        `a login that hesitates while a role is taken is ended before that is done with, and one that begins later is left`()
        async throws
    {
        try await World.withMySQL(options: SlowLogin.patience) { world in
            world.set("ann", in: ["readers", "writers"])
            try await world.apply()
            let login = try await SlowLogin(world.mysql, as: "ann")
            let earlier = try await world.mysql.logIn(as: "ann")
            world.set("ann", in: ["writers"])
            let run = Task { try await world.apply() }
            try await eventually("sessions have been looked for, and that login is waited for") {
                (try? await earlier.check()) == nil
            }
            let later = try await world.mysql.logIn(as: "ann")
            let report = try await run.value
            #expect(report.outcome("disconnect", of: "ann")?.isDone == true)
            #expect(report.outcome("disconnect", of: "ann")?.sessionsEnded == 1)
            #expect(login.proceed() == "refused")
            login.stop()
            try await later.check()
        }
    }

    @Test func `while a login hesitates that could be theirs, nobody is reported out whose time is up`() async throws {
        try await World.withMySQL(options: SlowLogin.patience) { world in
            for user in ["ann", "stays"] as [UserId] { world.set(user, in: ["readers"]) }
            try await world.apply()
            let login = try await SlowLogin(world.mysql, as: "stays")
            world.set("ann", in: [])
            let report = try await world.run { $0.outTimeout = .milliseconds(100) }
            let error = try #require(report.outcome("end-sessions", of: "ann")?.error)
            #expect(error.code == .notOut)
            #expect(error.message.contains("a login that began before ann was locked"))
            #expect(login.proceed() == "in", "somebody else's")
            login.stop()
            try await eventually("the next run says that ann is out") {
                try await world.run().verdict == .inSync
            }
        }
    }

    @Test func `a session left behind is found beside those of users whose names differ in case and accents only`()
        async throws
    {
        try await World.withMySQL { world in
            for user in ["rene", "stays"] as [UserId] { world.set(user, in: ["readers"]) }
            try await world.apply()
            for name in ["René", "RENE"] {
                try await world.mysql.superuser(
                    "CREATE USER '\(name)' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'"
                )
            }
            world.set("rene", in: [])
            try await world.apply()
            // Nothing but the session is left to be done.
            try await world.mysql.superuser("ALTER USER rene ACCOUNT UNLOCK")
            // The server lists sessions in an order of its own: most are others'.
            var others: [any TestSession] = []
            for name in ["René", "RENE", "René"] as [AccountName] {
                others.append(try await world.mysql.logIn(as: name))
            }
            let session = try await world.mysql.logIn(as: "rene")
            for name in ["RENE", "René", "RENE"] as [AccountName] {
                others.append(try await world.mysql.logIn(as: name))
            }
            try await world.mysql.superuser("ALTER USER rene ACCOUNT LOCK")
            let report = try await world.apply()
            #expect(report.outcome("end-sessions", of: "rene")?.sessionsEnded == 1)
            await #expect(throws: LostSession.self) { try await session.check() }
            for other in others { try await other.check() }
        }
    }

    @Test func `why the server does not end a session is in the failure`() async throws {
        try await World.withMySQL { world in
            for user in ["ann", "stays"] as [UserId] { world.set(user, in: ["readers"]) }
            try await world.apply()
            let session = try await world.mysql.logIn(as: "ann")
            world.set("ann", in: [])
            let hindered = InterceptedProvisioner(world.mysql.provisioner { $0.outTimeout = .milliseconds(100) }) {
                event in
                guard case .applied(let operations) = event, operations.contains(where: { $0.action == .lock }) else {
                    return
                }
                try await world.mysql.superuser("REVOKE CONNECTION_ADMIN ON *.* FROM sso_provisioner")
            }
            let report = try await world.run(provisioner: hindered)
            let error = try #require(report.outcome("end-sessions", of: "ann")?.error)
            #expect(error.code == .notOut)
            #expect(error.message.contains("(error 1095"), "\(error.message)")
            await session.close()
        }
    }

    @Test func `revoking a role and locking do not end a session, ending it does`() async throws {
        try await World.withMySQL { world in
            for user in ["ann", "stays"] as [UserId] { world.set(user, in: ["readers"]) }
            try await world.apply()
            let session = try await world.mysql.logIn(as: "ann")
            try await world.mysql.superuser("ALTER USER ann ACCOUNT LOCK; REVOKE readers FROM ann")
            try await session.check()
            world.set("ann", in: [])
            try await world.apply()
            await #expect(throws: LostSession.self) { try await session.check() }
        }
    }

    @Test func `a session that opened while its account was locked by hand is found by a later run`() async throws {
        try await World.withMySQL(options: SlowLogin.patience) { world in
            for user in ["ann", "stays"] as [UserId] { world.set(user, in: ["readers"]) }
            try await world.apply()
            let login = try await SlowLogin(world.mysql, as: "ann")
            world.set("ann", in: [])
            let marked = InterceptedProvisioner(world.provisioner()) { event in
                // The run dies once the account is locked.
                if case .applied(let operations) = event, operations.contains(where: { $0.action == .lock }) {
                    throw SyncError(.connectionLost, "the run died")
                }
            }
            #expect(try await world.run(provisioner: marked).failure?.code == .connectionLost)
            #expect(login.proceed() == "in")
            let plan = try await world.plan()
            #expect(plan.operations.map(\.label).contains("end-sessions"))
            try await world.apply()
            #expect(try await world.mysql.sessions(of: ["ann"], standby: false) == 0)
            login.stop()
        }
    }

    @Test func `a run that is cancelled is not held up by a writer that freezes while sessions are ended`() async throws
    {
        try await World.withMySQL { world in
            for user in ["ann", "stays"] as [UserId] { world.set(user, in: ["readers"]) }
            try await world.apply()
            world.set("ann", in: [])
            try await FaultProxy.with(world.mysql.port) { proxy in
                let sent = Mutex<Int?>(nil)
                let base = world.provisioner {
                    $0.writerPort = proxy.port
                    $0.outTimeout = .seconds(60)
                }
                let frozen = InterceptedProvisioner(base) { event in
                    guard case .applied(let operations) = event, operations.contains(where: { $0.action == .lock })
                    else { return }
                    try await proxy.command("swallow down")
                    let bytes = try await proxy.bytesFromClients()
                    sent.withLock { $0 = bytes }
                }
                let run = Task { try await world.run(provisioner: frozen) }
                try await eventually("it is asked who is connected") {
                    guard let before = sent.withLock({ $0 }) else { return false }
                    return try await proxy.bytesFromClients() > before
                }
                let cancelled = ContinuousClock.now
                run.cancel()
                let report = try await run.value
                #expect(cancelled.duration(to: .now) < .seconds(20))
                let error = try #require(report.outcome("end-sessions", of: "ann")?.error, "\(report.outcomes)")
                #expect(error.code == .notOut && error.message.contains("was cancelled"), "\(error)")
            }
            #expect(try await world.mayLogIn("ann") == false)
            try await world.apply()
            #expect(try await world.plan().isInSync)
        }
    }
}
