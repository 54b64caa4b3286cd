// SPDX-License-Identifier: Apache-2.0

/// Dropping accounts whose quarantine is over: PostgreSQL 17 with 10,000 accounts, shared out among owner roles or all
/// under one.
struct DropBenchmark: Benchmark {
    static let name = "drops"
    static let summary = "dropping 1,000 of 10,000 accounts on PostgreSQL 17, beside one owner role"

    private static let accounts = 10_000
    /// As many as one transaction drops.
    private static let drops = 1_000
    private let options: Options

    init(_ options: Options) { self.options = options }

    func run() async throws -> [Row] {
        let shared = try await Server.with(Postgres(17)) { try await timeShared(on: $0) }
        // A minute for a thousand; one in five tells enough when there is little time.
        let count = options.isQuick ? Self.drops / 5 : Self.drops
        let single = try await Server.with(Postgres(17)) { try await time(on: $0, drops: count) }
        let scaled = Sample([single * Double(Self.drops) / Double(count)])
        let remark = options.isQuick ? " (\(count) were dropped, times \(Self.drops / count))" : ""
        return [
            .speedup(
                "dropping 1,000 of 10,000 accounts, PostgreSQL 17, beside one owner\(remark)",
                shared,
                over: scaled,
                atLeast: 10
            )
        ]
    }

    /// Twice as many are due, and the time for drops is up at once: one run drops a thousand, the next one the others.
    private func timeShared(on server: Server) async throws -> Sample {
        var deployment = try await Deployment(server, capacity: Self.accounts + 1_000)
        let active = Self.accounts - 2 * Self.drops
        try await Prefill(deployment, people: active).run()
        try await Prefill(deployment, people: Self.accounts, locked: true).run()
        deployment.dropBudget = .milliseconds(1)
        var sample = Sample()
        for deferred in [Self.drops, 0] {
            sample.add(
                try await seconds {
                    let operations = Self.drops + deferred
                    try await deployment.apply(People(0..<active), operations: operations, deferred: deferred)
                }
            )
        }
        return sample
    }

    private func time(on server: Server, drops: Int) async throws -> Double {
        let deployment = try await Deployment.underOneOwner(server)
        try await Prefill(deployment, people: Self.accounts - drops).run()
        try await Prefill(deployment, people: Self.accounts, locked: true).run()
        return try await seconds {
            try await deployment.apply(People(0..<(Self.accounts - drops)), operations: drops)
        }
    }
}
