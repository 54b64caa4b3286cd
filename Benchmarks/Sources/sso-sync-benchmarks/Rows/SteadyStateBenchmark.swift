// SPDX-License-Identifier: Apache-2.0

/// How many statements a run with nothing to do sends, counted by the server.
struct SteadyStateBenchmark: Benchmark {
    static let name = "steady-state"
    static let summary = "statements of a run with nothing to do, with 100 and with 10,000 accounts"

    private let options: Options

    init(_ options: Options) { self.options = options }

    func run() async throws -> [Row] {
        var rows: [Row] = []
        for engine in [Postgres(15), Postgres(17), MySQL()] as [any Engine] {
            rows += try await Server.with(engine) { try await run(on: $0, engine) }
        }
        return rows
    }

    private func run(on server: Server, _ engine: any Engine) async throws -> [Row] {
        try engine.startCounting(on: server)
        let deployment = try await Deployment(server, capacity: 10_000)
        var rows: [Row] = []
        for count in [100, 10_000] {
            let people = try await deployment.fill(people: count)
            try engine.resetCount(on: server)
            var times = Sample()
            for _ in 0..<options.rounds {
                times.add(try await seconds { try await deployment.apply(people, operations: 0) })
            }
            let statements = Double(try server.count(engine.statementCount)) / Double(options.rounds)
            rows.append(
                .atMost(
                    10,
                    "nothing to do, \(Figures.thousands(count)) accounts, \(engine.title)",
                    statements,
                    unit: "statements",
                    note: " (\(times))"
                )
            )
        }
        return rows
    }
}
