// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTesting
import Testing

@Suite("Leaving and coming back")
struct LeavingTests {
    private func world(leavers: Policy.Leavers = Policy.Leavers()) throws -> World {
        var world = World(
            rules: ["g1": ["r1"], "g2": ["r2", "r1"]],
            members: ["g1": ["ann", "ben"], "g2": ["ann"]],
            leavers: leavers
        )
        _ = try world.run()
        world.pass(2 * World.day)
        return world
    }

    @Test func `who leaves one of two groups keeps what the other one gives`() throws {
        var world = try world()
        world.set(members: ["ben"], of: "g1")
        #expect(world.plan().steps.isEmpty)
        world.set(members: ["ann", "ben"], of: "g1")
        world.set(members: [], of: "g2")
        let plan = try world.run()
        #expect(plan.labels == ["revoke ann", "disconnect ann"])
        #expect(plan.steps.map(\.reason) == [.rolesNotEntitled, .mayBeInLostRole])
        #expect(world.roles("ann") == ["r1"])
        #expect(world.login("ann")?.canLogIn == true)
    }

    @Test func `who leaves is locked first, then loses sessions and roles`() throws {
        var world = try world()
        world.set(members: ["ann"], of: "g1")
        let plan = try world.run()
        #expect(plan.labels == ["lock ben", "end-sessions ben", "revoke ben"])
        #expect(plan.operations.map(\.phase) == [.lock, .withdraw, .withdraw])
        let marker = try #require(world.login("ben")?.markerValue)
        #expect(marker.state == .locked && marker.reduced == world.now && marker.asOf == world.directory.asOf)
    }

    @Test func `who returns within the quarantine gets the same account back`() throws {
        var world = try world()
        world.set(members: ["ann"], of: "g1")
        _ = try world.run()
        world.pass(29 * World.day)
        world.set(members: ["ann", "ben"], of: "g1")
        let plan = try world.run()
        #expect(plan.labels == ["restore ben"])
        #expect(plan.steps.map(\.reason) == [.returned(groups: ["g1"])])
        #expect(world.roles("ben") == ["r1"])
        #expect(world.login("ben")?.canLogIn == true)
        #expect(world.plan().steps.isEmpty)
    }

    @Test func `who returns after a role was given by somebody else comes back without it`() throws {
        var world = try world()
        world.set(members: ["ann"], of: "g1")
        _ = try world.run()
        world.server.logins["ben"]?.memberships = [Membership(role: "r2", grantor: "dba_joe", isOurs: false)]
        world.set(members: ["ann", "ben"], of: "g1")
        #expect(try world.run().labels == ["revoke ben", "restore ben"])
        #expect(world.roles("ben") == ["r1"])
    }

    @Test func `an account is dropped when its quarantine is over, not before`() throws {
        var world = try world()
        world.set(members: ["ann"], of: "g1")
        _ = try world.run()
        world.pass(30 * World.day - 1)
        #expect(world.plan().steps.isEmpty)
        world.pass(1)
        let plan = try world.run()
        #expect(plan.labels == ["drop ben"])
        #expect(plan.steps.map(\.reason) == [.quarantineOver(lockedAt: World.start.advanced(bySeconds: 2 * World.day))])
        #expect(world.login("ben") == nil)
    }

    @Test func `who keeps accounts keeps them`() throws {
        var world = try world(leavers: Policy.Leavers(quarantine: 0, then: .keep))
        world.set(members: ["ann"], of: "g1")
        _ = try world.run()
        world.pass(400 * World.day)
        #expect(world.plan().steps.isEmpty)
    }

    @Test func `an account on which objects depend stays, and the report says what and where`() throws {
        var world = try world()
        let statement = "REASSIGN OWNED BY ben TO shop_owner;"
        world.server.logins["ben"]?.blockers = [
            DropBlocker(database: "shop", kind: "table", count: 2, statement: statement)
        ]
        world.set(members: ["ann"], of: "g1")
        _ = try world.run()
        world.pass(31 * World.day)
        let plan = world.plan()
        #expect(plan.steps.isEmpty)
        let finding = try #require(plan.content.findings.first { $0.kind == .keptForObjects })
        #expect(finding.message.contains("2 table in database shop"))
        #expect(finding.statements == [statement])
    }

    @Test func `a locked account with a session is not dropped but disconnected`() throws {
        var world = try world()
        world.set(members: ["ann"], of: "g1")
        _ = try world.run()
        world.server.logins["ben"]?.sessions = 1
        world.pass(31 * World.day)
        #expect(try world.run().labels == ["end-sessions ben"])
        #expect(try world.run().labels == ["drop ben"])
    }

    @Test func `a session that the lock left is ended before the account of who returns gets another name`() throws {
        var world = try world()
        world.set(members: ["ann"], of: "g1")
        _ = try world.run()
        world.server.logins["ben"]?.sessions = 1
        world.set(members: ["ann", "ben"], of: "g1")
        world.rename("ben", to: "ben.b")
        let plan = try world.run()
        #expect(plan.labels == ["end-sessions ben", "rename ben", "restore ben.b", "disconnect ben.b"])
        #expect(plan.steps.first?.reason == .stillConnected)
        #expect(world.login("ben.b")?.sessions == 0 && world.plan().steps.isEmpty)
    }

    @Test func `a session that the lock left is ended when its person returns, for it may be in a role that is gone`()
        throws
    {
        var world = try world()
        world.set(members: ["ann"], of: "g1")
        _ = try world.run()
        world.server.logins["ben"]?.sessions = 1
        world.set(members: ["ann", "ben"], of: "g1")
        #expect(try world.run().labels == ["end-sessions ben", "restore ben", "disconnect ben"])
        #expect(world.login("ben")?.sessions == 0 && world.plan().steps.isEmpty)
    }

    @Test func `an account that somebody unlocked is locked before who returns gets another name`() throws {
        var world = try world()
        world.set(members: ["ann"], of: "g1")
        _ = try world.run()
        world.server.logins["ben"]?.canLogIn = true
        world.set(members: ["ann", "ben"], of: "g1")
        world.rename("ben", to: "ben.b")
        #expect(try world.run().labels == ["lock ben", "end-sessions ben", "rename ben", "restore ben.b"])
    }

    @Test(arguments: [false, true])
    func
        `where runs only let people in, no rename leaves a session behind either, unless others have unlocked the account`(
            isUnlocked: Bool
        ) throws
    {
        var world = try world()
        world.set(members: ["ann"], of: "g1")
        _ = try world.run()
        world.server.logins["ben"]?.sessions = 1
        world.server.logins["ben"]?.canLogIn = isUnlocked
        world.set(members: ["ann", "ben"], of: "g1")
        world.rename("ben", to: "ben.b")
        world.editPolicy(mode: .joins)
        let end = isUnlocked ? [] : ["end-sessions ben"]
        #expect(try world.run().labels == end + ["rename ben", "restore ben.b"])
    }

    @Test(arguments: [Policy.Mode.joins, .enforce])
    func `a locked account with a session keeps its name where runs only let people in`(mode: Policy.Mode) throws {
        var world = try world()
        world.set(members: ["ann"], of: "g1")
        _ = try world.run()
        world.server.logins["ben"]?.sessions = 1
        world.set(Person(id: "ben2", accountName: "ben"))
        world.set(members: ["ann", "ben2"], of: "g1")
        world.editPolicy(mode: mode)
        let plan = try world.run()
        guard mode == .joins else {
            #expect(plan.labels.first == "end-sessions ben" && plan.labels.last == "create ben")
            return
        }
        #expect(plan.labels.isEmpty && plan.conflictKinds.contains(.nameTaken))
        world.server.logins["ben"]?.sessions = 0
        #expect(try world.run().labels.last == "create ben")
    }

    @Test func `a leaver whom someone made CREATEROLE is still locked`() throws {
        var world = try world()
        world.server.logins["ben"]?.foreignAttributes = ["CREATEROLE"]
        #expect(world.plan().conflictKinds == [.unexpectedShape])
        world.set(members: ["ann"], of: "g1")
        #expect(try world.run().operations.first?.label == "lock")
        #expect(world.login("ben")?.canLogIn == false)
        world.pass(31 * World.day)
        #expect(world.plan().steps.isEmpty)
        #expect(world.plan().content.findings.contains { $0.kind == .keptForObjects })
    }

    @Test func `a leaver whom someone unlocked is locked again, and the brake does not count it`() throws {
        var world = try world()
        world.set(members: ["ann"], of: "g1")
        _ = try world.run()
        world.server.logins["ben"]?.canLogIn = true
        world.editPolicy(brake: Policy.Brake(removals: 0, percent: 0))
        world.pass(2 * World.day)
        let plan = try world.run()
        #expect(plan.labels == ["lock ben", "end-sessions ben"])
        #expect(plan.steps.first?.reason == .unlockedByOthers)
        #expect(plan.brake.removals == 0)
        #expect(world.login("ben")?.markerValue?.reduced == world.now.advanced(bySeconds: -2 * World.day))
        // Somebody used the account since, so its quarantine begins anew.
        world.pass(29 * World.day)
        #expect(world.plan().steps.isEmpty)
        world.pass(World.day)
        #expect(world.plan().labels == ["drop ben"])
    }

    @Test func `an account that somebody else locked stays locked and is reported`() throws {
        var world = try world()
        world.server.logins["ben"]?.canLogIn = false
        let plan = world.plan()
        #expect(plan.steps.isEmpty)
        #expect(plan.conflictKinds == [.lockedByOthers])
    }

    @Test func `somebody disabled leaves like somebody who is gone`() throws {
        var world = try world()
        world.set(Person(id: "ben", accountName: "ben", isEnabled: false))
        let plan = world.plan()
        #expect(plan.labels == ["lock ben", "end-sessions ben", "revoke ben"])
        #expect(Set(plan.steps.map(\.reason)) == [.disabled])
    }

    @Test func `a member whom the directory does not know leaves`() throws {
        var world = try world()
        world.editDirectory(people: world.directory.people.filter { $0.id != "ben" })
        #expect(world.plan().labels.first == "lock ben")
        #expect(world.plan().steps.first?.reason == .left)
    }

    @Test func `a membership that only its grantor can revoke is reported with the statement`() throws {
        var world = try world()
        world.server.logins["ben"]?.memberships.append(
            Membership(role: "r2", grantor: "dba_joe", isOurs: false, isRevocable: false, statement: "REVOKE r2 …")
        )
        let plan = world.plan()
        #expect(plan.steps.isEmpty)
        #expect(plan.content.findings.map(\.kind) == [.lostRoleKept])
        #expect(plan.content.findings.first?.statements == ["REVOKE r2 …"])
    }

    @Test func `what cannot be revoked is urgent where somebody goes on using it, and is to lose it`() throws {
        func findings(isUsable: Bool = true, mode: Policy.Mode = .enforce, leaves: Bool = false) throws -> [Finding] {
            var world = try world()
            world.server.logins["ben"]?.memberships.append(
                Membership(role: "r2", grantor: "dba_joe", isUsable: isUsable, isOurs: false, isRevocable: false)
            )
            if leaves { world.set(Person(id: "ben", accountName: "ben", isEnabled: false)) }
            world.policy = Policy(
                target: world.policy.target,
                owner: world.policy.owner,
                mode: mode,
                groups: world.policy.groups
            )
            return world.plan().content.findings
        }
        #expect(try findings().map(\.isUrgent) == [true])
        for harmless in [
            try findings(isUsable: false), try findings(mode: .joins), try findings(mode: .plan),
            try findings(leaves: true),
        ] {
            #expect(harmless.map(\.kind) == [.irrevocableMembership] && !harmless.contains(where: \.isUrgent))
        }
    }

    @Test func `a membership that gives no access does not stand for one that does`() throws {
        var world = try world()
        world.server.logins["ben"]?.memberships = [
            Membership(role: "r1", grantor: "dba_joe", isUsable: false, isOurs: false, isRevocable: false)
        ]
        #expect(try world.run().labels == ["grant ben"])
    }

    @Test func `a role of somebody else's that no group maps to is reported and left`() throws {
        var world = try world()
        world.server.logins["ben"]?.memberships.append(Membership(role: "r3", grantor: "dba_joe", isOurs: false))
        let plan = world.plan()
        #expect(plan.steps.isEmpty)
        #expect(plan.content.findings.map(\.kind) == [.foreignMembership])
    }

    @Test func `a role of ours that no group maps to any more goes`() throws {
        var world = try world()
        world.editPolicy(groups: [Policy.GroupRule(group: "g1", roles: ["r1"])])
        #expect(try world.run().labels == ["revoke ann", "disconnect ann"])
        #expect(world.roles("ann") == ["r1"])
    }
}
