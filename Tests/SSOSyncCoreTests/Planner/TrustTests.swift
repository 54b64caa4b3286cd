// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTesting
import Testing

@Suite("What is trusted: markers, readings, roles")
struct TrustTests {
    private func world() throws -> World {
        var world = World(members: ["g1": ["ann", "ben"]])
        _ = try world.run()
        world.pass(World.hour)
        return world
    }

    // MARK: Markers

    @Test func `a marker that was copied to another account makes nothing ours`() throws {
        var world = try world()
        world.server.logins["master"] = world.login("ben")
        #expect(world.plan().conflictKinds == [.unexpectedShape])
        world.set(members: ["ann"])
        let plan = try world.run()
        #expect(!plan.operations.contains { $0.account == "master" })
        #expect(world.login("master")?.canLogIn == true)
        // It may as well be an account of ben's that somebody has renamed.
        #expect(plan.conflictKinds == [.leaverNotLocked])
    }

    @Test func `of two accounts with one person's marker the one in use is the person's`() throws {
        var world = try world()
        let old = Marker(
            owner: World.owner,
            directory: World.directoryId,
            user: "ben",
            name: "abe",
            state: .locked,
            asOf: World.start
        )
        world.server.logins["abe"] = InMemoryLogin(marker: .marker(old), canLogIn: false)
        let plan = world.plan()
        #expect(plan.steps.isEmpty)
        #expect(plan.conflictKinds == [.duplicateMarker])
    }

    @Test(arguments: ["none", "damaged", "newer", "owner", "case of owner", "directory", "password"])
    func `an account that is not ours keeps its name and is left alone`(kind: String) throws {
        var world = try world()
        var login = try #require(world.login("ben"))
        switch kind {
        case "none": login.marker = .none
        case "damaged": login.marker = .damaged
        case "newer": login.marker = .newer(version: 2)
        case "password": login.usesIAM = false
        default: break
        }
        world.server.logins["ben"] = login
        world.editMarker("ben") { marker in
            if kind == "owner" { marker.owner = "staging" }
            if kind == "case of owner" { marker.owner = "Prod" }
            if kind == "directory" { marker.directory = "d-2" }
        }
        #expect(world.plan().conflictKinds.contains(.nameTaken))
        #expect(world.plan().steps.isEmpty)
        world.set(members: ["ann"])
        #expect(world.plan().steps.isEmpty)
        let findings = world.plan().content.findings
        switch kind {
        case "none": #expect(findings.map(\.kind) == [.unmarkedIAMLogin])
        case "damaged", "newer": #expect(findings.map(\.kind) == [.unreadableMarker])
        case "directory": #expect(findings.map(\.kind) == [.otherDirectory])
        default: #expect(findings.isEmpty)
        }
    }

    @Test(arguments: [MarkerReading.damaged, .newer(version: 2)])
    func `an IAM login whose marker cannot be read is reported, unless it is locked or ignored`(marker: MarkerReading)
        throws
    {
        var world = try world()
        for name: AccountName in ["app", "report_1"] { world.server.logins[name] = InMemoryLogin(marker: marker) }
        world.server.logins["locked"] = InMemoryLogin(marker: marker, canLogIn: false)
        world.server.logins["master"] = InMemoryLogin(marker: marker, usesIAM: false)
        world.policy = Policy(
            target: "orders",
            owner: World.owner,
            groups: world.policy.groups,
            ignoredNames: [Glob("report_*")]
        )
        let findings = world.plan().content.findings
        #expect(findings.map(\.kind) == [.unreadableMarker])
        #expect(findings.map(\.account) == ["app"])
        #expect(world.plan(.people(["ann"])).content.findings.isEmpty)
    }

    @Test func `accounts that were made for another directory are counted: somebody has changed its id`() throws {
        var world = try world()
        for user: AccountName in ["ann", "ben"] { world.editMarker(user) { $0.directory = "d-2" } }
        let findings = world.plan().content.findings
        #expect(findings.map(\.kind) == [.otherDirectory])
        #expect(findings.first?.message.hasPrefix("2 accounts were made by deployment prod for directory d-2") == true)
        #expect(world.plan(.people(["ann"])).content.findings.isEmpty)
    }

    @Test func `an IAM login without a marker is reported, unless it is ignored`() throws {
        var world = try world()
        world.server.logins["app"] = InMemoryLogin()
        world.server.logins["report_1"] = InMemoryLogin()
        world.server.logins["master"] = InMemoryLogin(usesIAM: false)
        world.policy = Policy(
            target: "orders",
            owner: World.owner,
            groups: world.policy.groups,
            ignoredNames: [Glob("report_*")]
        )
        let findings = world.plan().content.findings
        #expect(findings.map(\.kind) == [.unmarkedIAMLogin])
        #expect(findings.map(\.account) == ["app"])
    }

    // MARK: Readings

    @Test func `a reading that is older than the last decision neither restores nor grants nor removes`() throws {
        var world = try world()
        let before = world.directory
        world.pass(World.hour)
        world.set(members: ["ann"])
        _ = try world.run()
        // The earlier reading arrives late, in which ben is still a member.
        world.directory = before
        let plan = world.plan()
        #expect(plan.steps.isEmpty)
        #expect(plan.withheld.map(\.cause) == [.olderDirectory])
        #expect(plan.withheld.map(\.step.operation.label) == ["restore"])
    }

    @Test func `an older reading in which somebody was not yet a member locks nobody`() throws {
        var world = World(members: ["g1": ["ann"]])
        _ = try world.run()
        let before = world.directory
        world.pass(World.hour)
        world.set(members: ["ann", "ben"])
        _ = try world.run()
        world.directory = before
        #expect(world.plan().steps.isEmpty)
        #expect(world.plan().withheld.map(\.cause) == [.olderDirectory])
    }

    @Test
    func `a group that is not pinned is named with its id in every plan, and one created anew then stops the plan`()
        throws
    {
        var world = World(members: ["g1": ["ann"]])
        #expect(world.plan().content.findings.isEmpty)
        world.editPolicy(groups: [Policy.GroupRule(group: "g1", roles: ["r1"])])
        for scope in [.everyone, .people(["ann"])] as [Scope] {
            let findings = world.plan(scope).content.findings
            #expect(findings.map(\.kind) == [.unpinnedGroup])
            #expect(findings.first?.message == "group g1 is not pinned to its id: id-g1")
        }
        world.recreateGroup("g1")
        #expect(world.plan().labels == ["create ann"])
        world.editPolicy(groups: [Policy.GroupRule(group: "g1", pinnedId: "id-g1", roles: ["r1"])])
        #expect(world.plan().conflictKinds == [.groupMissing])
    }

    @Test func `a marker from the future lets access be taken and not given, until the clocks are right`() throws {
        var world = try world()
        let future = world.now.advanced(bySeconds: World.day)
        world.editMarker("ben") { $0.asOf = future }
        world.editPolicy(groups: [Policy.GroupRule(group: "g1", pinnedId: "id-g1", roles: ["r1", "r2"])])
        world.server.logins["ben"]?.memberships.append(Membership(role: "r3", grantor: "sso_provisioner"))
        let plan = try world.run()
        #expect(plan.labels == ["revoke ben", "grant ann", "disconnect ben"])
        #expect(plan.withheld.map(\.step.operation.label) == ["grant"])
        #expect(plan.content.findings.map(\.kind) == [.markerFromFuture])
        // Taking something does not make the marker right.
        #expect(world.plan().steps.isEmpty)
        world.set(members: ["ann"])
        #expect(try world.run().operations.first?.label == "lock")
        world.set(members: ["ann", "ben"])
        #expect(world.plan().steps.isEmpty)
        world.pass(World.day + 1)
        #expect(try world.run().labels == ["restore ben"])
    }

    @Test func `clocks may differ by a few minutes, and what is not taken for that fails the run until it is`() throws {
        var world = try world()
        let soon = world.now.advanced(bySeconds: 299)
        world.editMarker("ben") { $0.asOf = soon }
        world.set(members: ["ann"])
        for _ in 1...2 {
            let plan = try world.run()
            #expect(plan.withheld.map(\.cause) == [.olderDirectory])
            #expect(plan.conflictKinds == [.clocksDisagree])
            #expect(plan.content.conflicts.first?.account == "ben")
            #expect(TargetReport(target: "orders", plan: plan, wasApplied: true).verdict == .partialFailure)
        }
        world.pass(300)
        let plan = try world.run()
        #expect(plan.labels == ["lock ben", "end-sessions ben", "revoke ben"])
        #expect(plan.conflictKinds.isEmpty)
    }

    @Test func `a role that is not taken because clocks differ fails the run, too`() throws {
        var world = try world()
        let soon = world.now.advanced(bySeconds: 1)
        world.editMarker("ben") { $0.asOf = soon }
        world.server.logins["ben"]?.memberships.append(Membership(role: "r2", grantor: "sso_provisioner"))
        let plan = world.plan()
        #expect(plan.withheld.map(\.step.operation.label) == ["revoke"])
        #expect(plan.conflictKinds == [.clocksDisagree])
    }

    @Test(arguments: [Policy.Mode.joins, .plan])
    func `where nobody is removed anyway no clock fails a run`(mode: Policy.Mode) throws {
        var world = try world()
        let soon = world.now.advanced(bySeconds: 60)
        world.editMarker("ben") { $0.asOf = soon }
        world.set(members: ["ann"])
        world.editPolicy(mode: mode)
        #expect(world.plan().conflictKinds.isEmpty)
    }

    @Test func `what only an older reading would take fails no run`() throws {
        var world = World(members: ["g1": ["ann"]])
        _ = try world.run()
        let before = world.directory
        world.pass(1)
        world.set(members: ["ann", "ben"])
        _ = try world.run()
        world.directory = before
        let plan = world.plan()
        #expect(plan.withheld.map(\.cause) == [.olderDirectory])
        #expect(TargetReport(target: "orders", plan: plan, wasApplied: true).verdict == .inSync)
    }

    @Test(arguments: [true, false])
    func `a group that is missing or was created anew removes nobody`(isMissing: Bool) throws {
        var world = try world()
        if isMissing { world.removeGroup("g1") } else { world.recreateGroup("g1") }
        let plan = world.plan()
        #expect(plan.steps.isEmpty && plan.withheld.isEmpty)
        #expect(plan.conflictKinds == [.groupMissing])
    }

    // MARK: Roles

    private func privileged(
        rules: [GroupName: [RoleName]] = ["g1": ["dba", "r1"]],
        exception: Policy.PrivilegedGrant? = nil
    ) -> World {
        World(rules: rules, members: ["g1": ["ann", "ben"]], allowPrivileged: exception.map { [$0] } ?? [])
    }

    @Test func `a privileged role is not granted, and the others of the group are`() throws {
        var world = privileged()
        let plan = try world.run()
        #expect(plan.conflictKinds == [.rolePrivileged])
        #expect(world.roles("ann") == ["r1"])
    }

    @Test func `a role of a reserved name is privileged whatever the server says`() throws {
        var world = privileged(rules: ["g1": ["rds_password"]])
        #expect(try world.run().conflictKinds == [.rolePrivileged])
        #expect(world.roles("ann").isEmpty)
    }

    @Test func `an exception grants a privileged role to a pinned group of few members`() throws {
        var world = privileged(exception: Policy.PrivilegedGrant(role: "dba", group: "g1", maximumMembers: 2))
        _ = try world.run()
        #expect(world.roles("ann") == ["dba", "r1"])
    }

    @Test func `an exception holds for no more than its members`() throws {
        var world = privileged(exception: Policy.PrivilegedGrant(role: "dba", group: "g1", maximumMembers: 1))
        #expect(try world.run().conflictKinds == [.rolePrivileged])
        #expect(world.roles("ann") == ["r1"])
    }

    @Test func `an exception holds for no other group, no other role and no unpinned group`() {
        let exception = Policy.PrivilegedGrant(role: "dba", group: "g2", maximumMembers: 9)
        #expect(privileged(exception: exception).plan().conflictKinds == [.rolePrivileged])
        let other = Policy.PrivilegedGrant(role: "r1", group: "g1", maximumMembers: 9)
        #expect(privileged(exception: other).plan().conflictKinds == [.rolePrivileged])
        var unpinned = privileged(exception: Policy.PrivilegedGrant(role: "dba", group: "g1", maximumMembers: 9))
        unpinned.editPolicy(groups: [Policy.GroupRule(group: "g1", roles: ["dba"])])
        #expect(unpinned.plan().conflictKinds == [.rolePrivileged])
    }

    @Test func `a scoped run, which cannot count members, grants no privileged role and takes none`() throws {
        var world = privileged(exception: Policy.PrivilegedGrant(role: "dba", group: "g1", maximumMembers: 2))
        #expect(world.plan(.people(["ann"])).operations.map(\.grantedRoles) == [["r1"]])
        _ = try world.run()
        #expect(world.plan(.people(["ann"])).steps.isEmpty)
    }

    @Test func `a run of the group, which can count them, grants a privileged role up to its members`() {
        let exceptions = [1, 2].map { Policy.PrivilegedGrant(role: "dba", group: "g1", maximumMembers: $0) }
        let plans = exceptions.map { privileged(exception: $0).plan(group: "g1") }
        #expect(plans.map { $0.operations.flatMap(\.grantedRoles).contains("dba") } == [false, true])
        #expect(plans.map(\.conflictKinds) == [[.rolePrivileged], []])
    }

    @Test func `a role that does not exist or cannot be granted stops nobody's other roles`() throws {
        var world = World(rules: ["g1": ["gone", "stuck", "r1"]], members: ["g1": ["ann"]])
        #expect(try world.run().conflictKinds == [.roleMissing, .roleUngrantable])
        #expect(world.roles("ann") == ["r1"])
        #expect(world.plan().steps.isEmpty)
    }
}
