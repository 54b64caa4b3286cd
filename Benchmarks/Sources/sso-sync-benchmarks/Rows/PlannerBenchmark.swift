// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The planner alone, with nothing to do: the time of a plan with its canonical JSON and hash, and the memory it takes.
struct PlannerBenchmark: Benchmark {
    static let name = "planner"
    static let summary = "a plan of 100,000 accounts in 50 groups, with canonical JSON and hash"

    private let options: Options

    init(_ options: Options) { self.options = options }

    func run() async throws -> [Row] {
        var large: [PlannerMeasurement] = []
        var small: [PlannerMeasurement] = []
        for _ in 0..<min(options.rounds, 5) {
            small.append(try PlannerMeasurement.inChildProcess(accounts: 10_000))
            large.append(try PlannerMeasurement.inChildProcess(accounts: 100_000))
        }
        let (time, smallTime) = (Sample(large.map(\.seconds)), Sample(small.map(\.seconds)))
        let bytes = Sample(large.map { Double($0.bytes) / Double($0.accounts) }).median
        return [
            .goal(
                "planner, 100,000 accounts",
                "\(time) (\(time.spread))",
                reach: "about 1 s or less",
                isReached: time.median <= 1.1
            ),
            .ratio("planner, 100,000 beside 10,000", time, to: smallTime, atMost: 12),
            .atMost(512, "planner, peak memory beyond its inputs", bytes, unit: "B per account"),
        ]
    }
}
