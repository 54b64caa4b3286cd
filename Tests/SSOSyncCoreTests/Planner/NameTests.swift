// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTesting
import Testing

@Suite("Names that change, return and collide")
struct NameTests {
    private func settled(_ world: inout World) throws {
        let again = world.plan()
        #expect(again.steps.isEmpty, "\(again.labels)")
    }

    @Test func `two people who swap names keep their accounts`() throws {
        var world = World(rules: ["g1": ["r1"], "g2": ["r2"]], members: ["g1": ["ann", "ben"], "g2": ["ann"]])
        _ = try world.run()
        world.pass(60)
        world.rename("ann", to: "ben")
        world.rename("ben", to: "ann")
        let plan = try world.run()
        #expect(plan.operations.map(\.label) == ["move-aside", "move-aside", "rename", "rename"])
        #expect(world.login("ben")?.user == "ann")
        #expect(world.roles("ben") == ["r1", "r2"])
        #expect(world.login("ann")?.user == "ben")
        #expect(world.roles("ann") == ["r1"])
        try settled(&world)
    }

    @Test(arguments: [2, 3, 5, 9]) func `a chain of renames moves everybody one name on`(length: Int) throws {
        let people = (0..<length).map { UserId("p\($0)") }
        var world = World(members: ["g1": people])
        _ = try world.run()
        world.pass(60)
        for index in 0..<length { world.rename(people[index], to: AccountName("p\(index + 1)")) }
        _ = try world.run()
        for index in 0..<length { #expect(world.login(AccountName("p\(index + 1)"))?.user == people[index]) }
        #expect(world.login("p0") == nil)
        try settled(&world)
    }

    @Test(arguments: [2, 3, 5, 9]) func `a cycle of renames comes round`(length: Int) throws {
        let people = (0..<length).map { UserId("p\($0)") }
        var world = World(members: ["g1": people])
        _ = try world.run()
        world.pass(60)
        for index in 0..<length { world.rename(people[index], to: AccountName("p\((index + 1) % length)")) }
        _ = try world.run()
        for index in 0..<length { #expect(world.login(AccountName("p\((index + 1) % length)"))?.user == people[index]) }
        #expect(world.server.logins.count == length)
        try settled(&world)
    }

    @Test func `a newcomer gets the name that somebody gives up in the same run`() throws {
        var world = World(members: ["g1": ["ann"]])
        _ = try world.run()
        world.pass(60)
        world.rename("ann", to: "ann.b")
        world.set(Person(id: "new", accountName: "ann"))
        world.set(members: ["ann", "new"])
        _ = try world.run()
        #expect(world.login("ann")?.user == "new")
        #expect(world.login("ann.b")?.user == "ann")
        try settled(&world)
    }

    @Test func `somebody deleted and created anew under the same name inherits nothing`() throws {
        var world = World(rules: ["g1": ["r1"], "g2": ["r2"]], members: ["g1": ["ann"], "g2": ["ann"]])
        _ = try world.run()
        world.server.logins["ann"]?.sessions = 1
        world.pass(60)
        world.delete("ann")
        world.set(Person(id: "ann-2", accountName: "ann"))
        world.set(members: ["ann-2"])
        let plan = try world.run()
        #expect(plan.operations.map(\.label) == ["lock", "end-sessions", "revoke", "move-aside", "create"])
        #expect(world.login("ann")?.user == "ann-2")
        #expect(world.roles("ann") == ["r1"])
        let old = try #require(world.server.logins.first { $0.value.user == "ann" })
        #expect(old.key.rawValue.hasPrefix("sso_aside_"))
        #expect(!old.value.canLogIn && old.value.memberships.isEmpty && old.value.sessions == 0)
        try settled(&world)
    }

    @Test func `who returns after a namesake came gets the own account back under the own name`() throws {
        var world = World(members: ["g1": ["ann"]])
        _ = try world.run()
        world.pass(60)
        world.delete("ann")
        world.set(Person(id: "ann-2", accountName: "ann"))
        world.set(members: ["ann-2"])
        _ = try world.run()
        world.pass(60)
        world.set(Person(id: "ann", accountName: "ann.old"))
        world.set(members: ["ann", "ann-2"])
        let plan = try world.run()
        #expect(plan.operations.map(\.label) == ["rename", "restore"])
        #expect(world.login("ann.old")?.user == "ann")
        #expect(world.login("ann")?.user == "ann-2")
        try settled(&world)
    }

    @Test func `a name that waits for the brake is not given away`() throws {
        var world = World(members: ["g1": ["ann", "ben", "cem"]])
        _ = try world.run()
        world.pass(2 * World.day)
        world.editPolicy(brake: Policy.Brake(removals: 0))
        world.delete("ann")
        world.set(Person(id: "ann-2", accountName: "ann"))
        world.set(members: ["ann-2", "ben", "cem"])
        let plan = try world.run()
        #expect(plan.steps.isEmpty)
        #expect(plan.conflictKinds == [.nameTaken])
        #expect(world.login("ann")?.user == "ann")
    }

    @Test func `people whose names differ in case alone both wait, and nobody else does`() {
        let world = World(
            members: ["g1": ["1", "2", "3"]],
            people: [
                Person(id: "1", accountName: "Ann"), Person(id: "2", accountName: "ann"),
                Person(id: "3", accountName: "ben"),
            ]
        )
        let plan = world.plan()
        #expect(plan.labels == ["create ben"])
        #expect(plan.conflictKinds == [.nameCollision, .nameCollision])
        #expect(Set(plan.content.conflicts.map(\.user)) == ["1", "2"])
    }

    @Test func `case is folded outside ASCII too`() {
        let world = World(
            members: ["g1": ["1", "2"]],
            people: [Person(id: "1", accountName: "\u{e9}"), Person(id: "2", accountName: "\u{c9}")]
        )
        #expect(world.plan().conflictKinds == [.nameCollision, .nameCollision])
    }

    @Test func `an account of the other spelling is another account`() throws {
        // The server knows no canonical equivalence: what it has is not what the person is to have.
        var world = World(members: ["g1": ["1"]], people: [Person(id: "1", accountName: "ren\u{e9}")])
        world.server.logins["rene\u{301}"] = InMemoryLogin(usesIAM: false)
        #expect(try world.run().labels == ["create ren\u{e9}"])
        #expect(world.server.logins.count == 2)
    }

    @Test(arguments: [
        ("", Conflict.Kind.nameMissing), ("rdsadmin", .nameReserved), ("rds_x", .nameReserved), ("pg_x", .nameReserved),
        ("sso_provisioner", .nameReserved), ("protected_x", .nameReserved), ("o'brien", .nameInvalid),
        ("a\"b", .nameInvalid), ("semi;colon", .nameInvalid), ("😀", .nameInvalid), ("rtl\u{200F}", .nameInvalid),
        ("line\nbreak", .nameInvalid), ("nul\u{0}", .nameInvalid), ("back\\slash", .nameInvalid),
        (String(repeating: "x", count: 64), .nameInvalid), (String(repeating: "é", count: 32), .nameInvalid),
    ])
    func `a name that cannot be an account is that person's conflict`(name: String, kind: Conflict.Kind) {
        let people = [Person(id: "1", accountName: AccountName(name)), Person(id: "2", accountName: "ben")]
        let plan = World(members: ["g1": ["1", "2"]], people: people).plan()
        #expect(plan.labels == ["create ben"])
        #expect(plan.conflictKinds == [kind])
        #expect(plan.content.conflicts.first?.user == "1")
    }

    @Test func `names at the limit of the engine fit`() {
        let long = Person(id: "1", accountName: AccountName(String(repeating: "x", count: 63)))
        #expect(World(members: ["g1": ["1"]], people: [long]).plan().conflictKinds.isEmpty)
        var world = World(members: ["g1": ["1"]], people: [long])
        world.server.dialect = Dialect(engine: "MySQL", nameLimit: .characters(32), reservedNames: [])
        #expect(world.plan().conflictKinds == [.nameInvalid])
        world.rename("1", to: AccountName(String(repeating: "ü", count: 32)))
        #expect(world.plan().conflictKinds.isEmpty)
    }

    @Test func `somebody whose new name is impossible keeps the account and its roles`() throws {
        var world = World(members: ["g1": ["ann"]])
        _ = try world.run()
        world.rename("ann", to: "rdsadmin")
        let plan = try world.run()
        #expect(plan.steps.isEmpty)
        #expect(plan.conflictKinds == [.nameReserved])
        #expect(world.login("ann")?.canLogIn == true)
    }

    @Test func `somebody without a name is said to be so although joins wait`() {
        var world = World(members: ["g1": ["ann", "ben"]], brake: Policy.Brake(joins: 0))
        world.server.logins["ann"] = InMemoryLogin()
        let plan = world.plan()
        #expect(plan.brake.stopsJoins)
        #expect(plan.conflictKinds == [.nameTaken])
        #expect(plan.withheld.map(\.step.operation.account) == ["ben"])
    }
}
