// SPDX-License-Identifier: Apache-2.0

/// How many statements a run with nothing to do sends, counted by the server.
struct SteadyStateBenchmark: Benchmark {
    static let name = "steady-state"
    static let summary = "statements of a run with nothing to do, with 100 and with 10,000 accounts"

    private let options: Options

    init(_ options: Options) { self.options = options }

    func run() async throws -> [Row] {
        var rows: [Row] = []
        for version in [15, 17] {
            rows += try await Server.with(version) { try await run(on: $0, version: version) }
        }
        return rows
    }

    private func run(on server: Server, version: Int) async throws -> [Row] {
        try StatementCounter.install(on: server)
        let deployment = try await Deployment(server, capacity: 10_000)
        var rows: [Row] = []
        for count in [100, 10_000] {
            try Prefill(deployment, people: count).run()
            let people = People(0..<count)
            try await deployment.apply(people, operations: 0)
            try StatementCounter.reset(server)
            var times = Sample()
            for _ in 0..<options.rounds {
                times.add(try await seconds { try await deployment.apply(people, operations: 0) })
            }
            let statements = Double(try StatementCounter.count(server)) / Double(options.rounds)
            rows.append(
                .atMost(
                    10,
                    "nothing to do, \(Figures.thousands(count)) accounts, PostgreSQL \(version)",
                    statements,
                    unit: "statements",
                    note: " (\(times))"
                )
            )
        }
        return rows
    }
}

/// Counts statements on the server, each one of a script for itself
/// (<https://www.postgresql.org/docs/current/pgstatstatements.html>).
private enum StatementCounter {
    static func install(on server: Server) throws {
        try server.superuser("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")
        try server.restart()
        try server.superuser("CREATE EXTENSION pg_stat_statements")
    }

    static func reset(_ server: Server) throws { try server.superuser("SELECT pg_stat_statements_reset()") }

    static func count(_ server: Server) throws -> Int {
        let rows = try server.superuser(
            """
            SELECT coalesce(sum(calls), 0) FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid
            WHERE r.rolname <> current_user
            """
        )
        guard let count = rows.first.flatMap({ Int($0) }) else { throw Trouble("the server counted nothing") }
        return count
    }
}
