// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncSQL
import SSOSyncTestSupport
import Testing

@testable import SSOSyncMySQL

@Suite("Statements on a real MySQL server", .server, .timeLimit(.minutes(5)))
struct MySQLStatementTests {
    @Test func `runs several statements in one go`() async throws {
        let connection = try await MySQLServer.connect()
        let results = try await connection.execute([
            "CREATE TEMPORARY TABLE mysql.t1 (a int)", "INSERT INTO mysql.t1 VALUES (1), (NULL)",
            "SELECT a, a = 1 AS `is`, IF(a, 'Y', 'N') FROM mysql.t1 ORDER BY a DESC", "DO 1",
        ])
        #expect(results.map(\.affectedRows) == [0, 2, 2, 0])
        #expect(results.map(\.rowCount) == [0, 0, 2, 0])
        let rows = results[2]
        #expect(rows.columns.prefix(2) == ["a", "is"])
        #expect(rows.columnCount == 3)
        #expect(rows.column("is") == 1)
        #expect(rows.int(0, 0) == 1)
        #expect(rows.bool(0, 1) == true && rows.bool(0, 2) == true && rows.bool(1, 2) == false)
        #expect(rows.isNull(1, 0))
        #expect(rows.string(1, 0) == nil && rows.int(1, 0) == nil && rows.bool(1, 1) == nil)
        #expect(rows.withBytes(0, 0) { $0.count } == 1)
    }

    @Test func `takes no statements at all`() async throws {
        let connection = try await MySQLServer.connect()
        #expect(try await connection.execute([]).isEmpty)
        #expect(try await connection.executeEach([]).isEmpty)
    }

    @Test func `throws the first error, does not run what comes after it, and goes on`() async throws {
        let connection = try await MySQLServer.connect()
        let error = await #expect(throws: MySQLError.self) {
            try await connection.execute(["SET @before = 1", "SELECT nosuch", "SET @after = 1"])
        }
        #expect(error?.code == .statementFailed)
        #expect(error?.number == 1_054)
        #expect(error?.sqlState == "42S22")
        #expect(error?.isConnectionLost == false)
        let result = try await connection.query("SELECT @before, @after")
        #expect(result.int(0, 0) == 1)
        #expect(result.isNull(0, 1))
    }

    @Test(arguments: ["SELECT 1; SELECT 2", ""] as [SQLText])
    func `refuses a text that is not one statement, and sends nothing`(text: SQLText) async throws {
        let connection = try await MySQLServer.connect()
        let error = await #expect(throws: MySQLError.self) { try await connection.execute(["SET @x = 1", text]) }
        #expect(error?.code == .misuse)
        #expect(try await connection.query("SELECT @x").isNull(0, 0))
    }

    @Test func `does not mix results up when a statement has several`() async throws {
        let server = try MySQLServer.required()
        let procedure = "CREATE PROCEDURE mysql.two() BEGIN SELECT 1; SELECT 2; END"
        _ = try await server.process.run(
            client: "mysql",
            standby: false,
            ["--delimiter=$$", "--execute=\(procedure)"]
        )
        let connection = try await MySQLServer.connect()
        let error = await #expect(throws: MySQLError.self) {
            try await connection.execute(["CALL mysql.two()"])
        }
        #expect(error?.code == .misuse)
        #expect(error?.isConnectionLost == true)
        #expect(await connection.isClosed)
    }

    @Test func `does not let a comment swallow the next statement`() async throws {
        let connection = try await MySQLServer.connect()
        let results = try await connection.execute(["SELECT 1 -- one", "SELECT 2 # two", "SELECT 3"])
        #expect(results.map { $0.int(0, 0) } == [1, 2, 3])
    }

    private static let odd = [
        "plain", #"dou"ble"#, "sin'gle", "back`tick", "semi;colon--", "émoji", "rtl\u{202E}mark", #"back\slash"#,
        #"trailing\"#, "line\nbreak", "%s_", "' OR 1=1 --", "\u{301}combining", "İstanbul", "/* comment", "\u{1A}",
        "'''",
        #"\'"#, "\u{A5}\u{27}",
    ]

    @Test(arguments: odd + ["🙂", "", "\r\n\t"])
    func `keeps any text through its quotes`(value: String) async throws {
        let connection = try await MySQLServer.connect()
        let results = try await connection.execute(["SELECT \(literal: value), HEX(\(literal: value))", "SELECT 7"])
        let hexadecimal = value.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
        #expect(results[0].string(0, 0)?.utf8.elementsEqual(value.utf8) == true)
        #expect(results[0].string(0, 1) == hexadecimal)
        #expect(results[1].int(0, 0) == 7)
        #expect(try await connection.render("\(literal: value)").hasSuffix("'"))
    }

    /// The quotes follow the server's status, which a session may change.
    @Test(arguments: odd)
    func `keeps any text through its quotes when backslashes escape nothing`(value: String) async throws {
        let connection = try await MySQLServer.connect()
        try await connection.query("SET sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES'")
        let result = try await connection.query("SELECT \(literal: value) AS \(identifier: "a`b\"c")")
        #expect(result.string(0, 0)?.utf8.elementsEqual(value.utf8) == true)
        #expect(result.columns == ["a`b\"c"])
    }

    /// Not at the start of a column's name: the server takes control characters off there.
    @Test(arguments: odd.filter { $0 != "\u{1A}" })
    func `keeps any name through its quotes`(name: String) async throws {
        let connection = try await MySQLServer.connect()
        let result = try await connection.query("SELECT 1 AS \(identifier: name)")
        #expect(result.columns.first?.utf8.elementsEqual(name.utf8) == true)
    }

    @Test(
        arguments: [
            .literal("a\0b"), .identifier(""), .identifier("a\0"), .identifier(String(repeating: "é", count: 65)),
        ] as [SQLText]
    )
    func `refuses what SQL cannot say, and sends nothing`(text: SQLText) async throws {
        let connection = try await MySQLServer.connect()
        let error = await #expect(throws: MySQLError.self) {
            try await connection.execute(["SET @x = 1", "SELECT \(text)"])
        }
        #expect(error?.code == .invalidText)
        #expect(error?.isConnectionLost == false)
        #expect(try await connection.query("SELECT @x").isNull(0, 0))
    }

    @Test func `reads large results`() async throws {
        let connection = try await MySQLServer.connect()
        let result = try await connection.query(
            """
            WITH RECURSIVE g AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM g WHERE n < 100000)
            SELECT /*+ SET_VAR(cte_max_recursion_depth = 100000) */
            n, CONCAT('name-', n), REPEAT('x', n % 50), NULL, n % 2 = 0, NOW() FROM g
            """
        )
        #expect(result.rowCount == 100_000)
        #expect(result.int(99_999, 0) == 100_000)
        #expect(result.string(12_344, 1) == "name-12345")
        #expect(result.string(48, 2)?.utf8.count == 49)
        #expect(result.isNull(77, 3))
        #expect(result.bool(1, 4) == true)
    }

    @Test func `refuses a statement that is too long for the server, and goes on`() async throws {
        let connection = try await MySQLServer.connect()
        let long = String(repeating: "y", count: 1 << 20)
        let error = await #expect(throws: MySQLError.self) { try await connection.query("SELECT \(literal: long)") }
        #expect(error?.code == .invalidText)
        #expect(error?.message.contains("max_allowed_packet") == true)
        let outcomes = try await connection.executeEach(["SELECT 1", "SELECT \(literal: long)", "SELECT 3"])
        #expect(outcomes.map(\.code) == [nil, .invalidText, nil])
        let most = String(repeating: "ä", count: 500_000)
        #expect(try await connection.query("SELECT \(literal: most)").string(0, 0) == most)
    }

    @Test func `serves calls from many tasks one after the other`() async throws {
        let connection = try await MySQLServer.connect()
        try await withThrowingTaskGroup(of: (Int, Int?).self) { group in
            for number in 0..<200 {
                group.addTask { (number, try await connection.query("SELECT \(number)").int(0, 0)) }
            }
            for try await (number, answer) in group { #expect(number == answer) }
        }
    }

    // MARK: Each for itself

    @Test func `runs statements each for itself`() async throws {
        let connection = try await MySQLServer.connect()
        let outcomes = try await connection.executeEach([
            "SET @each = 1", "SELECT nosuch", "SET @each = @each + 1", "SELECT \(identifier: "")",
            "SELECT 1/0 FROM nosuch",
            "SELECT @each",
        ])
        #expect(outcomes.map(\.code) == [nil, .statementFailed, nil, .invalidText, .statementFailed, nil])
        #expect(outcomes.map(\.number) == [nil, 1_054, nil, nil, 1_046, nil])
        #expect(try outcomes[5].get().int(0, 0) == 2)
    }

    @Test func `runs 20,000 statements of which some fail, and reports each in order`() async throws {
        let connection = try await MySQLServer.connect()
        let padding = String(repeating: "p", count: 100)
        let statements = (0..<20_000).map { number in
            number % 1_000 == 999 ? "SELECT nosuch" : "SELECT \(number), \(literal: padding)" as SQLText
        }
        let reported = Locked<[Int]>([])
        let outcomes = try await connection.executeEach(statements) { index, _ in reported.withLock { $0.append(index) }
        }
        #expect(reported.withLock { $0 } == Array(0..<20_000))
        for (index, outcome) in outcomes.enumerated() {
            let expected = index % 1_000 == 999 ? nil : index
            guard (try? outcome.get())?.int(0, 0) == expected else {
                Issue.record("statement \(index) has another's result")
                return
            }
        }
    }

    @Test func `keeps what was answered when the connection is lost midway`() async throws {
        let connection = try await MySQLServer.connect()
        let outcomes = try await connection.executeEach([
            "SELECT 1", "KILL CONNECTION_ID()", "SELECT 3", "SELECT \(identifier: "")",
        ])
        #expect(outcomes.map(\.code) == [nil, .timeout, .connectionLost, .invalidText])
        #expect(await connection.isClosed)
    }

    @Test func `keeps what was answered when the deadline passes midway`() async throws {
        let connection = try await MySQLServer.connect()
        let outcomes = try await connection.executeEach(
            ["SELECT 1", "DO SLEEP(600)", "SELECT 3"],
            deadline: .now.advanced(by: .milliseconds(500))
        )
        #expect(outcomes.map(\.code) == [nil, .timeout, .timeout])
        #expect(await connection.isClosed)
    }
}
