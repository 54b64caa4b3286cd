// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTesting
import Testing

@Suite("The brake")
struct BrakeTests {
    /// Ten people in one group, in use for two days.
    private func world(
        _ brake: Policy.Brake = Policy.Brake(removals: 2, percent: 100, joins: 100),
        leavers: Policy.Leavers = Policy.Leavers()
    ) throws -> World {
        var world = World(members: ["g1": (0..<10).map { UserId("p\($0)") }], leavers: leavers)
        _ = try world.run()
        world.pass(2 * World.day)
        world.editPolicy(brake: brake)
        return world
    }

    private func people(_ range: Range<Int>) -> [UserId] { range.map { UserId("p\($0)") } }

    @Test func `at the limit removals go, beyond it none does and joins go on`() throws {
        var world = try world()
        world.set(members: people(2..<10))
        #expect(world.plan().operations("lock").count == 2)
        world.set(members: people(3..<10) + ["new"])
        let plan = world.plan()
        #expect(plan.labels == ["create new"])
        #expect(plan.withheld.count == 3)
        #expect(Set(plan.withheld.map(\.cause)) == [.removalsBrake])
        #expect(plan.brake.removalsStoppedBecause == ["3 removals within a day, and the brake allows 2"])
    }

    @Test func `percentages are of all accounts in use, and one removal a day is always allowed`() throws {
        var world = try world(Policy.Brake(removals: 100, percent: 20))
        world.set(members: people(2..<10))
        #expect(!world.plan().brake.stopsRemovals)
        world.set(members: people(3..<10))
        #expect(world.plan().brake.stopsRemovals)
        world.editPolicy(brake: Policy.Brake(removals: 100, percent: 0))
        #expect(world.plan().brake.stopsRemovals)
        world.set(members: people(1..<10))
        #expect(!world.plan().brake.stopsRemovals)
    }

    @Test func `the memory lasts a day`() throws {
        var world = try world()
        world.set(members: people(2..<10))
        _ = try world.run()
        world.set(members: people(3..<10))
        world.pass(World.day - 1)
        #expect(world.plan().brake.stopsRemovals)
        world.pass(1)
        #expect(!world.plan().brake.stopsRemovals)
    }

    @Test func `a revoke from someone who stays counts like a lock, and once for one account`() throws {
        var world = World(
            rules: ["g1": ["r1"], "g2": ["r2"]],
            members: ["g1": ["a", "b", "c"], "g2": ["a", "b", "c"]]
        )
        _ = try world.run()
        world.pass(2 * World.day)
        world.editPolicy(brake: Policy.Brake(removals: 1, percent: 100))
        world.set(members: ["b", "c"], of: "g2")
        _ = try world.run()
        #expect(world.plan().brake.earlierRemovals == 1)
        world.set(members: ["b", "c"], of: "g1")
        #expect(!world.plan().brake.stopsRemovals)
        world.set(members: ["c"], of: "g1")
        #expect(world.plan().brake.stopsRemovals)
    }

    @Test func `a drop does not forget the removal before it`() throws {
        var world = try world(leavers: Policy.Leavers(quarantine: 0))
        world.set(members: people(2..<10))
        _ = try world.run()
        world.pass(World.day - 1)
        #expect(world.plan().steps.isEmpty)
        world.set(members: people(3..<10))
        #expect(world.plan().brake.stopsRemovals)
        world.set(members: people(2..<10))
        world.pass(1)
        #expect(try world.run().labels == ["drop p0", "drop p1"])
    }

    @Test func `a drop waits for the day although the brake is wide open, for it may be closed again within the day`()
        throws
    {
        var world = try world(
            Policy.Brake(removals: 100, percent: 100, joins: 100),
            leavers: Policy.Leavers(quarantine: 0)
        )
        world.set(members: people(2..<10))
        _ = try world.run()
        world.pass(World.day - 1)
        #expect(world.plan().steps.isEmpty)
        world.pass(1)
        #expect(world.plan().labels == ["drop p0", "drop p1"])
    }

    @Test func `a removal that was released is dropped without waiting for the day`() throws {
        var world = try world(leavers: Policy.Leavers(quarantine: 0))
        world.set(members: people(5..<10))
        world.released = [try #require(world.plan().brake.removalsHash)]
        #expect(try world.run().operations("lock").count == 5)
        #expect(try world.run().operations("drop").count == 5)
    }

    @Test func `a release frees one set of removals, not the same one and somebody else's`() throws {
        var world = try world()
        world.set(members: people(5..<10))
        let hash = try #require(world.plan().brake.removalsHash)
        world.released = [hash]
        #expect(!world.plan().brake.stopsRemovals)
        world.set(members: people(6..<10))
        #expect(world.plan().brake.stopsRemovals)
        #expect(world.plan().brake.removalsHash != hash)
        #expect(world.plan().operations("lock").isEmpty)
        world.set(members: people(4..<10))
        #expect(world.plan().brake.stopsRemovals)
        world.set(members: people(5..<10) + ["new"])
        #expect(!world.plan().brake.stopsRemovals)
    }

    @Test func `a release on one target is none on another`() throws {
        var world = try world()
        world.set(members: people(5..<10))
        let hash = world.plan().brake.removalsHash
        world.policy = Policy(
            target: "billing",
            owner: World.owner,
            groups: world.policy.groups,
            brake: world.policy.brake
        )
        #expect(world.plan().brake.removalsHash != hash)
    }

    @Test func `released removals leave room for others on the same day`() throws {
        var world = try world()
        world.set(members: people(5..<10))
        world.released = [try #require(world.plan().brake.removalsHash)]
        _ = try world.run()
        world.set(members: people(6..<10))
        #expect(world.plan().brake.earlierRemovals == 0)
        #expect(try world.run().operations("lock").count == 1)
    }

    @Test func `a group of several that is suddenly empty trips the brake within all limits`() throws {
        var world = try world(Policy.Brake(removals: 1_000, percent: 100))
        world.set(members: [])
        let plan = world.plan()
        #expect(plan.operations("lock").isEmpty)
        #expect(
            plan.brake.removalsStoppedBecause == ["group g1 has no member any more, and 10 accounts hold its roles"]
        )
        world.released = [try #require(plan.brake.removalsHash)]
        #expect(try world.run().operations("lock").count == 10)
    }

    @Test func `a group whose members are all disabled counts as empty`() throws {
        var world = try world(Policy.Brake(removals: 1_000, percent: 100))
        for id in people(0..<10) { world.set(Person(id: id, accountName: AccountName(id.rawValue), isEnabled: false)) }
        #expect(world.plan().brake.stopsRemovals)
    }

    @Test func `the last member of a group of one may leave`() throws {
        var world = World(members: ["g1": ["ann"]])
        _ = try world.run()
        world.pass(2 * World.day)
        world.set(members: [])
        #expect(try world.run().operations("lock").count == 1)
    }

    @Test func `joins have a limit that counts restored accounts and remembers the day`() throws {
        var world = try world(Policy.Brake(removals: 100, percent: 100, joins: 2))
        world.set(members: people(1..<10))
        _ = try world.run()
        world.set(members: people(0..<10) + ["new"])
        #expect(try world.run().labels == ["create new", "restore p0"])
        world.set(members: people(0..<9) + ["new", "newer"])
        let plan = try world.run()
        #expect(plan.labels == ["lock p9", "end-sessions p9", "revoke p9"])
        #expect(plan.withheld.map(\.cause) == [.joinsBrake])
        #expect(plan.brake.joinsStoppedBecause == "3 joins within a day, and the brake allows 2")
        world.pass(World.day)
        #expect(try world.run().labels == ["create newer"])
    }

    @Test func `joins beyond the limit all wait, and so does who returns`() throws {
        var world = try world(Policy.Brake(removals: 100, percent: 100, joins: 1))
        world.set(members: people(1..<10))
        _ = try world.run()
        world.set(members: people(0..<10) + ["new"])
        let plan = world.plan()
        #expect(plan.steps.isEmpty)
        #expect(plan.withheld.map(\.step.operation.label) == ["create", "restore"])
        world.set(members: people(0..<10))
        #expect(try world.run().labels == ["restore p0"])
    }

    @Test func `a marker from the future is taken for recent and does not loosen the brake`() throws {
        var world = try world()
        for name in ["p8", "p9"] as [AccountName] {
            let later = world.now.advanced(bySeconds: 300 * World.day)
            world.editMarker(name) { $0.reduced = later }
        }
        world.set(members: people(1..<10))
        #expect(world.plan().brake.earlierRemovals == 2)
        #expect(world.plan().brake.stopsRemovals)
    }
}
