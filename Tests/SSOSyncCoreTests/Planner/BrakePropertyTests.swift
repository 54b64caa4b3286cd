// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

/// Rule 4: the brake has a memory, so that a day is judged as one, however it is cut into runs.
@Suite("The brake, whatever the world")
struct BrakePropertyTests {
    /// Runs on one world, and who lost access in them.
    private struct Day {
        var world: World
        var plans: [Plan] = []
        /// Who lost access today, by what the server showed before and after each run.
        var reduced: Set<String> = []
        private(set) var removed: Set<UserId> = []
        private var inUse = 0

        init(_ world: World) {
            self.world = world
            let ours = world.ours
            for (name, login) in world.server.logins {
                guard let marker = login.markerValue, marker.owner == world.policy.owner,
                    marker.directory == world.directory.id,
                    marker.wasReduced(since: world.now.advanced(bySeconds: -World.day))
                else { continue }
                reduced.insert(ours[name] == nil ? "account \(name)" : "user \(marker.user)")
            }
        }

        mutating func run(_ scope: Scope) throws {
            let before = world.ours
            let markers = world.server.logins.values.compactMap(\.markerValue).filter {
                $0.owner == world.policy.owner && $0.directory == world.directory.id
            }
            let now = markers.count { marker in
                marker.state == .active || marker.wasReduced(since: world.now.advanced(bySeconds: -World.day))
            }
            // An account that was dropped today was in use when the day began.
            inUse = max(inUse, now)
            plans.append(try world.run(scope))
            let lost = losers(before)
            guard !lost.isEmpty else { return }
            removed.formUnion(lost)
            reduced.formUnion(lost.map { "user \($0)" })
            let brake = world.policy.brake
            try require(reduced.count <= brake.removals, "\(reduced.count) removals, and \(brake.removals) are allowed")
            let limit = max(1, inUse * brake.percent / 100)
            try require(reduced.count <= limit, "\(reduced.count) removals, and \(limit) are allowed by percent")
        }

        /// Who had an account in use and lost it, or a role of it.
        private func losers(_ before: [AccountName: InMemoryLogin]) -> Set<UserId> {
            var after: [UserId: InMemoryLogin] = [:]
            for login in world.ours.values { if let user = login.user { after[user] = login } }
            let lost = before.values.compactMap { login -> UserId? in
                guard let marker = login.markerValue, marker.state == .active else { return nil }
                guard let now = after[marker.user] else { return marker.user }
                let roles = Set(now.memberships.map(\.role))
                let isReduced =
                    now.markerValue?.state == .locked || !login.memberships.allSatisfy { roles.contains($0.role) }
                return isReduced ? marker.user : nil
            }
            return Set(lost)
        }
    }

    private static func partition(_ people: [UserId], _ random: inout SplitMix64) -> [Scope] {
        let count = Int.random(in: 1...max(1, people.count), using: &random)
        var parts = [Set<UserId>](repeating: [], count: count)
        for person in people {
            parts[Int.random(in: 0..<count, using: &random)].insert(person)
            // Events come twice, too.
            if random.chance(20) { parts[Int.random(in: 0..<count, using: &random)].insert(person) }
        }
        return parts.map(Scope.people)
    }

    @Test func `the removals of a day never exceed the brake, however they are cut into runs`() async {
        await World.each(1_500) { world, random in
            guard !world.hasDuplicateMarkers else { return }
            var world = world
            world.editPolicy(mode: .enforce, brake: Self.brake(&random, joins: 1_000))
            var day = Day(world)
            for scope in Self.partition(world.everybody, &random) + [.everyone] { try day.run(scope) }
        }
    }

    @Test func `runs over parts of the people trip the brake where one full run does`() async {
        await World.each(1_500) { world, random in
            guard !world.hasDuplicateMarkers else { return }
            var world = world
            world.editPolicy(mode: .enforce, brake: Self.brake(&random, joins: 0))
            let full = world.plan()
            // That a group is empty is not seen by who looks at some people only.
            guard !full.brake.removalsStoppedBecause.contains(where: { $0.hasPrefix("group ") }) else { return }
            var day = Day(world)
            for scope in Self.partition(world.everybody, &random) { try day.run(scope) }
            let tripped = day.plans.contains { $0.brake.stopsRemovals }
            try require(tripped == full.brake.stopsRemovals, "one full run: \(full.brake), parts: \(tripped)")
            guard !tripped else { return }
            var whole = Day(world)
            try whole.run(.everyone)
            try require(whole.removed == day.removed, "\(whole.removed) at once, and \(day.removed) in parts")
        }
    }

    @Test func `emptying a group trips the brake in a run of the group as in a full run`() async {
        var tripped = 0
        await World.each(1_500) { world, random in
            var world = world
            world.editPolicy(mode: .enforce, brake: Policy.Brake(removals: 1_000, percent: 100))
            let rule = random.pick(world.policy.groups)
            let group = rule.group
            if random.chance(70) { world.set(members: [], of: group) }
            for name in random.some(world.ours.keys.sorted(), percent: 60) {
                let missing = Set(rule.roles).subtracting(world.roles(name))
                world.server.logins[name]?.memberships += missing.map {
                    Membership(role: $0, grantor: "sso_provisioner")
                }
            }
            let full = Self.stops(world.plan(), for: group)
            let scoped = world.plan(group: group)
            try require(Self.stops(scoped, for: group) == full, "full run: \(full), run of \(group): \(scoped.brake)")
            guard !full.isEmpty else { return }
            tripped += 1
            try require(scoped.operations("lock").allSatisfy { $0.marker?.reduced != world.now }, "nobody is locked")
        }
        #expect(tripped > 50)
    }

    /// Why the brake stops removals, as far as a group is concerned.
    private static func stops(_ plan: Plan, for group: GroupName) -> [String] {
        // By bytes: some groups' names differ in spelling alone.
        plan.brake.removalsStoppedBecause.filter { $0.utf8.starts(with: "group \(group) ".utf8) }
    }

    private static func brake(_ random: inout SplitMix64, joins: Int) -> Policy.Brake {
        random.chance(50)
            ? Policy.Brake(removals: Int.random(in: 0...4, using: &random), percent: 100, joins: joins)
            : Policy.Brake(removals: 1_000, percent: random.pick([0, 10, 25, 34, 50, 75]), joins: joins)
    }

    @Test func `a release lets exactly its own removals go, and a later run counts them no more`() async {
        await World.each(1_500) { world, _ in
            guard !world.hasDuplicateMarkers else { return }
            var world = world
            world.editPolicy(mode: .enforce, brake: Policy.Brake(removals: 0, percent: 0, joins: 1_000))
            let stopped = world.plan()
            guard stopped.brake.stopsRemovals, let hash = stopped.brake.removalsHash else { return }
            let earlier = stopped.brake.earlierRemovals
            world.released = [hash]
            let released = try world.run()
            try require(released.brake.isReleased && !released.brake.stopsRemovals, "the removals go")
            let withheld = stopped.withheld.filter { $0.cause == .removalsBrake }.map(\.step.operation.user)
            let taken = released.operations("lock", "revoke").map(\.user)
            try require(Set(withheld).isSubset(of: taken), "\(withheld) are all released")
            try require(world.plan().brake.earlierRemovals <= earlier, "they do not count")
        }
    }

    @Test(arguments: [
        Policy.Brake(removals: 12, percent: 100, joins: 0), Policy.Brake(removals: 1_000, percent: 3, joins: 0),
    ])
    func `hundreds of runs of one person trip the brake like one run of hundreds`(brake: Policy.Brake) throws {
        let people = (0..<400).map { UserId("p\(1_000 + $0)") }
        var world = World(members: ["g1": people])
        _ = try world.run()
        world.pass(2 * World.day)
        world.editPolicy(brake: brake)
        // Everybody moves to another group, so that no group is empty.
        world.set(members: ["other"])
        #expect(world.plan().brake.stopsRemovals)
        #expect(world.plan().operations("lock").isEmpty)
        var locked = 0
        for person in people {
            world.pass(60)
            locked += try world.run(.people([person])).operations("lock").count
        }
        let limit = 12
        #expect(locked == limit)
        #expect(world.plan().brake.stopsRemovals)
        #expect(world.plan().brake.earlierRemovals == limit)
        world.pass(2 * World.day)
        #expect(try world.run(.people([people[50]])).operations("lock").count == 1)
    }
}
