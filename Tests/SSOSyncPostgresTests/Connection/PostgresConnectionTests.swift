// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncSQL
import SSOSyncTestSupport
import Testing

@testable import SSOSyncPostgres

@Suite(.server, .timeLimit(.minutes(5)))
struct `A connection to a real server` {
    // MARK: Opening

    @Test func `is verified, set up and known`() async throws {
        let connection = try await ScratchServer.connect()
        #expect(connection.isTLS)
        #expect(connection.serverVersion >= 140_000)
        #expect(connection.backendPID > 0)
        let settings = [
            ("search_path", "pg_catalog, pg_temp"), ("statement_timeout", "1min"), ("lock_timeout", "10s"),
            ("idle_session_timeout", "1min"), ("client_min_messages", "notice"), ("TimeZone", "UTC"),
            ("client_encoding", "UTF8"), ("application_name", "sso-sync"),
            ("client_connection_check_interval", "2s"), ("jit", "off"),
        ]
        for (name, value) in settings {
            let result = try await connection.query("SELECT current_setting($1)", [name])
            let shown = result.string(0, 0)?.replacing(",pg_temp", with: ", pg_temp")
            #expect(shown == value, "\(name)")
        }
    }

    @Test func `refuses another authority, a wrong password and a wrong database`() async throws {
        let server = try ScratchServer.required()
        var other = server.options
        other.caFile = server.otherAuthority
        var database = server.options
        database.database = "nosuch"
        let cases: [(PostgresConnectionOptions, Secret, PostgresError.Code)] = [
            (other, server.secret, .tlsFailed), (server.options, Secret("wrong-wrong"), .authenticationFailed),
            (database, server.secret, .connectionFailed),
        ]
        for (options, secret, code) in cases {
            let error = await #expect(throws: PostgresError.self) {
                _ = try await PostgresConnection.open(options, secret: secret)
            }
            #expect(error?.code == code)
            #expect(error?.debugDescription.contains("wrong-wrong") == false)
        }
    }

    @Test func `refuses a role that may not log in, and says that it cannot`() async throws {
        let server = try ScratchServer.required()
        try await server.superuser("CREATE ROLE locked PASSWORD 'pw'")
        var options = server.options
        options.user = "locked"
        let locked = options
        let error = await #expect(throws: PostgresError.self) {
            _ = try await PostgresConnection.open(locked, secret: Secret("pw"))
        }
        #expect(error?.code == .authenticationFailed)
        #expect(error?.sqlState == "28000")
    }

    // MARK: Statements

    @Test func `runs a script in one go`() async throws {
        let connection = try await ScratchServer.connect()
        let results = try await connection.execute(
            "CREATE TEMP TABLE t (a int); INSERT INTO t VALUES (1), (NULL); SELECT a, a = 1 AS is FROM t ORDER BY a;"
        )
        #expect(results.map(\.commandTag) == ["CREATE TABLE", "INSERT 0 2", "SELECT 2"])
        #expect(results[1].affectedRows == 2)
        #expect(results[2].columns == ["a", "is"])
        #expect(results[2].column("is") == 1)
        #expect(results[2].int(0, 0) == 1)
        #expect(results[2].bool(0, 1) == true)
        #expect(results[2].isNull(1, 0))
        #expect(results[2].string(1, 0) == nil && results[2].int(1, 0) == nil && results[2].bool(1, 1) == nil)
    }

    @Test func `takes an empty script`() async throws {
        let connection = try await ScratchServer.connect()
        #expect(try await connection.execute("").map(\.rowCount) == [0])
    }

    @Test func `throws the first error of a script, undoes it and goes on`() async throws {
        let connection = try await ScratchServer.connect()
        let error = await #expect(throws: PostgresError.self) {
            try await connection.execute("CREATE TEMP TABLE gone (a int); SELECT nosuch; SELECT 1/0;")
        }
        #expect(error?.code == .server)
        #expect(error?.sqlState == "42703")
        #expect(error?.position == 40)
        #expect(error?.isConnectionLost == false)
        #expect(try await connection.query("SELECT to_regclass('gone')").isNull(0, 0))
    }

    @Test func `binds values, also NULL, empty and odd ones`() async throws {
        let connection = try await ScratchServer.connect()
        let odd = #"'; DROP -- "\ 🙂 \#u{202E}"#
        let result = try await connection.query(
            "SELECT $1::text, $2::text, $3::text, $4::int + 1",
            [odd, nil, "", "41"]
        )
        #expect(result.string(0, 0) == odd)
        #expect(result.isNull(0, 1))
        #expect(result.string(0, 2) == "")
        #expect(result.int(0, 3) == 42)
    }

    @Test func `refuses two statements with binds, COPY, and NUL`() async throws {
        let connection = try await ScratchServer.connect()
        let two = await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1; SELECT 2") }
        #expect(two?.sqlState == "42601")
        let null = await #expect(throws: PostgresError.self) { try await connection.query("SELECT $1", ["\0"]) }
        #expect(null?.code == .invalidText)
        let copy = await #expect(throws: PostgresError.self) { try await connection.execute("COPY pg_am TO STDOUT") }
        #expect(copy?.code == .misuse)
        #expect(await connection.isClosed)
    }

    @Test(arguments: [
        "plain", #"dou"ble"#, "sin'gle", "semi;colon--", "🙂 émoji", "rtl\u{202E}mark", #"back\slash\"#, "$$dollar$$",
        "line\nbreak", "%s", "' OR 1=1 --", "\u{301}combining", "İstanbul", #"E'\047"#,
    ])
    func `keeps any name and text through its quotes`(value: String) async throws {
        let connection = try await ScratchServer.connect()
        let results = try await connection.execute("SELECT \(literal: value) AS \(identifier: value)")
        #expect(results.first?.string(0, 0)?.utf8.elementsEqual(value.utf8) == true)
        #expect(results.first?.columns.first?.utf8.elementsEqual(value.utf8) == true)
        let shown = try await connection.render("\(literal: value)")
        #expect(shown.hasSuffix("'"))
    }

    @Test func `knows an open transaction`() async throws {
        let connection = try await ScratchServer.connect()
        #expect(await connection.isInTransaction == false)
        try await connection.execute("BEGIN")
        #expect(await connection.isInTransaction)
        await #expect(throws: PostgresError.self) { try await connection.execute("SELECT 1/0") }
        #expect(await connection.isInTransaction)
        try await connection.execute("ROLLBACK")
        #expect(await connection.isInTransaction == false)
    }

    @Test func `reads large results`() async throws {
        let connection = try await ScratchServer.connect()
        let result = try await connection.query(
            "SELECT g, 'name-' || g, repeat('x', g % 50), NULL, g % 2 = 0, now() FROM generate_series(1, 100000) AS g"
        )
        #expect(result.rowCount == 100_000)
        #expect(result.int(99_999, 0) == 100_000)
        #expect(result.string(12_344, 1) == "name-12345")
        #expect(result.string(48, 2)?.utf8.count == 49)
        #expect(result.isNull(77, 3))
        #expect(result.bool(1, 4) == true)
    }

    @Test func `sends large scripts`() async throws {
        let connection = try await ScratchServer.connect()
        let value = String(repeating: "ä", count: 10_000_000)
        #expect(try await connection.execute("SELECT length(\(literal: value))").first?.int(0, 0) == 10_000_000)
    }

    // MARK: Notices

    @Test func `collects notices`() async throws {
        let connection = try await ScratchServer.connect()
        try await connection.execute("DO $$ BEGIN RAISE NOTICE 'hello'; RAISE WARNING 'careful'; END $$")
        let notices = await connection.drainNotices()
        #expect(notices.map(\.severity) == ["NOTICE", "WARNING"])
        #expect(notices.map(\.message) == ["hello", "careful"])
        #expect(await connection.drainNotices().isEmpty)
    }

    @Test func `makes a cut-off name an error`() async throws {
        let connection = try await ScratchServer.connect()
        let error = await #expect(throws: PostgresError.self) {
            try await connection.execute(
                "SELECT 1 AS a123456789b123456789c123456789d123456789e123456789f123456789g123456789"
            )
        }
        #expect(error?.code == .identifierTruncated)
        #expect(error?.isConnectionLost == false)
        let outcomes = try await connection.pipeline([
            ["SELECT 1"],
            ["SELECT 1", "SELECT 1 AS a123456789b123456789c123456789d123456789e123456789f123456789g123456789"],
            ["SELECT 3"],
        ])
        #expect(outcomes.map(\.code) == [nil, .identifierTruncated, nil])
    }

    @Test func `writes nothing to stderr`() async throws {
        let server = try ScratchServer.required()
        let (port, authority) = (server.port, server.authority)
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            [port = port as Int, authority = authority as String] in
            let options = PostgresConnectionOptions(host: "localhost", port: port, user: "postgres", caFile: authority)
            let connection = try await PostgresConnection.open(options, secret: Secret("master-pw"))
            try await connection.execute("DO $$ BEGIN RAISE WARNING 'loud'; END $$")
            guard await connection.drainNotices().count == 1 else { fatalError("no notice came") }
        }
        let text = result.map { String(decoding: $0.standardErrorContent, as: UTF8.self) }
        #expect(text?.contains("loud") == false)
    }

    // MARK: Pipelines

    @Test func `runs a pipeline of which one segment fails alone`() async throws {
        let connection = try await ScratchServer.connect()
        try await connection.execute("CREATE TEMP TABLE p (a int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)")
        let outcomes = try await connection.pipeline([
            ["INSERT INTO p VALUES (1)", "SELECT count(*) FROM p"],
            ["INSERT INTO p VALUES (2)", "SELECT nosuch", "INSERT INTO p VALUES (3)"],
            [],
            ["SELECT \(identifier: "a\0")"],
            ["SELECT 1; SELECT 2"],
            // Fails at the commit, after its statement succeeded.
            ["INSERT INTO p VALUES (1)"],
            ["INSERT INTO p VALUES (4)"],
        ])
        #expect(outcomes.map(\.code) == [nil, .server, nil, .invalidText, .server, .server, nil])
        #expect(outcomes.map(\.sqlState) == [nil, "42703", nil, nil, "42601", "23505", nil])
        #expect(try outcomes[0].get()[1].int(0, 0) == 1)
        #expect(try outcomes[2].get().isEmpty)
        let left = try await connection.query("SELECT string_agg(a::text, ',' ORDER BY a) FROM p")
        #expect(left.string(0, 0) == "1,4")
    }

    @Test func `reports each segment in order`() async throws {
        let connection = try await ScratchServer.connect()
        let (stream, continuation) = AsyncStream<Int>.makeStream()
        let outcomes = try await connection.pipeline([["SELECT 1"], ["SELECT x"], ["SELECT 3"]]) { index, _ in
            continuation.yield(index)
        }
        continuation.finish()
        #expect(outcomes.count == 3)
        #expect(await stream.reduce(into: []) { $0.append($1) } == [0, 1, 2])
    }

    @Test func `runs 5,000 segments with full buffers both ways`() async throws {
        let connection = try await ScratchServer.connect()
        let long = String(repeating: "y", count: 4_000)
        let segments = (0..<5_000).map { index in
            ["SELECT \(index), \(literal: long), \(literal: long)" as SQLText, "SELECT \(index)"]
        }
        let outcomes = try await connection.pipeline(segments, deadline: .now.advanced(by: .seconds(120)))
        #expect(outcomes.count == 5_000)
        for (index, outcome) in outcomes.enumerated() {
            let results = try outcome.get()
            guard results.count == 2, results[0].int(0, 0) == index, results[1].int(0, 0) == index else {
                Issue.record("segment \(index) has another's results")
                return
            }
        }
        #expect(try await connection.query("SELECT 1").int(0, 0) == 1)
    }

    @Test func `keeps what was answered when a pipeline's connection is lost`() async throws {
        let connection = try await ScratchServer.connect()
        let outcomes = try await connection.pipeline([
            ["SELECT 1"], ["SELECT pg_terminate_backend(pg_backend_pid())"], ["SELECT 3"], ["SELECT 4"],
        ])
        #expect(outcomes.map(\.code) == [nil, .connectionLost, .connectionLost, .connectionLost])
        #expect(await connection.isClosed)
    }

    @Test func `keeps what was answered when a pipeline's deadline passes`() async throws {
        let connection = try await ScratchServer.connect()
        let outcomes = try await connection.pipeline(
            [["SELECT 1"], ["SELECT pg_sleep(600)"], ["SELECT 3"]],
            deadline: .now.advanced(by: .milliseconds(500))
        )
        #expect(outcomes.map(\.code) == [nil, .timeout, .timeout])
        #expect(await connection.isClosed)
    }

    // MARK: Ends

    @Test func `ends at once when the task is cancelled`() async throws {
        let connection = try await ScratchServer.connect()
        let task = Task {
            await #expect(throws: PostgresError.self) { try await connection.execute("SELECT pg_sleep(600)") }
        }
        try await waitUntilActive(connection)
        let start = ContinuousClock.now
        task.cancel()
        let error = await task.value
        #expect(error?.code == .cancelled)
        #expect(error?.isConnectionLost == true)
        #expect(start.duration(to: .now) < .seconds(50))
        let next = await #expect(throws: PostgresError.self) { try await connection.execute("SELECT 1") }
        #expect(next?.code == .connectionLost)
    }

    @Test func `lets the server stop what nobody waits for`() async throws {
        let connection = try await ScratchServer.connect()
        let pid = connection.backendPID
        await #expect(throws: PostgresError.self) {
            try await connection.execute("SELECT pg_sleep(600)", deadline: .now.advanced(by: .milliseconds(200)))
        }
        let watcher = try await ScratchServer.connect()
        try await eventually("the backend ends", within: .seconds(10)) {
            try await watcher.query("SELECT FROM pg_stat_activity WHERE pid = \(pid)").rowCount == 0
        }
    }

    @Test func `ends at its deadline`() async throws {
        let connection = try await ScratchServer.connect()
        let start = ContinuousClock.now
        let error = await #expect(throws: PostgresError.self) {
            try await connection.execute("SELECT pg_sleep(600)", deadline: start.advanced(by: .milliseconds(300)))
        }
        #expect(error?.code == .timeout)
        #expect(error?.isConnectionLost == true)
        #expect(start.duration(to: .now) < .seconds(50))
    }

    @Test func `sends nothing when it is too late already`() async throws {
        let connection = try await ScratchServer.connect()
        let late = await #expect(throws: PostgresError.self) {
            try await connection.execute("SELECT 1", deadline: .now)
        }
        #expect(late?.code == .timeout)
        #expect(late?.isConnectionLost == false)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await #expect(throws: PostgresError.self) { try await connection.execute("SELECT 1") }
        }
        #expect(await task.value?.code == .cancelled)
        #expect(try await connection.query("SELECT 1").int(0, 0) == 1)
    }

    @Test func `tells the server's own limit from a lost connection`() async throws {
        let connection = try await ScratchServer.connect()
        let error = await #expect(throws: PostgresError.self) {
            try await connection.execute("SET statement_timeout = 100; SELECT pg_sleep(600)")
        }
        #expect(error?.code == .timeout)
        #expect(error?.sqlState == "57014")
        #expect(error?.isConnectionLost == false)
        #expect(try await connection.query("SELECT 1").int(0, 0) == 1)
    }

    @Test func `knows when it was ended from outside`() async throws {
        let server = try ScratchServer.required()
        let connection = try await ScratchServer.connect()
        try await server.superuser("SELECT pg_terminate_backend(\(connection.backendPID), 5000)")
        let error = await #expect(throws: PostgresError.self) { try await connection.execute("SELECT 1") }
        #expect(error?.code == .connectionLost)
        #expect(error?.isConnectionLost == true)
        #expect(error?.sqlState == "57P01")
        let next = await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1") }
        #expect(next?.code == .connectionLost)
    }

    @Test func `knows when it is ended in the middle of a statement`() async throws {
        let server = try ScratchServer.required()
        let connection = try await ScratchServer.connect()
        let task = Task {
            await #expect(throws: PostgresError.self) { try await connection.execute("SELECT pg_sleep(600)") }
        }
        try await waitUntilActive(connection)
        try await server.superuser("SELECT pg_terminate_backend(\(connection.backendPID))")
        #expect(await task.value?.code == .connectionLost)
    }

    @Test func `tells a read-only server`() async throws {
        let connection = try await ScratchServer.connect()
        let error = await #expect(throws: PostgresError.self) {
            try await connection.execute("BEGIN READ ONLY; CREATE ROLE nobody_else")
        }
        #expect(error?.code == .readOnly)
    }

    @Test func `can be closed twice and is then closed`() async throws {
        let connection = try await ScratchServer.connect()
        await connection.close()
        await connection.close()
        #expect(await connection.isClosed)
        let error = await #expect(throws: PostgresError.self) { try await connection.pipeline([["SELECT 1"]]) }
        #expect(error?.code == .connectionLost)
        let rendered = await #expect(throws: PostgresError.self) { try await connection.render("\(literal: "x")") }
        #expect(rendered?.code == .connectionLost)
    }

    @Test func `serves calls from many tasks one after the other`() async throws {
        let connection = try await ScratchServer.connect()
        try await withThrowingTaskGroup(of: (Int, Int?).self) { group in
            for number in 0..<200 {
                group.addTask { (number, try await connection.query("SELECT \(number)").int(0, 0)) }
            }
            for try await (number, answer) in group { #expect(number == answer) }
        }
    }

    /// Waits until the server works on a statement of the connection.
    private func waitUntilActive(_ connection: PostgresConnection) async throws {
        let watcher = try await ScratchServer.connect()
        let pid = connection.backendPID
        try await eventually("the server works on a statement") {
            let question: SQLText = "SELECT FROM pg_stat_activity WHERE pid = \(pid) AND state = 'active'"
            return try await watcher.query(question).rowCount == 1
        }
    }
}

extension PostgresConnection.SegmentOutcome {
    /// The error's code.
    fileprivate var code: PostgresError.Code? { error?.code }

    /// The error's SQLSTATE.
    fileprivate var sqlState: String? { error?.sqlState }

    private var error: PostgresError? {
        guard case .failure(let error) = self else { return nil }
        return error
    }
}
