// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

/// Joins that are frozen, be it by the policy or by whoever has handed the reading on.
@Suite("A freeze, whatever the world")
struct FreezePropertyTests {
    /// The same world, and that in which joins are frozen.
    private static func each(_ count: Int, _ check: (World, inout World, inout SplitMix64) throws -> Void) async {
        await World.each(count) { world, random in
            var frozen = world
            if random.chance(50) {
                frozen.editPolicy(hold: .joinsFrozen)
            } else {
                frozen.editDirectory(admitsNobody: true)
            }
            try check(world, &frozen, &random)
        }
    }

    private static func steps(_ steps: [Plan.Step]) -> Set<String> {
        Set(steps.map { "\($0.operation.label) \($0.operation.user)" })
    }

    @Test func `nobody is let in, nobody gains a role, and there are no more accounts than before`() async {
        await Self.each(2_500) { _, world, _ in
            guard !world.hasDuplicateMarkers else { return }
            let (before, count) = (world.ours, world.server.logins.count)
            let plan = try world.run()
            try require(world.server.logins.count <= count, "there are more accounts than before")
            try require(plan.content.hold == .joinsFrozen, "the plan says so")
            try require(plan.operations.allSatisfy { $0.phase != .admit }, "\(plan.labels)")
            for (name, login) in world.ours {
                let earlier = before.values.first { $0.user == login.user }
                try require(earlier != nil, "\(name) is new")
                let had = Set(earlier?.memberships.map(\.role) ?? [])
                try require(had.isSuperset(of: login.memberships.map(\.role)), "\(name) has a role that it had not")
                try require(!login.canLogIn || earlier?.canLogIn == true, "\(name) can log in, and could not")
            }
        }
    }

    @Test func `what is taken and dropped is what would be anyway, and accounts that wait for it stay locked`() async {
        await Self.each(2_500) { world, frozen, _ in
            let (free, held) = (world.plan(), frozen.plan())
            let labels: Set = ["lock", "revoke", "end-sessions", "disconnect", "drop"]
            let taken = { (plan: Plan) in plan.steps.filter { labels.contains($0.operation.label) } }
            let returning = Set(free.operations("restore").map(\.user))
            let owed = taken(free).filter { step in
                // Where runs only let people in, what a lock has left ends for a new name, and that waits.
                guard world.policy.mode != .joins || step.reason != .stillConnected else { return false }
                // Who does not come back has nothing that could be in use after that.
                return step.operation.action != .disconnect || !returning.contains(step.operation.user)
            }
            let (before, after) = (Self.steps(owed), Self.steps(taken(held)))
            try require(before.isSubset(of: after), "\(free.labels), and frozen \(held.labels)")
            let more = taken(held).filter { !before.contains("\($0.operation.label) \($0.operation.user)") }
            let areKeptOut = more.allSatisfy { $0.reason == .unlockedByOthers || $0.reason == .stillConnected }
            try require(areKeptOut, "\(free.labels), and frozen \(held.labels)")
            try require(held.brake.removals == free.brake.removals, "the brake counts the same removals")
        }
    }

    @Test func `what waits is exactly what would be given`() async {
        var given = 0
        await Self.each(2_500) { world, frozen, _ in
            let (free, held) = (world.plan(), frozen.plan())
            let steps = free.steps.filter { $0.operation.phase == .admit }
            let braked = free.withheld.filter { $0.cause == .joinsBrake }.map(\.step)
            let waiting = held.withheld.filter { $0.cause == .freeze }.map(\.step)
            try require(
                Self.steps(steps + braked) == Self.steps(waiting),
                "\(free.labels), and frozen \(held.withheld)"
            )
            try require(!held.brake.stopsJoins, "the brake has no joins to stop")
            given += steps.count
        }
        #expect(given > 1_000)
    }

    @Test func `whoever is renamed and is not to join is renamed all the same`() async {
        var renamed = 0
        await Self.each(2_500) { world, frozen, _ in
            let held = frozen.plan()
            // Those who return get their names with their accounts.
            for operation in world.plan().operations("rename") {
                let state = world.ours.values.first { $0.user == operation.user }?.markerValue?.state
                guard state == .active else { continue }
                let conflict = held.content.conflicts.contains { $0.user == operation.user }
                let goesOn = held.operations("rename").contains { $0.user == operation.user }
                try require(goesOn || conflict, "\(operation.account) keeps its name: \(held.labels)")
                renamed += 1
            }
        }
        #expect(renamed > 100)
    }

    @Test func `a second run has nothing to do`() async {
        await Self.each(2_000) { _, world, _ in
            guard !world.hasDuplicateMarkers else { return }
            let first = try world.run()
            let second = try world.run()
            let touched = Set(first.operations.map(\.user))
            let late = second.operations.filter { $0.label != "drop" || !touched.contains($0.user) }
            try require(late.isEmpty, "\(second.labels) after \(first.labels)")
            let third = world.plan()
            try require(third.steps.isEmpty, "\(third.labels) after \(second.labels) after \(first.labels)")
        }
    }

    @Test func `once it is over, a run makes of the world what it would have made of it at once`() async {
        await World.each(2_000) { world, _ in
            guard !world.hasDuplicateMarkers else { return }
            var (atOnce, later) = (world, world)
            atOnce.editPolicy(brake: Policy.Brake(removals: 1_000, percent: 100, joins: 1_000))
            later = atOnce
            later.editPolicy(hold: .joinsFrozen)
            _ = try later.run()
            later.editPolicy(hold: .some(nil))
            _ = try later.run()
            _ = try atOnce.run()
            let access = { (world: World) in
                world.ours.filter(\.value.canLogIn).mapValues { Set($0.memberships.map(\.role)) }
            }
            try require(access(later) == access(atOnce), "\(access(later)), and at once \(access(atOnce))")
        }
    }

    @Test func `a target that is only planned gets the plan that it would get`() async {
        await World.each(1_000) { world, random in
            var held = world
            held.editPolicy(hold: random.chance(50) ? .everythingFrozen : .ring(number: 2, reached: 1))
            let (plan, other) = (held.plan(), world.plan())
            try require(held.policy.isOnlyPlanned, "it is only planned")
            try require(plan.steps == other.steps && plan.withheld == other.withheld, "\(plan.labels)")
            try require(plan.contentHash != other.contentHash, "an approval holds for one of them alone")
        }
    }
}
