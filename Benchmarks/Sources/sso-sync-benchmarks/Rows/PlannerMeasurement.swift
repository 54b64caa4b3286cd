// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncCore

/// One plan, measured in a process that does nothing else.
struct PlannerMeasurement: Codable {
    static let command = "measure-planner"

    let accounts: Int
    let seconds: Double
    /// By how much the process's peak of resident memory grew while it planned.
    let bytes: Int

    static func inChildProcess(accounts: Int) throws -> PlannerMeasurement {
        let output = try Program.output([CommandLine.arguments[0], command, "\(accounts)"])
        return try JSONDecoder().decode(PlannerMeasurement.self, from: Data(output.utf8))
    }

    static func main(_ arguments: ArraySlice<String>) throws {
        guard let accounts = arguments.first.flatMap({ Int($0) }) else { throw Trouble("how many accounts?") }
        let measurement = try measure(PlannerInputs(accounts: accounts), count: accounts)
        print(String(decoding: try JSONEncoder().encode(measurement), as: UTF8.self))
    }

    private static func measure(_ inputs: PlannerInputs, count: Int) throws -> PlannerMeasurement {
        let before = try ResidentMemory.restartPeak()
        let start = ContinuousClock.now
        let plan = inputs.plan()
        let json = CanonicalJSON.bytes(plan.content)
        let hash = plan.contentHash
        let seconds = start.duration(to: .now) / .seconds(1)
        let bytes = try ResidentMemory.peak() - before
        guard plan.isInSync, plan.content.counts.unchanged == count, !json.isEmpty, hash.count == 64 else {
            throw Trouble("there is something to do: \(plan.content.counts), \(plan.content.conflicts.prefix(3))")
        }
        return PlannerMeasurement(accounts: count, seconds: seconds, bytes: bytes)
    }
}
