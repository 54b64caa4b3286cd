// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTesting
import Testing

@Suite("Access that must not linger")
struct LingeringAccessTests {
    private func world(members: [GroupName: [UserId]] = ["g1": ["ann", "ben", "cem"], "g2": ["ann"]]) throws -> World {
        var world = World(rules: ["g1": ["r1"], "g2": ["r2"]], members: members)
        _ = try world.run()
        world.pass(2 * World.day)
        return world
    }

    @Test func `a leaver whose login by IAM token was taken away fails the run, which names them`() throws {
        var world = try world()
        world.server.logins["ben"]?.usesIAM = false
        world.set(members: ["ann", "cem"], of: "g1")
        let plan = world.plan()
        #expect(plan.steps.isEmpty)
        #expect(plan.content.conflicts.map(\.kind) == [.leaverNotLocked])
        #expect(plan.content.conflicts.map(\.account) == ["ben"])
        #expect(TargetReport(target: "orders", plan: plan, wasApplied: true).verdict == .partialFailure)
    }

    @Test func `a leaver whose account was renamed fails the run, which names it, until it is locked by hand`() throws {
        var world = try world()
        world.server.logins["ben_old"] = world.server.logins.removeValue(forKey: "ben")
        world.set(members: ["ann", "cem"], of: "g1")
        for _ in 1...2 {
            let plan = try world.run()
            #expect(plan.steps.isEmpty)
            #expect(plan.content.conflicts.map(\.kind) == [.leaverNotLocked])
            #expect(plan.content.conflicts.map(\.account) == ["ben_old"])
            #expect(TargetReport(target: "orders", plan: plan, wasApplied: true).verdict == .partialFailure)
            world.delete("ben")
        }
        world.server.logins["ben_old"]?.canLogIn = false
        let plan = world.plan()
        #expect(plan.content.conflicts.map(\.kind) == [.unexpectedShape])
        #expect(TargetReport(target: "orders", plan: plan, wasApplied: true).verdict == .inSync)
    }

    @Test(arguments: ["no IAM login", "protected", "renamed"])
    func `a leaver who was locked by hand and is still connected fails the run until the sessions are gone`(
        change: String
    ) throws {
        var world = try world()
        world.server.logins["ben"]?.canLogIn = false
        world.server.logins["ben"]?.sessions = 1
        var name: AccountName = "ben"
        switch change {
        case "no IAM login": world.server.logins["ben"]?.usesIAM = false
        case "protected": world.editPolicy(protectedNames: [Glob("b*")])
        default:
            name = "ben_old"
            world.server.logins[name] = world.server.logins.removeValue(forKey: "ben")
        }
        world.set(members: ["ann", "cem"], of: "g1")
        let plan = try world.run()
        #expect(plan.steps.isEmpty)
        #expect(plan.content.conflicts.map(\.kind) == [.leaverNotLocked])
        #expect(plan.content.conflicts.map(\.account) == [name])
        #expect(TargetReport(target: "orders", plan: plan, wasApplied: true).verdict == .partialFailure)
        world.server.logins[name]?.sessions = 0
        #expect(world.plan().content.conflicts.map(\.kind) == [.unexpectedShape])
    }

    @Test func `a leaver whose account is protected by the configuration is left alone and fails the run`() throws {
        var world = try world()
        world.editPolicy(protectedNames: [Glob("b*")])
        #expect(world.plan().content.conflicts.allSatisfy { $0.kind != .leaverNotLocked })
        world.set(members: ["ann", "cem"], of: "g1")
        let plan = try world.run()
        #expect(plan.steps.isEmpty)
        #expect(plan.content.conflicts.map(\.kind) == [.leaverNotLocked])
        // Where nobody is removed, nothing is wrong with that.
        for mode in [Policy.Mode.joins, .plan] {
            world.editPolicy(mode: mode)
            #expect(world.plan().content.conflicts.map(\.kind) == [.unexpectedShape])
        }
        world.editPolicy(mode: .enforce)
        world.server.logins["ben"]?.canLogIn = false
        #expect(world.plan().content.conflicts.map(\.kind) == [.unexpectedShape])
    }

    @Test func `a service account with a copied marker does not fail runs while the person is entitled`() throws {
        var world = try world()
        world.server.logins["robot"] = world.login("ben")
        let plan = world.plan()
        #expect(plan.content.conflicts.map(\.kind) == [.unexpectedShape])
        #expect(TargetReport(target: "orders", plan: plan, wasApplied: true).verdict == .inSync)
    }

    @Test func `a person whom somebody gave an attribute gets nothing, and loses what no group gives`() throws {
        var world = try world()
        world.server.logins["ann"]?.foreignAttributes = ["CREATEDB"]
        world.set(members: [], of: "g2")
        world.set(members: ["ben", "cem", "ann"], of: "g1")
        let plan = try world.run()
        #expect(plan.labels == ["revoke ann", "disconnect ann"])
        #expect(world.roles("ann") == ["r1"])
    }

    @Test func `all accounts that carry a leaver's marker are locked`() throws {
        var world = try world()
        var copy = try #require(world.login("ben"))
        var marker = try #require(copy.markerValue)
        marker.nameHash = Marker.nameHash("ben2", user: "ben")
        copy.marker = .marker(marker)
        world.server.logins["ben2"] = copy
        world.set(members: ["ann", "cem"], of: "g1")
        let plan = try world.run()
        #expect(plan.operations("lock").map(\.account) == ["ben", "ben2"])
    }

    @Test func `nobody comes back to a mapped role that they are not entitled to and that we cannot revoke`() throws {
        var world = try world()
        world.set(members: ["ann", "cem"], of: "g1")
        _ = try world.run()
        let grant = Membership(role: "r2", grantor: "dba", isOurs: false, isRevocable: false, statement: "REVOKE …;")
        world.server.logins["ben"]?.memberships = [grant]
        world.set(members: ["ann", "ben", "cem"], of: "g1")
        let plan = try world.run()
        #expect(plan.operations("restore").isEmpty)
        #expect(world.login("ben")?.canLogIn == false)
        world.server.logins["ben"]?.sessions = 1
        #expect(world.plan().overdue == nil)
        world.pass(Plan.timeToBeOut + 1)
        #expect(world.plan().overdue == ["ben"])
        #expect(try world.run().labels == ["end-sessions ben"])
        #expect(world.plan().steps.isEmpty && world.plan().overdue == nil)
    }

    @Test(arguments: ["freeze", "joins brake", "older reading"])
    func `a session of who waits to come back is ended, whatever the return waits for`(cause: String) throws {
        var world = try world()
        world.set(members: ["ann", "cem"], of: "g1")
        _ = try world.run()
        world.server.logins["ben"]?.sessions = 1
        world.set(members: ["ann", "ben", "cem"], of: "g1")
        switch cause {
        case "freeze": world.editPolicy(hold: .joinsFrozen)
        case "joins brake": world.editPolicy(brake: Policy.Brake(removals: 10, percent: 100, joins: 0))
        default: world.editMarker("ben") { $0.asOf = $0.asOf.advanced(bySeconds: 60) }
        }
        let plan = try world.run()
        #expect(plan.labels == ["end-sessions ben"])
        #expect(plan.withheld.map(\.step.operation.label) == ["restore"])
        #expect(world.plan().steps.isEmpty)
    }

    @Test func `an account that somebody unlocked is locked again while its return waits`() throws {
        var world = try world()
        world.set(members: ["ann", "cem"], of: "g1")
        _ = try world.run()
        world.server.logins["ben"]?.canLogIn = true
        world.set(members: ["ann", "ben", "cem"], of: "g1")
        world.editPolicy(brake: Policy.Brake(removals: 10, percent: 100, joins: 0))
        let plan = try world.run()
        #expect(plan.labels == ["lock ben", "end-sessions ben"])
        #expect(world.login("ben")?.canLogIn == false)
    }

    @Test func `an emptied group trips the brake although one of its roles is missing here`() throws {
        var world = World(rules: ["g1": ["r1", "r9"], "g2": ["r2"]], members: ["g1": ["ann", "ben"], "g2": ["cem"]])
        world.server.roles["r9"] = nil
        _ = try world.run()
        world.pass(2 * World.day)
        world.editPolicy(brake: Policy.Brake(removals: 100, percent: 100, joins: 100))
        world.set(members: [], of: "g1")
        #expect(world.plan().brake.stopsRemovals)
    }
}
