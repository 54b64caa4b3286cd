// SPDX-License-Identifier: Apache-2.0

/// A first run with two roles each, from connecting to the last commit, beside psql that is fed the same statements.
struct FirstRunBenchmark: Benchmark {
    static let name = "first-run"
    static let summary = "1,000 people with two roles each on PostgreSQL 15, beside psql with the same statements"

    private static let people = 1_000
    private let options: Options

    init(_ options: Options) { self.options = options }

    func run() async throws -> [Row] {
        try await Server.with(15) { server in
            let deployment = try await Deployment(server, capacity: Self.people)
            let people = People(0..<Self.people)
            var ours = Sample()
            var theirs: [Psql.Batching: Sample] = [:]
            for _ in 0..<options.rounds {
                ours.add(try await seconds { try await deployment.apply(people, operations: Self.people) })
                try deployment.removeAccounts()
                let statements = try await deployment.script(people)
                for batching in Psql.Batching.allCases {
                    let psql = Psql(server: server, user: Deployment.login)
                    theirs[batching, default: Sample()].add(try await psql.run(statements, batching))
                    try deployment.removeAccounts()
                }
            }
            return Self.rows(ours, theirs)
        }
    }

    private static func rows(_ ours: Sample, _ theirs: [Psql.Batching: Sample]) -> [Row] {
        let sorted = theirs.sorted { $0.value.median < $1.value.median }
        guard let best = sorted.first else { return [] }
        let what = "first run, \(people) people × 2 roles, PostgreSQL 15"
        return [.ratio("\(what), beside psql (\(best.key.rawValue))", ours, to: best.value, atMost: 1.5)]
            + sorted.dropFirst().map {
                .ratio("  beside psql (\($0.key.rawValue))", ours, to: $0.value, atMost: 1.5, isGoal: false)
            }
    }
}
