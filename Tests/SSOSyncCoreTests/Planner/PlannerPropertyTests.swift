// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTesting
import Testing

/// Facts that hold in every world. Worlds are random, and the same in every run.
@Suite("The planner, whatever the world")
struct PlannerPropertyTests {
    @Test func `every operation of a plan can be carried out in the order of the phases`() {
        World.each(3_000) { world, _ in
            var world = world
            let plan = world.plan()
            try require(plan.operations.map(\.phase) == plan.operations.map(\.phase).sorted(), "phases are in order")
            try world.apply(plan)
        }
    }

    @Test func second() {
        var bad = 0
        for seed in 0..<UInt64(6_000) {
            var world = World(seed: seed)
            guard !world.hasDuplicateMarkers else { continue }
            let p1 = try! world.run()
            let p2 = world.plan()
            let steps = p2.steps.filter { s in
                if s.operation.label == "drop", p1.operations.contains(where: { $0.user == s.operation.user }) { return false }
                return true
            }
            if p1.brake.stopsRemovals, p2.brake.accountsInUse > p1.brake.accountsInUse { continue }
            if !steps.isEmpty { bad += 1
              if bad < 6 { print("SEED", seed, world.policy.mode, world.policy.brake); print(p1.labels); print(p1.withheld.map { "\($0.step.operation.label) \($0.step.operation.account) \($0.cause)" }); print(p1.content.conflicts.map { "\($0.kind) \($0.account?.rawValue ?? "")" });print("P2", p2.labels, steps.map(\.reason), p2.content.conflicts.map { "\($0.kind) \($0.account?.rawValue ?? "")" })  }
            }
        }
        print("BAD", bad)
    }
    @Test func coverage() {
        var n: [String: Int] = [:]
        for seed in 0..<UInt64(3_000) {
            let world = World(seed: seed)
            if world.hasDuplicateMarkers { n["dup", default: 0] += 1 }
            let p1 = world.plan()
            for s in p1.steps { n[s.operation.label, default: 0] += 1; n["\(s.reason)".split(separator: " ").prefix(2).joined(separator: " "), default: 0] += 1 }
            for s in p1.withheld { n["w \(s.cause)", default: 0] += 1 }
            for s in p1.content.conflicts { n["c \(s.kind)", default: 0] += 1 }
            for s in p1.content.findings { n["f \(s.kind)", default: 0] += 1 }
        }
        for (k, v) in n.sorted(by: { $0.key < $1.key }) { print(k, v) }
    }
}
