// SPDX-License-Identifier: Apache-2.0

/// A first run with two roles each, from connecting to the last commit, beside the engine's client that makes the same
/// accounts.
struct FirstRunBenchmark: Benchmark {
    static let name = "first-run"
    static let summary = "1,000 people with two roles each on PostgreSQL 15 and MySQL, beside psql and mysql"

    private static let people = 1_000
    private let options: Options

    init(_ options: Options) { self.options = options }

    func run() async throws -> [Row] {
        try await run(on: Postgres(15), atMost: 1.5) + run(on: MySQL(), atMost: 1.3)
    }

    private func run(on engine: any Engine, atMost limit: Double) async throws -> [Row] {
        try await Server.with(engine) { server in
            let deployment = try await Deployment(server, capacity: Self.people)
            let people = People(0..<Self.people)
            var ours = Sample()
            var theirs: [String: Sample] = [:]
            for _ in 0..<options.rounds {
                ours.add(try await seconds { try await deployment.apply(people, operations: Self.people) })
                try await deployment.removeAccounts()
                let script = try await deployment.script(people)
                for way in engine.waysToSend(script) {
                    let time = try await deployment.client.run(way.statements, way.batching)
                    theirs[way.name, default: Sample()].add(time)
                    guard try server.count(engine.accountCount) == Self.people else {
                        throw Trouble("\(engine.client.name), \(way.name), has not made everybody's account")
                    }
                    try await deployment.removeAccounts()
                }
            }
            return Self.rows(engine, ours, theirs, atMost: limit)
        }
    }

    private static func rows(
        _ engine: any Engine,
        _ ours: Sample,
        _ theirs: [String: Sample],
        atMost limit: Double
    ) -> [Row] {
        let sorted = theirs.sorted { $0.value.median < $1.value.median }
        guard let best = sorted.first else { return [] }
        let client = engine.client.name
        let what = "first run, \(Figures.thousands(people)) people × 2 roles, \(engine.title)"
        return [.ratio("\(what), beside \(client) (\(best.key))", ours, to: best.value, atMost: limit)]
            + sorted.dropFirst().map {
                .ratio("  beside \(client) (\($0.key))", ours, to: $0.value, atMost: limit, isGoal: false)
            }
    }
}
