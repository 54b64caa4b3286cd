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
            let people = try await world.makeHidingPlace()
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
            let people = try await world.makeHidingPlace()
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
            let people = try await world.makeHidingPlace()
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
            let people = try await world.makeHidingPlace()
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
            let people = try await world.makeHidingPlace()
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
            let people = try await world.makeHidingPlace()
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

    // MARK: Support

    private static let schemaIsOff = ["--performance-schema=OFF"]

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
