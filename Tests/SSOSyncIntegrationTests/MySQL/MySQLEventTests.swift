// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncMySQL
import SSOSyncSQL
import SSOSyncTestSupport
import Synchronization
import Testing

/// An event runs in a session of the server's own, and goes on whatever becomes of whoever has defined it.
@Suite("Events of leavers on MySQL")
struct MySQLEventTests {
    @Test func `an event that runs for the only time is its definer's session, and urgent, although it is disabled`()
        async throws
    {
        try await World.withMySQL { world in
            let server = world.mysql
            _ = try await world.makeHidingPlace()
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
            _ = try await world.makeHidingPlace()
            try await server.superuser("GRANT EVENT ON app.* TO ann")
            try await server.superuser(
                "CREATE DEFINER = ann EVENT app.once ON SCHEDULE AT CURRENT_TIMESTAMP DO CALL app.hide()"
            )
            try await world.waitForHiddenEvent()
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
            _ = try await world.makeHidingPlace()
            world.set("ann", in: ["readers", "writers"])
            try await world.apply()
            try await server.superuser("GRANT EVENT ON app.* \(grantee)")
            try await Self.runDroppedEvent(world)
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
            _ = try await world.makeHidingPlace()
            // An event has the roles that are its definer's by default, and whoever has a role may make it that.
            try await server.superuser(
                """
                GRANT EVENT ON app.* TO planners; SET GLOBAL mandatory_roles = 'planners';
                SET DEFAULT ROLE planners TO ann
                """
            )
            try await Self.runDroppedEvent(world)
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
            let people = try await world.makeHidingPlace()
            try await server.superuser("DROP PROCEDURE app.owned; GRANT EVENT ON app.* TO ann")
            try await Self.runDroppedEvent(world)
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
            _ = try await world.makeHidingPlace()
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
            _ = try await world.makeHidingPlace()
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

    /// Has an event of ann's run in `definer`'s procedure that is in no table any more.
    private static func runDroppedEvent(_ world: World) async throws {
        try await world.mysql.superuser(
            "CREATE DEFINER = ann EVENT app.once ON SCHEDULE AT CURRENT_TIMESTAMP DO CALL app.hide()"
        )
        try await world.waitForHiddenEvent()
        try await world.mysql.superuser("DROP EVENT app.once")
        #expect(
            try await world.mysql.superuser("SELECT COUNT(*) FROM information_schema.EVENTS WHERE EVENT_SCHEMA = 'app'")
                == ["0"]
        )
    }
}
