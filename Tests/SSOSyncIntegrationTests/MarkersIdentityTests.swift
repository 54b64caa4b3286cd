// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@Suite("Identity is not a name")
struct MarkersIdentityTests {
    @Test(arguments: World.engines)
    func `a person deleted and created anew under the same name gets a new account and inherits nothing`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let dba = try await world.server.openAdministrator()
            world.set("stays", in: ["readers", "writers"])
            world.set("old", name: "kim", in: ["readers", "writers"])
            try await world.apply()
            let session = try await world.server.logIn(as: "kim")
            try await session.makeSomethingTemporary()
            if engine.renamesOwners { try await dba.makeObject("theirs", ownedBy: "kim") }
            world.delete("old")
            world.set("new", name: "kim", in: ["readers"])
            try await world.apply()
            await #expect(throws: LostSession.self) { try await session.check() }
            let aside = try await Self.checkNamesake(in: world, dba)
            #expect(await !world.canLogIn(aside.name))
            guard engine.renamesOwners else { return }
            #expect(try await dba.owner(ofObject: "theirs") == aside.name)
        }
    }

    /// The newcomer has the name and what is theirs, and the other an account that is no use to anybody.
    private static func checkNamesake(in world: World, _ dba: any TestAdministrator) async throws -> AccountState {
        let state = try await dba.state()
        #expect(state["kim"]?.marker?.user == "new")
        #expect(state["kim"]?.roles == ["readers"])
        let aside = try #require(state.accounts(of: "old").first)
        #expect(!aside.canLogIn && aside.roles.isEmpty && aside.name != "kim")
        #expect(await world.canLogIn("kim"))
        return aside
    }

    @Test(arguments: World.engines)
    func `a namesake of somebody who is out gets a new account by a run of one person`(engine: TestEngine) async throws
    {
        try await World.with(engine) { world in
            let dba = try await world.server.openAdministrator()
            world.set("stays", in: ["readers", "writers"])
            world.set("old", name: "kim", in: ["readers", "writers"])
            try await world.apply()
            if engine.renamesOwners { try await dba.makeObject("theirs", ownedBy: "kim") }
            world.delete("old")
            try await world.apply(.people(["old"]))
            world.set("new", name: "kim", in: ["readers"])
            let report = try await world.apply(.people(["new"]))
            #expect(report.outcomes.map(\.operation.label) == ["move-aside", "create"])
            _ = try await Self.checkNamesake(in: world, dba)
            #expect(try await world.plan().isInSync)
        }
    }

    @Test(arguments: World.engines)
    func `when the first of two namesakes comes back under another name, it is to their own account`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let dba = try await world.server.openAdministrator()
            world.set("stays", in: ["readers", "writers"])
            world.set("old", name: "kim", in: ["writers"])
            try await world.apply()
            let identity = try await dba.identity(of: "kim")
            world.set("old", in: [])
            world.set("new", name: "kim", in: ["readers"])
            try await world.apply()
            world.set("old", in: ["writers"])
            let collision = try await world.apply()
            #expect(collision.outcomes.isEmpty)
            world.set("old", name: "kim o", in: ["writers"])
            try await world.apply()
            #expect(try await dba.identity(of: "kim o") == identity)
            #expect(await world.canLogIn("kim o"))
            #expect(try await world.rolesHeld(by: "kim o") == ["writers"])
            #expect(try await world.rolesHeld(by: "kim") == ["readers"])
        }
    }

    @Test(arguments: World.engines)
    func `a renamed person keeps account, grants and objects, and the old name lets nobody in`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let dba = try await world.server.openAdministrator()
            world.set("ann", in: ["readers"])
            try await world.apply()
            if engine.renamesOwners { try await dba.makeObject("hers", ownedBy: "ann") }
            let identity = try await dba.identity(of: "ann")
            world.set("ann", name: "ann smith", in: ["readers"])
            let report = try await world.apply()
            #expect(report.outcomes.map(\.operation.label) == ["rename"])
            #expect(try await dba.identity(of: "ann smith") == identity)
            #expect(await world.canLogIn("ann smith"))
            #expect(await !world.canLogIn("ann"))
            guard engine.renamesOwners else { return }
            #expect(try await dba.owner(ofObject: "hers") == "ann smith")
        }
    }

    @Test(arguments: World.engines)
    func `two people who swap names keep their own accounts`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            let dba = try await world.server.openAdministrator()
            world.set("one", name: "left", in: ["readers"])
            world.set("two", name: "right", in: ["writers"])
            try await world.apply()
            let left = try await dba.identity(of: "left")
            let right = try await dba.identity(of: "right")
            #expect(left != right)
            world.set("one", name: "right", in: ["readers"])
            world.set("two", name: "left", in: ["writers"])
            try await world.apply()
            #expect(try await dba.identity(of: "left") == right)
            #expect(try await dba.identity(of: "right") == left)
            #expect(try await world.rolesHeld(by: "right") == ["readers"])
            #expect(await world.canLogIn("left"))
            #expect(await world.canLogIn("right"))
        }
    }

    @Test(arguments: World.engines)
    func `a disabled person is out at once, and back with the same account once enabled`(engine: TestEngine)
        async throws
    {
        try await World.with(engine) { world in
            world.set("stays", in: ["readers"])
            world.set("ann", in: ["readers"])
            try await world.apply()
            let session = try await world.server.logIn(as: "ann")
            world.set("ann", isEnabled: false, in: ["readers"])
            let report = try await world.apply()
            #expect(report.plan?.content.steps.first?.reason == .disabled)
            #expect(await !world.canLogIn("ann"))
            await #expect(throws: LostSession.self) { try await session.check() }
            world.set("ann", in: ["readers"])
            try await world.apply()
            #expect(await world.canLogIn("ann"))
            #expect(try await world.rolesHeld(by: "ann") == ["readers"])
        }
    }

    @Test(arguments: World.engines)
    func `a group created anew under the same name is a source error, and nothing is changed`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let dba = try await world.server.openAdministrator()
            for number in 1...3 { world.set(UserId("p\(number)"), in: ["readers"]) }
            try await world.apply()
            let before = try await dba.state()
            world.directory.update { directory in
                directory.remove(group: "g-readers")
                directory.add(DirectoryGroup(id: "g-new", name: "readers", members: ["p1", "intruder"]))
                directory.add(Person(id: "intruder", accountName: "intruder"))
            }
            for scope in [.everyone, .people(["p2", "intruder"]), .groups(["readers"])] as [ScopeRequest] {
                try await expectSourceFailure(scope, world, dba, before)
            }
            world.directory.update { $0.remove(group: "g-new") }
            for scope in [.everyone, .people(["p2"]), .groups(["readers"])] as [ScopeRequest] {
                try await expectSourceFailure(scope, world, dba, before)
            }
        }
    }

    private func expectSourceFailure(
        _ scope: ScopeRequest,
        _ world: World,
        _ dba: any TestAdministrator,
        _ before: ServerState
    ) async throws {
        let report = await world.engine().apply(scope)
        #expect(report.sourceFailure?.code == .groupMissing)
        #expect(report.verdict == .sourceUnavailable)
        #expect(report.verdict.exitCode == 69)
        #expect(report.targets.isEmpty)
        #expect(try await dba.state() == before)
    }
}
