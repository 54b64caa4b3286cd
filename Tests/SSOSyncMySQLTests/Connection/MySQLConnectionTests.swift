// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncSQL
import SSOSyncTestSupport
import Testing

@testable import SSOSyncMySQL

@Suite("A connection to a real MySQL server", .server, .timeLimit(.minutes(5)))
struct MySQLConnectionTests {
    // MARK: Opening

    @Test func `is verified, set up and known`() async throws {
        let connection = try await MySQLServer.connect()
        #expect(connection.isTLS)
        #expect(connection.serverVersion.hasPrefix("9."))
        #expect(connection.endpoint.hasPrefix("localhost:"))
        #expect(
            try await connection.query("SELECT CONNECTION_ID()").int(0, 0).map { UInt64($0) } == connection.connectionId
        )
        let settings: [(SQLText, String)] = [
            ("@@sql_mode", "STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"),
            ("@@time_zone", "+00:00"), ("@@wait_timeout", "60"), ("@@interactive_timeout", "60"),
            ("@@lock_wait_timeout", "10"), ("@@max_execution_time", "60000"), ("@@autocommit", "1"),
            ("@@character_set_client", "utf8mb4"), ("@@character_set_connection", "utf8mb4"),
            ("@@character_set_results", "utf8mb4"), ("@@collation_connection", "utf8mb4_bin"),
            ("@@net_read_timeout", "30"), ("@@net_write_timeout", "60"),
        ]
        for (name, value) in settings {
            #expect(try await connection.query("SELECT \(name)").string(0, 0) == value)
        }
    }

    @Test func `takes its settings from the options, and shows its program`() async throws {
        let server = try MySQLServer.required()
        var options = server.options()
        options.waitTimeout = 5
        options.lockWaitTimeout = 3
        options.statementTimeout = 0
        options.programName = "sso-sync/run-1"
        let connection = try await MySQLConnection.open(options, secret: server.secret)
        let result = try await connection.query("SELECT @@wait_timeout, @@lock_wait_timeout, @@max_execution_time")
        #expect((0..<3).map { result.int(0, $0) } == [5, 3, 0])
        let attribute: SQLText = """
            SELECT attr_value FROM performance_schema.session_connect_attrs
            WHERE processlist_id = CONNECTION_ID() AND attr_name = 'program_name'
            """
        #expect(try await connection.query(attribute).string(0, 0) == "sso-sync/run-1")
    }

    @Test func `refuses another authority and a wrong password`() async throws {
        let server = try MySQLServer.required()
        var other = server.options()
        other.caFile = server.process.otherAuthority
        let cases: [(MySQLConnectionOptions, Secret, MySQLError.Code)] = [
            (other, server.secret, .tlsFailed), (server.options(), Secret("wrong-wrong"), .authenticationFailed),
            (server.options(as: "nobody"), server.secret, .authenticationFailed),
        ]
        for (options, secret, code) in cases {
            let error = await #expect(throws: MySQLError.self) {
                _ = try await MySQLConnection.open(options, secret: secret)
            }
            #expect(error?.code == code)
            #expect(error?.debugDescription.contains("wrong-wrong") == false)
        }
    }

    @Test func `refuses an account that is locked, and says that it is`() async throws {
        let server = try MySQLServer.required()
        try await server.superuser("CREATE USER locked IDENTIFIED BY 'pw-of-locked' ACCOUNT LOCK")
        let error = await #expect(throws: MySQLError.self) {
            _ = try await MySQLConnection.open(server.options(as: "locked"), secret: Secret("pw-of-locked"))
        }
        #expect(error?.code == .authenticationFailed)
        #expect(error?.number == 3_118)
    }

    /// So a Lambda function needs the C library and nothing of its folder of plugins.
    @Test func `logs in by token without any plugin of the C library`() async throws {
        let server = try MySQLServer.required()
        let folder = try TemporaryFolder()
        try await server.makeAccount("tokens")
        var options = server.options(as: "tokens")
        options.pluginFolder = folder.path
        let connection = try await MySQLConnection.open(options, secret: try await server.token(for: "tokens"))
        #expect(try await connection.query("SELECT CURRENT_USER()").string(0, 0) == "tokens@%")

        let wrong = await #expect(throws: MySQLError.self) {
            _ = try await MySQLConnection.open(options, secret: try await server.token(for: "admin"))
        }
        #expect(wrong?.code == .authenticationFailed)
        #expect(wrong?.message.contains("AWSAuthenticationPlugin") == true)
    }

    /// The C library keeps plugins that it has loaded, so this needs a process of its own.
    @Test func `says which plugin a login by password lacks`() async throws {
        let server = try MySQLServer.required()
        let (port, authority) = (server.process.port, server.process.authority)
        await #expect(processExitsWith: .success) { [port = port as Int, authority = authority as String] in
            let folder = try TemporaryFolder()
            var options = MySQLConnectionOptions(host: "localhost", port: port, user: "admin", caFile: authority)
            options.pluginFolder = folder.path
            do {
                _ = try await MySQLConnection.open(options, secret: Secret("master-pw"))
                fatalError("logged in without a plugin")
            } catch let error as MySQLError {
                guard error.code == .authenticationFailed, error.message.contains("caching_sha2_password"),
                    error.message.contains("libmariadb3")
                else { fatalError(error.debugDescription) }
            }
        }
    }

    @Test func `the first logins by password in a process, several at once, all get in`() async throws {
        let server = try MySQLServer.required()
        let (port, authority) = (server.process.port, server.process.authority)
        await #expect(processExitsWith: .success) { [port = port as Int, authority = authority as String] in
            let options = MySQLConnectionOptions(host: "localhost", port: port, user: "admin", caFile: authority)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<48 {
                    group.addTask {
                        try await MySQLConnection.open(options, secret: Secret("master-pw")).close()
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    // MARK: Ends

    @Test func `ends at once when the task is cancelled`() async throws {
        let server = try MySQLServer.required()
        let connection = try await MySQLServer.connect()
        let task = Task {
            await #expect(throws: MySQLError.self) { try await connection.query("DO SLEEP(600)") }
        }
        try await server.waitUntilActive(connection)
        let start = ContinuousClock.now
        task.cancel()
        let error = await task.value
        #expect(error?.code == .cancelled)
        #expect(error?.isConnectionLost == true)
        #expect(start.duration(to: .now) < .seconds(50))
        let next = await #expect(throws: MySQLError.self) { try await connection.query("SELECT 1") }
        #expect(next?.code == .connectionLost)
    }

    @Test func `ends at its deadline`() async throws {
        let connection = try await MySQLServer.connect()
        let start = ContinuousClock.now
        let error = await #expect(throws: MySQLError.self) {
            try await connection.query("DO SLEEP(600)", deadline: start.advanced(by: .milliseconds(300)))
        }
        #expect(error?.code == .timeout)
        #expect(error?.isConnectionLost == true)
        #expect(await connection.isClosed)
        #expect(start.duration(to: .now) < .seconds(50))
    }

    @Test func `sends nothing when it is too late already`() async throws {
        let connection = try await MySQLServer.connect()
        let late = await #expect(throws: MySQLError.self) { try await connection.query("SET @x = 1", deadline: .now) }
        #expect(late?.code == .timeout)
        #expect(late?.isConnectionLost == false)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await #expect(throws: MySQLError.self) { try await connection.executeEach(["SET @x = 1"]) }
        }
        #expect(await task.value?.code == .cancelled)
        #expect(try await connection.query("SELECT @x").isNull(0, 0))
    }

    @Test func `outlives deadlines that it kept`() async throws {
        let connection = try await MySQLServer.connect()
        for number in 0..<50 {
            let deadline = ContinuousClock.now.advanced(by: .milliseconds(100))
            guard try await connection.query("SELECT \(number)", deadline: deadline).int(0, 0) == number else { return }
        }
        let passed = ContinuousClock.now.advanced(by: .milliseconds(200))
        try await eventually("the last deadline has passed") { ContinuousClock.now > passed }
        #expect(try await connection.query("SELECT 1").int(0, 0) == 1)
    }

    @Test func `tells the server's own limit from a lost connection`() async throws {
        let server = try MySQLServer.required()
        var options = server.options()
        options.statementTimeout = 100
        let connection = try await MySQLConnection.open(options, secret: server.secret)
        let error = await #expect(throws: MySQLError.self) {
            try await connection.query("SELECT COUNT(*) FROM mysql.user a, mysql.user b, mysql.user c WHERE SLEEP(600)")
        }
        #expect(error?.code == .timeout)
        #expect(error?.number == 3_024)
        #expect(error?.isConnectionLost == false)
        #expect(try await connection.query("SELECT 1").int(0, 0) == 1)
    }

    /// 4031 comes with the next statement, as the server's last words; with them it may already have reset the socket.
    @Test func `knows that the server ended an idle session`() async throws {
        let server = try MySQLServer.required()
        var options = server.options()
        options.waitTimeout = 1
        let connection = try await MySQLConnection.open(options, secret: server.secret)
        try await eventually("the session ends") { try await !server.isListed(connection) }
        let error = await #expect(throws: MySQLError.self) { try await connection.query("SELECT 1") }
        #expect(error?.code == .connectionLost)
        #expect(error?.isConnectionLost == true)
        #expect(await connection.isClosed)
    }

    @Test func `knows when it is killed in the middle of a statement, and when it was before`() async throws {
        let server = try MySQLServer.required()
        let connection = try await MySQLServer.connect()
        let task = Task {
            await #expect(throws: MySQLError.self) {
                try await connection.query("SELECT COUNT(*) FROM mysql.user a, mysql.user b WHERE SLEEP(600)")
            }
        }
        try await server.waitUntilActive(connection)
        try await server.superuser("KILL \(connection.connectionId)")
        // The server says that the statement was interrupted, and then closes.
        #expect(await task.value != nil)
        let next = await #expect(throws: MySQLError.self) { try await connection.query("SELECT 1") }
        #expect(next?.code == .connectionLost)
        let last = await #expect(throws: MySQLError.self) { try await connection.query("SELECT 1") }
        #expect(last?.message.contains("is closed") == true)
    }

    @Test func `tells a read-only transaction`() async throws {
        let connection = try await MySQLServer.connect()
        let error = await #expect(throws: MySQLError.self) {
            try await connection.execute(["START TRANSACTION READ ONLY", "DELETE FROM mysql.plugin"])
        }
        #expect(error?.code == .readOnly)
    }

    @Test func `can be closed twice, and the server notices`() async throws {
        let server = try MySQLServer.required()
        let connection = try await MySQLServer.connect()
        #expect(try await server.isListed(connection))
        await connection.close()
        await connection.close()
        #expect(await connection.isClosed)
        try await eventually("the session ends") { try await !server.isListed(connection) }
        let error = await #expect(throws: MySQLError.self) { try await connection.executeEach(["SELECT 1"]) }
        #expect(error?.code == .connectionLost)
        let rendered = await #expect(throws: MySQLError.self) { try await connection.render("\(literal: "x")") }
        #expect(rendered?.code == .connectionLost)
    }

    @Test func `that nobody holds any more is closed`() async throws {
        let server = try MySQLServer.required()
        let number = try await MySQLServer.connect().connectionId
        try await eventually("the session ends") {
            try await server.superuser("SELECT 1 FROM information_schema.processlist WHERE id = \(number)").isEmpty
        }
    }

    /// A write to a socket whose other end is gone kills a process that does not ignore SIGPIPE.
    @Test func `survives the end of the server's side`() async throws {
        let server = try MySQLServer.required()
        let (port, authority) = (server.process.port, server.process.authority)
        await #expect(processExitsWith: .success) { [port = port as Int, authority = authority as String] in
            let options = MySQLConnectionOptions(host: "localhost", port: port, user: "admin", caFile: authority)
            for _ in 0..<5 {
                let victim = try await MySQLConnection.open(options, secret: Secret("master-pw"))
                let killer = try await MySQLConnection.open(options, secret: Secret("master-pw"))
                try await killer.query("KILL \(Int(victim.connectionId))")
                await victim.close()
                await killer.abort()
                await killer.close()
            }
        }
    }
}
