// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncMySQL
import SSOSyncTestSupport
import Testing

@Suite("Renames on MySQL")
struct MySQLRenameTests {
    @Test func `a session keeps the name that it began with, so it is ended before the account is renamed`()
        async throws
    {
        try await World.withMySQL { world in
            world.set("u", name: "ann", in: ["readers"])
            try await world.apply()
            let session = try await world.mysql.logIn(as: "ann")
            world.set("u", name: "ann.b", in: ["readers"])
            try await world.apply()
            await #expect(throws: LostSession.self) { try await session.check() }
            #expect(try await world.mysql.sessions(of: ["ann", "ann.b"], standby: false) == 0)
            #expect(await world.canLogIn("ann.b"))
            #expect(await !world.canLogIn("ann"))
            #expect(try await world.activeRoles(of: "ann.b") == ["readers"])
            #expect(try await world.plan().isInSync)
        }
    }

    @Test func `who comes back by another name is let in once the sessions are over that the lock had left`()
        async throws
    {
        try await World.withMySQL { world in
            for name in ["ann", "stays"] { world.set(UserId(name), in: ["readers"]) }
            try await world.apply()
            world.set("ann", in: [])
            try await world.apply()
            // A run that was cut after the lock leaves a session.
            try await world.mysql.superuser("ALTER USER ann ACCOUNT UNLOCK")
            let session = try await world.mysql.logIn(as: "ann")
            try await world.mysql.superuser("ALTER USER ann ACCOUNT LOCK")
            world.set("ann", name: "ann.b", in: ["readers"])
            let report = try await world.run()
            #expect(report.verdict == .inSync, "\(report.failedOutcomes)")
            #expect(report.outcomes.map(\.operation.label) == ["end-sessions", "rename", "restore", "disconnect"])
            await #expect(throws: LostSession.self) { try await session.check() }
            #expect(try await world.mysql.sessions(of: ["ann", "ann.b"], standby: false) == 0)
            #expect(await world.canLogIn("ann.b"))
            #expect(try await world.plan().isInSync)
        }
    }

    @Test func `two people who swap names while both are connected are ended, and have each other's name`() async throws
    {
        try await World.withMySQL { world in
            world.set("one", name: "left", in: ["readers"])
            world.set("two", name: "right", in: ["writers"])
            try await world.apply()
            let sessions = [try await world.mysql.logIn(as: "left"), try await world.mysql.logIn(as: "right")]
            world.set("one", name: "right", in: ["readers"])
            world.set("two", name: "left", in: ["writers"])
            try await world.apply()
            for session in sessions { await #expect(throws: LostSession.self) { try await session.check() } }
            #expect(try await world.sessions(of: ["left", "right"]) == 0)
            #expect(try await world.activeRoles(of: "right") == ["readers"])
            #expect(try await world.activeRoles(of: "left") == ["writers"])
            #expect(try await world.plan().isInSync)
        }
    }

    /// The states in which a run can leave an account that it was renaming.
    @Test(arguments: ["locked", "locked and renamed", "renamed and not marked"])
    func `a rename that broke off is finished by the next run`(state: String) async throws {
        try await World.withMySQL { world in
            world.set("u", name: "ann", in: ["readers"])
            try await world.apply()
            let old = Marker.nameHash("ann", user: "u")
            let new = Marker.nameHash("ann.b", user: "u")
            try await world.mysql.superuser(
                """
                ALTER USER ann ACCOUNT LOCK
                    ATTRIBUTE '{"sso-sync": {"name": "\(new)"}, "sso-sync-account": {"renaming": "\(old)"}}'
                """
            )
            if state != "locked" { try await world.mysql.superuser("RENAME USER ann TO 'ann.b'") }
            if state == "renamed and not marked" {
                try await world.mysql.superuser("ALTER USER 'ann.b' ACCOUNT UNLOCK")
            }
            world.set("u", name: "ann.b", in: ["readers"])
            try await world.apply()
            #expect(await world.canLogIn("ann.b"))
            #expect(try await world.plan().isInSync)
            let marker = try #require(try await world.mysql.openAdministrator().state()["ann.b"]?.marker)
            #expect(marker.records("ann.b"))
            world.set("stays", in: ["readers"])
            world.set("u", in: [])
            try await world.apply()
            #expect(await !world.canLogIn("ann.b"))
        }
    }

    @Test func `who left before a rename was finished is out`() async throws {
        try await World.withMySQL { world in
            world.set("u", name: "ann", in: ["readers"])
            world.set("stays", in: ["readers"])
            try await world.apply()
            let (old, new) = (Marker.nameHash("ann", user: "u"), Marker.nameHash("ann.b", user: "u"))
            try await world.mysql.superuser(
                """
                ALTER USER ann ACCOUNT LOCK
                    ATTRIBUTE '{"sso-sync": {"name": "\(new)"}, "sso-sync-account": {"renaming": "\(old)"}}'
                """
            )
            world.set("u", in: [])
            try await world.apply()
            let account = try #require(try await world.mysql.openAdministrator().state()["ann"])
            #expect(!account.canLogIn && account.roles.isEmpty)
            #expect(account.marker?.state == .locked && account.marker?.records("ann") == true)
            #expect(try await world.plan().isInSync)
            world.pass(seconds: 90_000)
            try await world.apply()
            #expect(try await world.mayLogIn("ann") == nil)
        }
    }

    @Test func `somebody whose sessions do not end keeps the old name and is let in under it`() async throws {
        try await World.withMySQL(options: SlowLogin.patience) { world in
            world.set("u", name: "ann", in: ["readers"])
            try await world.apply()
            // It could be hers, so she is not out before it has ended.
            let login = try await SlowLogin(world.mysql, as: "ann")
            world.set("u", name: "ann.b", in: ["readers"])
            let report = try await world.run { $0.outTimeout = .milliseconds(100) }
            #expect(report.outcome("rename", of: "ann")?.error?.code == .notOut)
            #expect(await world.canLogIn("ann"))
            #expect(await !world.canLogIn("ann.b"))
            #expect(login.proceed() == "in")
            login.stop()
            try await world.apply()
            #expect(await world.canLogIn("ann.b"))
        }
    }

    @Test func `those whom a lost connection leaves locked in the middle of renames are renamed by the next run`()
        async throws
    {
        try await Self.interruptRenames(leaving: nil, locked: true) { world, _ in
            for id in try await world.mysql.superuser(
                "SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'sso_provisioner'"
            ) { try await world.mysql.superuser("KILL \(id)") }
        }
    }

    @Test func `those whom a server in trouble does not rename are let in under the old name by the same run`()
        async throws
    {
        try await Self.interruptRenames(leaving: .server, locked: false) { world, dba in
            try await dba.hold(["ann"])
            // Now they are out.
            try await world.server.replay(true)
            try await eventually("the new names are given up") {
                try await world.mysql.superuser(
                    """
                    SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = 'sso_provisioner'
                        AND STATE LIKE 'Waiting for %lock' AND INFO LIKE 'ALTER USER%ACCOUNT UNLOCK%'
                    """
                ) == ["1"]
            }
            try await dba.letGo()
        }
    }

    @Test(arguments: ["cancelled", "late"])
    func `those who are locked when a run is cancelled, or its time is up, are let in under the old name`(end: String)
        async throws
    {
        let limit: Duration = end == "late" ? .seconds(8) : .seconds(120)
        try await Self.interruptRenames(leaving: nil, locked: false, limit: limit, isCancelled: end == "cancelled") {
            _,
            _ in
        }
    }

    /// Renames two people, and lets something happen once both are locked.
    ///
    /// - Parameters:
    ///   - code: What the run fails with; nil if only the renames do.
    ///   - isLocked: Whether it leaves both locked; under the old name either way. After that another run puts all right.
    ///   - limit: The time of the run.
    ///   - isCancelled: Whether the run is cancelled once both are locked.
    ///   - trouble: What happens.
    private static func interruptRenames(
        leaving code: SyncError.Code?,
        locked isLocked: Bool,
        limit: Duration = .seconds(120),
        isCancelled: Bool = false,
        by trouble: @escaping @Sendable (World, any TestAdministrator) async throws -> Void
    ) async throws {
        try await World.withMySQL(options: SlowLogin.patience, standby: true) { world in
            let dba = try await world.server.openAdministrator()
            for user in ["ann", "bob"] as [UserId] { world.set(user, in: ["readers"]) }
            try await world.apply()
            for name in ["ann", "bob"] as [AccountName] {
                try await eventually("the standby knows \(name)") { await world.canLogIn(name, standby: true) }
            }
            // As long as it does not hear of the locks they are not out, and so not renamed.
            try await world.server.replay(false)
            for user in ["ann", "bob"] as [UserId] { world.set(user, name: AccountName("\(user).b"), in: ["readers"]) }
            // It keeps the writer busy for a second.
            let login = try await SlowLogin(world.mysql, as: "ann")
            try await FaultProxy.with(world.mysql.port) { proxy in
                let provisioner = world.provisioner {
                    $0.writerPort = proxy.port
                    $0.lockTimeout = 3_000
                    $0.outTimeout = .seconds(60)
                }
                var options = SyncEngine.Options()
                options.timeLimitPerTarget = limit
                let run = Task { [options] in try await world.run(options: options, provisioner: provisioner) }
                try await eventually("both are locked") { try await dba.state().marked.allSatisfy { !$0.canLogIn } }
                // So that a statement is on its way nearly always.
                if isCancelled || limit < .seconds(60) { try await proxy.command("latency 700") }
                if isCancelled { run.cancel() }
                try await trouble(world, dba)
                let report = try await run.value
                login.stop()
                #expect(report.failure?.code == code, "\(report.failure as Any)")
                #expect(report.verdict == .partialFailure)
                for name in ["ann", "bob"] as [AccountName] {
                    #expect(report.outcome("rename", of: name)?.isDone != true)
                    #expect(try await world.mayLogIn(name) == !isLocked)
                }
                try await world.server.replay(true)
                try await world.apply()
                for name in ["ann.b", "bob.b"] as [AccountName] { #expect(await world.canLogIn(name)) }
                #expect(try await world.plan().isInSync)
                await dba.close()
            }
        }
    }

    @Test func `nobody loses a session to a rename while it is not known who is connected to some reader`() async throws
    {
        try await World.withMySQL { world in
            for user in ["ann", "bob"] as [UserId] { world.set(user, in: ["readers"]) }
            try await world.apply()
            let session = try await world.mysql.logIn(as: "ann")
            world.set("ann", name: "bob", in: ["readers"])
            world.set("bob", name: "ann", in: ["readers"])
            let report = try await world.run { $0.unknownReaders = ["a reader that nobody has described"] }
            let errors = report.failedOutcomes.compactMap(\.error)
            #expect(errors.contains { $0.code == .notOut && $0.message.contains("nobody has described") }, "\(errors)")
            try await session.check()
            #expect(try await world.mayLogIn("ann") == true)
            #expect(try await world.mayLogIn("bob") == true)
            try await world.apply()
            #expect(try await world.plan().isInSync)
        }
    }

    @Test func `of two who swap names neither is left without one because the other is not out`() async throws {
        try await World.withMySQL { world in
            world.set("bob", in: ["readers"])
            _ = try await world.makeHidingPlace()
            try await world.mysql.superuser("DROP PROCEDURE app.owned; GRANT EVENT ON app.* TO ann, definer")
            try await world.mysql.superuser(
                "CREATE DEFINER = definer EVENT app.long ON SCHEDULE AT CURRENT_TIMESTAMP DO CALL app.hide()"
            )
            try await world.waitForHiddenEvent()
            world.set("ann", name: "bob", in: ["readers"])
            world.set("bob", name: "ann", in: ["readers"])
            let report = try await world.run { $0.outTimeout = .milliseconds(300) }
            #expect(report.verdict == .partialFailure)
            for name in ["ann", "bob"] as [AccountName] { #expect(try await world.mayLogIn(name) == true) }
            try await world.mysql.superuser("UPDATE app.gate SET isOpen = TRUE")
            try await eventually("they have swapped names") { try await world.run().verdict == .inSync }
            #expect(try await world.plan().isInSync)
        }
    }

    @Test func `whoever defined something is neither renamed nor dropped, and it is said what and how to mend it`()
        async throws
    {
        try await World.withMySQL { world in
            for user in ["ann", "stays"] as [UserId] { world.set(user, in: ["readers"]) }
            try await world.apply()
            try await world.mysql.superuser(
                """
                CREATE DATABASE app; CREATE TABLE app.t (x INT);
                CREATE DEFINER = ann VIEW sys.hers AS SELECT 1 AS one;
                CREATE DEFINER = ann VIEW app.v AS SELECT 1 AS one;
                CREATE DEFINER = ann PROCEDURE app.p() SELECT 1;
                CREATE DEFINER = ann TRIGGER app.tr BEFORE INSERT ON app.t FOR EACH ROW SET NEW.x = 1;
                CREATE DEFINER = ann EVENT app.nightly ON SCHEDULE EVERY 1 DAY DO SELECT 1
                """
            )
            world.set("ann", name: "ann.b", in: ["readers"])
            let blocked = try await world.apply()
            #expect(blocked.outcomes.isEmpty)
            let conflict = try #require(blocked.conflicts(.renameBlocked).first)
            for thing in ["view", "procedure", "trigger", "event nightly"] { #expect(conflict.message.contains(thing)) }

            world.set("ann", name: "ann", in: [])
            let leaving = try await world.apply()
            let urgent = try #require(leaving.findings(.stillRuns, of: "ann").first)
            #expect(urgent.statements == ["ALTER EVENT `app`.`nightly` DISABLE;"])
            world.pass(seconds: 90_000)
            let kept = try await world.apply()
            let finding = try #require(kept.findings(.keptForObjects, of: "ann").first)
            #expect(finding.message.contains("in database app"))
            #expect(finding.message.contains("in database sys"))
            #expect(try await world.mayLogIn("ann") == false)
            #expect(try await world.plan().content.findings.contains { $0.kind == .stillRuns })

            // Whoever alters an event becomes its definer.
            try await world.mysql.superuser(
                """
                \(urgent.statements[0]) DROP VIEW app.v, sys.hers; DROP PROCEDURE app.p; DROP TRIGGER app.tr
                """
            )
            try await world.apply()
            #expect(try await world.mayLogIn("ann") == nil)
        }
    }

    @Test func `names of what goes by an account's name are told when they are asked for`() async throws {
        try await World.withMySQL { world in
            for user in ["ann", "stays"] as [UserId] { world.set(user, in: ["readers"]) }
            try await world.apply()
            try await world.mysql.superuser(
                "CREATE DATABASE app; CREATE DEFINER = ann VIEW app.`a``b` AS SELECT 1 AS one"
            )
            world.set("ann", in: [])
            try await world.apply()
            world.pass(seconds: 90_000)
            let report = try await world.run(provisioner: world.mysql.provisioner { $0.namesBlockers = true })
            let finding = try #require(report.findings(.keptForObjects, of: "ann").first)
            #expect(finding.message.contains("view a`b"))
            #expect(finding.statements.first?.contains("`app`.`a``b`") == true)
        }
    }
}
