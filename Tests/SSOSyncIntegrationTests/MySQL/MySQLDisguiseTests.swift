// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncMySQL
import SSOSyncSQL
import SSOSyncTestSupport
import Synchronization
import Testing

/// The server shows whose rights a session has now, and not whose session it is.
@Suite("Sessions in somebody else's code on MySQL")
struct MySQLDisguiseTests {
    @Test func `a session inside code that runs with another's rights is its user's, whoever the server shows`()
        async throws
    {
        try await World.withMySQL { world in
            let server = world.mysql
            let people = try await Self.people(of: world)
            let hiding = Task { try await people.leaver.call("hide", in: "app") }
            let work = Task { try await people.worker.call("owned", in: "app") }
            try await Self.waitUntil(inProcedures: 2, on: server)

            world.set("ann", in: [])
            let report = try await world.apply()
            #expect(report.outcome("end-sessions", of: "ann")?.isDone == true)
            await #expect(throws: (any Error).self) { try await hiding.value }
            try await server.superuser("UPDATE app.gate SET isOpen = TRUE")
            try await work.value
            try await people.worker.check()
            #expect(await !world.canLogIn("ann"))
        }
    }

    @Test func `where performance_schema is off, people join and leave as well, whoever else is connected`()
        async throws
    {
        try await World.withMySQL(options: Self.schemaIsOff) { world in
            let people = try await Self.people(of: world)
            let definer = try await world.mysql.logIn(as: "definer", password: Secret("x"))
            try await definer.check()
            world.set("ann", in: [])
            #expect(try await world.apply().outcome("end-sessions", of: "ann")?.sessionsEnded == 1)
            await #expect(throws: LostSession.self) { try await people.leaver.check() }
            #expect(try await world.plan().isInSync)
            try await definer.check()
            try await people.worker.check()
        }
    }

    @Test func `where performance_schema is off, whoever left is not out while a session is in code of somebody's`()
        async throws
    {
        try await World.withMySQL(options: Self.schemaIsOff) { world in
            let server = world.mysql
            let people = try await Self.people(of: world)
            let hiding = Task { try await people.leaver.call("hide", in: "app") }
            try await Self.waitUntil(inProcedures: 1, on: server)

            world.set("ann", in: [])
            let error = try #require(try await world.runShortly().outcome("end-sessions", of: "ann")?.error)
            #expect(error.code == .notOut)
            #expect(error.message.contains("connection \(people.leaver.connectionId)"), "\(error.message)")
            #expect(error.message.contains("Set performance_schema to 1"), "\(error.message)")

            // They are looked for again, and not dropped when their time has come.
            world.pass(seconds: 200_000)
            #expect(try await world.plan().operations.map(\.label) == ["end-sessions"])
            let later = try await world.runShortly()
            #expect(later.outcome("end-sessions", of: "ann")?.error?.code == .notOut)
            #expect(try await world.mayLogIn("ann") == false)

            try await server.superuser("UPDATE app.gate SET isOpen = TRUE")
            try await hiding.value
            #expect(try await world.apply().outcome("end-sessions", of: "ann")?.sessionsEnded == 1)
            await #expect(throws: LostSession.self) { try await people.leaver.check() }
        }
    }

    @Test func `where performance_schema is off, a leaver on a replica who is in code of somebody's is not out`()
        async throws
    {
        try await World.withMySQL(options: Self.schemaIsOff, standby: true) { world in
            let server = world.mysql
            let people = try await Self.people(of: world)
            await people.leaver.close()
            let reader = try await server.logIn(as: "ann", standby: true, database: nil)
            let hiding = Task { try await reader.call("hide", in: "app") }
            try await Self.waitUntil(inProcedures: 1, on: server, standby: true)

            world.set("ann", in: [])
            let error = try #require(try await world.runShortly().outcome("end-sessions", of: "ann")?.error)
            #expect(error.message.contains("\(server.standbyPort)"), "\(error.message)")
            #expect(try await world.plan().operations.map(\.label) == ["end-sessions"])
            try await server.superuser("UPDATE app.gate SET isOpen = TRUE")
            try await hiding.value
            try await world.apply()
            await #expect(throws: LostSession.self) { try await reader.check() }
        }
    }

    @Test func `where performance_schema is off, a leaver in a function of their own in somebody's view is not out`()
        async throws
    {
        try await World.withMySQL(options: Self.schemaIsOff) { world in
            let server = world.mysql
            let people = try await Self.people(of: world)
            for statement in [
                "CREATE FUNCTION app.waiting() RETURNS INT SQL SECURITY INVOKER NO SQL RETURN SLEEP(300)",
                "CREATE DEFINER = definer SQL SECURITY DEFINER VIEW app.door AS SELECT app.waiting()",
                "CREATE PROCEDURE app.look() SQL SECURITY INVOKER SELECT * INTO @seen FROM app.door",
                "DROP PROCEDURE app.hide",
            ] {
                try await server.superuser(statement)
            }
            let hiding = Task { try await people.leaver.call("look", in: "app") }
            try await Self.waitUntil(inProcedures: 1, on: server)
            world.set("ann", in: [])
            let error = try #require(try await world.runShortly().outcome("end-sessions", of: "ann")?.error)
            #expect(error.message.contains("which shows as definer"), "\(error.message)")
            try await server.superuser("KILL \(people.leaver.connectionId)")
            await #expect(throws: (any Error).self) { try await hiding.value }
        }
    }

    @Test func `where performance_schema is off, nobody loses a session to a rename that would be undone`() async throws
    {
        try await World.withMySQL(options: Self.schemaIsOff) { world in
            let people = try await Self.people(of: world)
            let hiding = Task { try await people.leaver.call("hide", in: "app") }
            try await Self.waitUntil(inProcedures: 1, on: world.mysql)
            world.set("stays", name: "remains", in: ["readers"])
            let report = try await world.runShortly()
            let error = try #require(report.outcome("rename", of: "stays")?.error)
            #expect(error.message.contains("stays keeps the name as long as"), "\(error)")
            try await people.worker.check()
            try await world.mysql.superuser("UPDATE app.gate SET isOpen = TRUE")
            try await hiding.value
            try await world.apply()
            #expect(try await world.mayLogIn("remains") == true)
        }
    }

    @Test func `an event that runs for the only time is its definer's session, and urgent, although it is disabled`()
        async throws
    {
        try await World.withMySQL { world in
            let server = world.mysql
            _ = try await Self.people(of: world)
            try await server.superuser("GRANT EVENT ON app.* TO ann")
            let ann = try await server.logIn(as: "ann", standby: false, database: nil)
            try await ann.query("CREATE EVENT app.once ON SCHEDULE AT CURRENT_TIMESTAMP DO DO SLEEP(300)")
            await ann.close()
            try await eventually("the event runs") {
                try await server.superuser(
                    "SELECT COMMAND FROM information_schema.PROCESSLIST WHERE USER = 'ann' AND STATE = 'User sleep'"
                ) == ["Connect"]
            }
            world.set("ann", in: [])
            let urgent = try await world.plan().content.findings.filter { $0.kind == .stillRuns }
            #expect(urgent.first?.statements == ["ALTER EVENT `app`.`once` DISABLE;"], "\(urgent)")
            let report = try await world.apply()
            #expect(report.outcome("end-sessions", of: "ann")?.isDone == true)
            #expect(
                try await server.superuser("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = 'ann'")
                    == ["0"]
            )
        }
    }

    @Test
    func `an event of a leaver that is in somebody's code keeps them, and nobody who has no event, from being out`()
        async throws
    {
        try await World.withMySQL { world in
            let server = world.mysql
            world.set("bob", in: ["readers"])
            _ = try await Self.people(of: world)
            try await server.superuser("GRANT EVENT ON app.* TO ann")
            try await server.superuser(
                "CREATE DEFINER = ann EVENT app.once ON SCHEDULE AT CURRENT_TIMESTAMP DO CALL app.hide()"
            )
            try await eventually("the event is in there") {
                try await server.superuser(
                    "SELECT COMMAND FROM information_schema.PROCESSLIST WHERE USER = 'definer' AND STATE = 'User sleep'"
                ) == ["Connect"]
            }
            for user in ["ann", "bob"] as [UserId] { world.set(user, in: []) }
            let report = try await world.runShortly()
            let error = try #require(report.outcome("end-sessions", of: "ann")?.error)
            #expect(error.message.contains("an event, connection"), "\(error.message)")
            #expect(report.outcome("end-sessions", of: "bob")?.isDone == true)
            #expect(try await world.plan().operations.map(\.label) == ["end-sessions"])
            try await server.superuser("UPDATE app.gate SET isOpen = TRUE")
            try await eventually("ann is out") { try await world.run().verdict == .inSync }
        }
    }

    @Test(arguments: ["TO ann", "TO writers"])
    func
        `an event that was dropped while it runs goes on, unseen in any table, and keeps whoever may have had it from being out`(
            grantee: String
        ) async throws
    {
        try await World.withMySQL { world in
            let server = world.mysql
            world.set("bob", in: ["readers"])
            _ = try await Self.people(of: world)
            world.set("ann", in: ["readers", "writers"])
            try await world.apply()
            try await server.superuser("GRANT EVENT ON app.* \(grantee)")
            try await Self.runDroppedEvent(on: server)
            for user in ["ann", "bob"] as [UserId] { world.set(user, in: []) }
            let report = try await world.runShortly()
            let error = try #require(report.outcome("end-sessions", of: "ann")?.error)
            #expect(error.message.contains("an event, connection"), "\(error.message)")
            #expect(report.outcome("end-sessions", of: "bob")?.isDone == true)
            // Although the role that let her define it is taken from her by now.
            let later = try await world.runShortly()
            #expect(later.outcome("end-sessions", of: "ann")?.error?.code == .notOut)
            try await server.superuser("UPDATE app.gate SET isOpen = TRUE")
            try await eventually("ann is out") { try await world.run().verdict == .inSync }
        }
    }

    @Test func `where a mandatory role lets everybody define events, one that was dropped may be anybody's`()
        async throws
    {
        try await World.withMySQL(roles: ["readers", "planners"]) { world in
            let server = world.mysql
            _ = try await Self.people(of: world)
            // An event has the roles that are its definer's by default, and whoever has a role may make it that.
            try await server.superuser(
                """
                GRANT EVENT ON app.* TO planners; SET GLOBAL mandatory_roles = 'planners';
                SET DEFAULT ROLE planners TO ann
                """
            )
            try await Self.runDroppedEvent(on: server)
            world.set("ann", in: [])
            let report = try await world.runShortly()
            let error = try #require(report.outcome("end-sessions", of: "ann")?.error)
            #expect(error.message.contains("an event, connection"), "\(error.message)")
            try await server.superuser("UPDATE app.gate SET isOpen = TRUE")
            try await eventually("ann is out") { try await world.run().verdict == .inSync }
        }
    }

    @Test func `who may have an event that runs keeps the name and the sessions until it is over`() async throws {
        try await World.withMySQL { world in
            let server = world.mysql
            let people = try await Self.people(of: world)
            try await server.superuser("DROP PROCEDURE app.owned; GRANT EVENT ON app.* TO ann")
            try await Self.runDroppedEvent(on: server)
            world.set("ann", name: "ann.b", in: ["readers"])
            world.set("stays", name: "remains", in: ["readers"])
            let report = try await world.runShortly()
            let error = try #require(report.outcome("rename", of: "ann")?.error)
            #expect(error.code == .notOut && error.message.contains("an event that runs"), "\(error)")
            #expect(report.outcome("rename", of: "stays")?.isDone == true)
            try await people.leaver.check()
            try await server.superuser("UPDATE app.gate SET isOpen = TRUE")
            try await eventually("she has the new name") { try await world.run().verdict == .inSync }
            #expect(await world.canLogIn("ann.b"))
        }
    }

    @Test func `an event of a leaver's that runs each second is urgent in every run, until it is turned off`()
        async throws
    {
        try await World.withMySQL { world in
            let server = world.mysql
            _ = try await Self.people(of: world)
            try await server.superuser("GRANT EVENT ON app.* TO ann")
            try await server.superuser(
                "CREATE DEFINER = ann EVENT app.ticks ON SCHEDULE EVERY 1 SECOND DO DO SLEEP(0.9)"
            )
            world.set("ann", in: [])
            for _ in 1...2 {
                let report = try await world.runShortly()
                let urgent = try #require(report.findings(.stillRuns, of: "ann").first)
                #expect(urgent.statements == ["ALTER EVENT `app`.`ticks` DISABLE;"])
            }
            // The server goes on with it, whether its definer is locked or not.
            let count = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = 'ann'"
            try await eventually("it runs") { try await server.superuser(count) == ["1"] }
            try await server.superuser("ALTER EVENT app.ticks DISABLE")
            try await eventually("ann is out") {
                let report = try await world.run()
                return report.verdict == .inSync && report.findings(.stillRuns, of: "ann").isEmpty
            }
            #expect(try await server.superuser(count) == ["0"])
        }
    }

    @Test func `an event that was told to end, and is slow to, keeps its definer from being out until it is gone`()
        async throws
    {
        try await World.withMySQL { world in
            let server = world.mysql
            _ = try await Self.people(of: world)
            try await server.superuser("GRANT EVENT, INSERT ON app.* TO ann")
            try await server.superuser(
                "CREATE TABLE app.many (n INT); INSERT INTO app.gate VALUES (0), (0), (0), (0), (0)"
            )
            let rows = (1...10).map { "app.gate AS t\($0)" }.joined(separator: ", ")
            try await server.superuser(
                """
                CREATE DEFINER = ann EVENT app.once ON SCHEDULE AT CURRENT_TIMESTAMP
                DO INSERT INTO app.many SELECT 1 FROM \(rows)
                """
            )
            // To undo all that takes a while.
            try await eventually("the event has written much") {
                try await server.superuser(
                    "SELECT COALESCE(MAX(trx_rows_modified), 0) > 500000 FROM information_schema.INNODB_TRX"
                ) == ["1"]
            }
            world.set("ann", in: [])
            let ends = Mutex<[String]>([])
            let provisioner = InterceptedProvisioner(world.provisioner()) { event in
                guard case .applied(let operations) = event, operations.contains(where: { $0.action == .endSessions })
                else { return }
                let left = try await server.superuser(
                    "SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'ann'"
                )
                ends.withLock { $0 += left }
            }
            let report = try await world.run(provisioner: provisioner)
            #expect(report.outcome("end-sessions", of: "ann")?.isDone == true)
            #expect(ends.withLock { $0 } == [])
        }
    }

    // MARK: Support

    /// Has an event of ann's run in `definer`'s procedure that is in no table any more.
    private static func runDroppedEvent(on server: MySQLScratchServer) async throws {
        try await server.superuser(
            "CREATE DEFINER = ann EVENT app.once ON SCHEDULE AT CURRENT_TIMESTAMP DO CALL app.hide()"
        )
        try await eventually("the event is in there") {
            try await server.superuser(
                "SELECT COMMAND FROM information_schema.PROCESSLIST WHERE USER = 'definer' AND STATE = 'User sleep'"
            ) == ["Connect"]
        }
        try await server.superuser("DROP EVENT app.once")
        #expect(
            try await server.superuser("SELECT COUNT(*) FROM information_schema.EVENTS WHERE EVENT_SCHEMA = 'app'")
                == ["0"]
        )
    }

    private static let schemaIsOff = ["--performance-schema=OFF"]

    /// Sessions of somebody who is about to leave, and of somebody who stays.
    ///
    /// In `app`, `hide` is `definer`'s procedure, and `owned` is ann's; both end when the gate is opened.
    private static func people(of world: World) async throws -> (leaver: MySQLConnection, worker: MySQLConnection) {
        for user in ["ann", "stays"] as [UserId] { world.set(user, in: ["readers"]) }
        try await world.apply()
        let server = world.mysql
        for statement in [
            "CREATE DATABASE app", "CREATE TABLE app.gate (isOpen BOOLEAN)", "INSERT INTO app.gate VALUES (FALSE)",
            "CREATE USER definer IDENTIFIED BY 'x'", "GRANT EXECUTE, SELECT ON app.* TO definer, ann, stays",
        ] {
            try await server.superuser(statement)
        }
        for (name, definer) in [("hide", "definer"), ("owned", "ann")] {
            try await server.superuser(
                """
                DELIMITER //
                CREATE DEFINER = \(definer) PROCEDURE app.\(name)() SQL SECURITY DEFINER
                WHILE (SELECT NOT isOpen FROM app.gate) DO DO SLEEP(0.05); END WHILE//
                """
            )
        }
        return (
            try await server.logIn(as: "ann", standby: false, database: nil),
            try await server.logIn(as: "stays", standby: false, database: nil)
        )
    }

    private static func waitUntil(
        inProcedures count: Int,
        on server: MySQLScratchServer,
        standby: Bool = false
    ) async throws {
        try await eventually("they are in there") {
            try await server.superuser(
                """
                SELECT COUNT(*) FROM information_schema.PROCESSLIST
                WHERE USER IN ('definer', 'ann') AND COMMAND = 'Query' AND STATE = 'User sleep'
                """,
                standby: standby
            ) == ["\(count)"]
        }
    }
}

extension World {
    /// A run that does not wait long for sessions to end.
    fileprivate func runShortly() async throws -> TargetReport {
        try await run { $0.outTimeout = .milliseconds(300) }
    }
}
