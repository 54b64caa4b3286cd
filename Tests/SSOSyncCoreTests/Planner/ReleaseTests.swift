// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTesting
import Testing

@Suite("Accounts that are let go")
struct ReleaseTests {
    @Test func `an account that is let go stays as it is and is nobody's, and is in its person's way`() throws {
        var world = World(members: ["g1": ["ann", "ben"]])
        _ = try world.run()
        let plan = world.plan(.release(["ann"]))
        #expect(plan.labels == ["release ann"])
        #expect(plan.content.findings.map(\.kind) == [.afterMarking])
        let before = try #require(world.login("ann"))
        try world.apply(plan)
        var after = try #require(world.login("ann"))
        #expect(after.marker == .none)
        after.marker = before.marker
        #expect(after == before)
        #expect(world.plan().steps.isEmpty)
        #expect(world.plan().conflictKinds == [.nameTaken])
        #expect(world.plan(.release(["ann"])).steps.isEmpty)
        try world.apply(world.adoption(of: ["ann"]))
        #expect(world.plan().isInSync)
    }

    @Test func `what stays is said: the login, and all roles, also those that are not ours`() throws {
        var world = World(rules: ["g1": ["r1"]], members: ["g1": ["ann"]])
        _ = try world.run()
        world.server.logins["ann"]?.memberships.append(
            Membership(role: "r3", grantor: "dba", isOurs: false, isRevocable: false)
        )
        #expect(
            world.plan(.release(["ann"])).content.findings.map(\.message) == [
                "ann goes on logging in, with r1, r3: nobody locks it when its person leaves, and its person is in conflict "
                    + "with it until it is adopted or gone"
            ]
        )
        world.set(members: [])
        world.pass(World.hour)
        _ = try world.run()
        #expect(
            world.plan(.release(["ann"])).content.findings.map(\.message) == [
                "ann stays locked, with r3: nobody drops it"
            ]
        )
    }

    @Test func `whoever has left is locked before the account is let go`() throws {
        var world = World(members: ["g1": ["ann", "ben"]])
        _ = try world.run()
        world.set(members: ["ben"])
        world.pass(World.hour)
        let plan = world.plan(.release(["ann"]))
        #expect(plan.steps.isEmpty)
        #expect(plan.conflictKinds == [.notReleasable])
        #expect(plan.content.conflicts.first?.message.contains("run apply first") == true)
        _ = try world.run()
        #expect(world.plan(.release(["ann"])).labels == ["release ann"])
    }

    @Test func `a marker of ours that was copied to another account is taken off, and that account is changed no more`()
        throws
    {
        var world = World(members: ["g1": ["ann"]])
        _ = try world.run()
        let marker = try #require(world.login("ann")?.marker)
        world.server.logins["root"] = InMemoryLogin(marker: marker, usesIAM: false)
        #expect(world.plan().conflictKinds == [.unexpectedShape])
        try world.apply(world.plan(.release(["root"])))
        #expect(world.login("root") == InMemoryLogin(usesIAM: false))
        #expect(world.plan().isInSync)
    }

    @Test(arguments: ["none", "absent", "owner", "directory", "damaged", "newer", "unmanageable", "protected"])
    func `what is not ours is not ours to let go`(kind: String) throws {
        var world = World(members: ["g1": ["ann", "ben"]])
        _ = try world.run()
        switch kind {
        case "none": world.server.logins["ann"]?.marker = .none
        case "absent": world.server.logins["ann"] = nil
        case "damaged": world.server.logins["ann"]?.marker = .damaged
        case "newer": world.server.logins["ann"]?.marker = .newer(version: 2)
        case "protected": world.editPolicy(protectedNames: [Glob("ann")])
        case "unmanageable": world.server.logins["ann"]?.unmanageableBecause = "nobody can"
        default: world.editMarker("ann") { if kind == "owner" { $0.owner = "staging" } else { $0.directory = "d-2" } }
        }
        let plan = world.plan(.release(["ann"]))
        #expect(plan.steps.isEmpty)
        #expect(plan.conflictKinds == [.notReleasable])
    }
}
