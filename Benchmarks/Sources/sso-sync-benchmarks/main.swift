// SPDX-License-Identifier: Apache-2.0

import Foundation

private let usage = """
    usage: sso-sync-benchmarks [--quick] [--tool PATH] [--list] [NAME…]
      --quick      fewer rounds
      --tool PATH  the program sso-sync, built for release (default: .build/release/sso-sync)
      --list       the names, and what is measured
    """

private let all: [any Benchmark.Type] = [
    PlannerBenchmark.self, SteadyStateBenchmark.self, FirstRunBenchmark.self, RoundTripsBenchmark.self,
    WholeProcessBenchmark.self, OwnerRolesBenchmark.self, DropBenchmark.self, InspectionBenchmark.self,
    LeaversBenchmark.self, SigningBenchmark.self, CallsBenchmark.self, DirectoryBenchmark.self,
]

private func run(_ options: Options) async throws -> Bool {
    let unknown = options.names.filter { name in !all.contains { $0.name == name } }
    guard unknown.isEmpty else { throw Trouble("unknown benchmark \(unknown.joined(separator: ", ")); see --list") }
    var rows: [Row] = []
    for benchmark in all where options.names.isEmpty || options.names.contains(benchmark.name) {
        Progress.say("\(benchmark.name): \(benchmark.summary)")
        do {
            rows += try await benchmark.init(options).run()
        } catch {
            rows.append(.goal(benchmark.name, "\(error)", reach: "", isReached: false))
        }
    }
    print(Table(rows: rows).text)
    return rows.allSatisfy(\.isReached)
}

let arguments = CommandLine.arguments.dropFirst()
if arguments.first == PlannerMeasurement.command {
    try PlannerMeasurement.main(arguments.dropFirst())
    exit(0)
}
let signals = CleanUp.onSignals()
do {
    let options = try Options(arguments)
    if options.isListing {
        for benchmark in all { print("\(benchmark.name): \(benchmark.summary)") }
        exit(0)
    }
    exit(try await run(options) ? 0 : 1)
} catch {
    Progress.say("\(error)\n\(usage)")
    exit(64)
}
