// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTesting
import Testing

@Suite("Names that accounts of people outside the scope have")
struct NamesOutsideTests {
    /// Ann has left and is locked, and another person is to have the name; a run of the other one alone follows.
    private func world() throws -> World {
        var world = World(members: ["g1": ["ann", "ben"]])
        _ = try world.run()
        world.pass(60)
        world.delete("ann")
        _ = try world.run(.people(["ann"]))
        world.pass(60)
        world.set(Person(id: "new", accountName: "ann"))
        world.set(members: ["new", "ben"])
        return world
    }

    @Test func `somebody new gets the name of a locked account, and nobody's account`() throws {
        var world = try world()
        let before = try #require(world.login("ann")?.markerValue)
        let plan = try world.run(.people(["new"]))
        #expect(plan.operations.map(\.label) == ["move-aside", "create"])
        #expect(plan.conflictKinds.isEmpty && plan.content.counts.managed == 0 && plan.content.counts.unchanged == 0)
        #expect(world.login("ann")?.user == "new")
        let (name, old) = try #require(world.server.logins.first { $0.value.user == "ann" })
        #expect(name.rawValue.hasPrefix("sso_aside_") && !old.canLogIn)
        let after = try #require(old.markerValue)
        // Its quarantine goes on.
        #expect(after.records(name) && after.state == .locked && after.asOf == before.asOf)
        #expect(after.reduced == before.reduced)
        #expect(world.plan(.people(["new"])).steps.isEmpty && world.plan().steps.isEmpty)
    }

    @Test func `somebody gets the name of a locked account by a rename, while joins are frozen, too`() throws {
        for hold in [nil, Policy.Hold.joinsFrozen] {
            var world = try world()
            world.set(members: ["ben"])
            world.rename("ben", to: "ann")
            world.editPolicy(hold: hold)
            #expect(try world.run(.people(["ben"])).operations.map(\.label) == ["move-aside", "rename"])
            #expect(world.login("ann")?.user == "ben")
        }
    }

    @Test func `nothing is moved aside for somebody who is not let in`() throws {
        var world = try world()
        world.editPolicy(brake: Policy.Brake(joins: 0))
        #expect(world.plan(.people(["new"])).steps.isEmpty)
        world.editPolicy(hold: .joinsFrozen, brake: Policy.Brake())
        #expect(world.plan(.people(["new"])).steps.isEmpty)
    }

    @Test(arguments: [
        ("can log in", "not out yet"), ("has sessions", "not out yet"), ("was looked at later", "a later reading"),
        ("has a foreign attribute", "CREATEROLE"), ("is unmanageable", "not ours"),
    ])
    func `a locked account keeps its name as long as it is not out, or not ours to rename`(
        fact: String,
        reason: String
    ) throws {
        var world = try world()
        switch fact {
        case "can log in": world.server.logins["ann"]?.canLogIn = true
        case "has sessions": world.server.logins["ann"]?.sessions = 1
        case "was looked at later": world.editMarker("ann") { $0.asOf = $0.asOf.advanced(bySeconds: 90) }
        case "has a foreign attribute": world.server.logins["ann"]?.foreignAttributes = ["CREATEROLE"]
        default: world.server.logins["ann"]?.unmanageableBecause = "it is not ours to change"
        }
        let plan = world.plan(.people(["new"]))
        #expect(plan.steps.isEmpty)
        #expect(plan.conflictKinds == [.nameTaken])
        let message = try #require(plan.content.conflicts.first?.message)
        #expect(message.contains("locked account of another person") && message.contains(reason), "\(message)")
    }

    @Test func `an account that is not as we make accounts keeps its name, whatever its marker says`() throws {
        for isCopied in [true, false] {
            var world = try world()
            if isCopied {
                world.editMarker("ann") { $0.nameHash = Marker.nameHash("other", user: "ann") }
            } else {
                world.server.logins["ann"]?.usesIAM = false
            }
            #expect(world.plan(.people(["new"])).steps.isEmpty)
            #expect(world.plan(.people(["new"])).conflictKinds == [.nameTaken])
            #expect(world.plan(.people(["new"])).namesakes.isEmpty)
        }
    }

    @Test func `an account in use keeps its name, and is named to whoever may look at its person, too`() throws {
        var world = try world()
        world.server.logins["ann"]?.canLogIn = true
        world.editMarker("ann") { $0.state = .active }
        let plan = world.plan(.people(["new"]))
        #expect(plan.steps.isEmpty)
        #expect(plan.conflictKinds == [.nameTaken])
        #expect(plan.content.conflicts.first?.message.contains("has not looked at") == true)
        #expect(plan.namesakes == ["ann", "new"])
        let both = try world.run(.people(plan.namesakes))
        #expect(both.operations.map(\.label) == ["lock", "end-sessions", "move-aside", "create"])
        #expect(world.login("ann")?.user == "new")
        #expect(both.namesakes.isEmpty)
    }

    @Test func `an account that somebody else locked, or a rename that broke off, is not taken for a leaver's`() throws
    {
        var world = try world()
        world.editMarker("ann") { $0.state = .active }
        let plan = world.plan(.people(["new"]))
        #expect(plan.steps.isEmpty && plan.conflictKinds == [.nameTaken])
    }

    @Test func `of two people who are to have one name nobody is named any more once both are looked at`() throws {
        var world = try world()
        world.delete("ben")
        world.set(Person(id: "ann", accountName: "ann"))
        world.set(members: ["ann"])
        world.server.logins["ann"] = nil
        _ = try world.run(.people(["ann"]))
        world.set(members: ["ann", "new"])
        let plan = world.plan(.people(["new"]))
        #expect(plan.namesakes == ["ann", "new"] && plan.steps.isEmpty)
        let both = world.plan(.people(plan.namesakes))
        #expect(both.namesakes.isEmpty && both.steps.isEmpty && both.conflictKinds == [.nameCollision])
    }
}
