// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncMySQL
import SSOSyncSQL
import SSOSyncTestSupport
import Testing

@Suite("A connection to MySQL over a faulty network", .server, .serialized, .timeLimit(.minutes(3)))
struct FaultTests {
    private static let soon = Duration.milliseconds(500)

    @Test func `takes six round trips to open, one for several statements, and one for each packet of many`()
        async throws
    {
        let server = try MySQLServer.required()
        try await server.makeAccount("tripper")
        let token = try await server.token(for: "tripper")
        try await FaultProxy.with(server.process.port) { proxy in
            try await proxy.command("latency 5")
            let connection = try await MySQLConnection.open(
                server.options(as: "tripper", port: proxy.port),
                secret: token
            )
            var turns = try await proxy.turns()
            // Connecting, TLS, TLS again (the server wants another curve than OpenSSL tries first), name, token, settings.
            #expect(turns == 6)
            func expectTurns(_ count: Int) async throws {
                let now = try await proxy.turns()
                #expect(now - turns == count)
                turns = now
            }
            try await connection.execute(["SELECT 1", "SELECT 2", "SELECT 3"])
            try await expectTurns(1)
            let many = (0..<1_000).map { "SELECT \($0)" as SQLText }
            _ = try await connection.executeEach(many)
            try await expectTurns(1)
            _ = try await connection.executeEach(["SELECT 1", "SELECT nosuch"] + many)
            try await expectTurns(4)
            await connection.close()
        }
    }

    @Test func `loses the answer, and does not claim to know`() async throws {
        let server = try MySQLServer.required()
        try await FaultProxy.with(server.process.port) { proxy in
            let connection = try await MySQLConnection.open(server.options(port: proxy.port), secret: server.secret)
            try await proxy.command("cut-before-answer 1")
            let error = await #expect(throws: MySQLError.self) { try await connection.query("CREATE USER ambiguous") }
            #expect(error?.code == .connectionLost)
            #expect(error?.isConnectionLost == true)
            #expect(error?.message.contains("not known") == true)
            #expect(try await server.superuser("SELECT 1 FROM mysql.user WHERE user = 'ambiguous'") == ["1"])
        }
    }

    @Test(arguments: ["swallow up", "swallow down"])
    func `gives up at the deadline when nothing comes`(fault: String) async throws {
        let server = try MySQLServer.required()
        try await FaultProxy.with(server.process.port) { proxy in
            let connection = try await MySQLConnection.open(server.options(port: proxy.port), secret: server.secret)
            try await proxy.command(fault)
            let error = await #expect(throws: MySQLError.self) {
                try await connection.query("SELECT 1", deadline: .now.advanced(by: Self.soon))
            }
            #expect(error?.code == .timeout)
        }
    }

    /// A packet of a megabyte does not fit into the kernel's buffers: the call blocks while it writes.
    @Test func `gives up at the deadline when nothing is taken`() async throws {
        let server = try MySQLServer.required()
        let connection = try await MySQLServer.connect()
        let long = String(repeating: "x", count: 900_000)
        try await server.process.signal("STOP")
        let outcomes = try await connection.executeEach(
            (0..<20).map { _ in "SELECT \(literal: long)" },
            deadline: .now.advanced(by: Self.soon)
        )
        try await server.process.signal("CONT")
        #expect(outcomes.allSatisfy { $0.code == .timeout })
    }

    @Test func `does not hang when the server is frozen`() async throws {
        let server = try MySQLServer.required()
        let connection = try await MySQLServer.connect()
        try await server.process.signal("STOP")
        let start = ContinuousClock.now
        let call = await #expect(throws: MySQLError.self) {
            try await connection.query("SELECT 1", deadline: start.advanced(by: Self.soon))
        }
        let opening = await #expect(throws: MySQLError.self) {
            _ = try await MySQLConnection.open(
                server.options(),
                secret: server.secret,
                deadline: .now.advanced(by: Self.soon)
            )
        }
        // To close is to say goodbye, for which nobody waits.
        await connection.close()
        try await server.process.signal("CONT")
        #expect(call?.code == .timeout)
        #expect(opening?.code == .timeout)
        #expect(start.duration(to: .now) < .seconds(50))
    }

    @Test func `is lost when the server dies`() async throws {
        let server = try MySQLServer.required()
        let connection = try await MySQLServer.connect()
        let task = Task {
            await #expect(throws: MySQLError.self) { try await connection.query("DO SLEEP(600)") }
        }
        try await server.waitUntilActive(connection)
        try await server.process.signal("KILL")
        #expect(await task.value?.code == .connectionLost)
        let refused = await #expect(throws: MySQLError.self) { _ = try await MySQLServer.connect() }
        #expect(refused?.code == .connectionFailed)
        try await server.process.restart()
        #expect(try await MySQLServer.connect().query("SELECT 1").int(0, 0) == 1)
    }

    @Test func `is told by a server that may not write`() async throws {
        let server = try MySQLServer.required()
        let connection = try await MySQLServer.connect()
        try await server.superuser("SET GLOBAL super_read_only = ON")
        let error = await #expect(throws: MySQLError.self) { try await connection.query("CREATE USER forbidden") }
        try await server.superuser("SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF")
        #expect(error?.code == .readOnly)
        #expect(error?.isConnectionLost == false)
    }

    @Test func `knows a server's smaller packets`() async throws {
        let server = try MySQLServer.required()
        try await server.superuser("SET GLOBAL max_allowed_packet = 4096")
        let connection = try await MySQLServer.connect()
        try await server.superuser("SET GLOBAL max_allowed_packet = DEFAULT")
        let long = String(repeating: "x", count: 4_096)
        let statements = (0..<1_000).map { "SELECT \($0)" as SQLText } + ["SELECT \(literal: long)", "SELECT 1"]
        let outcomes = try await connection.executeEach(statements)
        #expect(outcomes.filter { $0.code == nil }.count == 1_001)
        #expect(outcomes[1_000].code == .invalidText)
    }
}
