// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@Suite("Names of people")
struct NamesTests {
    @Test(arguments: World.engines)
    func `a name that cannot be or is taken is a conflict at plan time, and causes no statement`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let dba = try await world.server.openAdministrator()
            try await world.server.logStatements()
            for (number, entry) in engine.refusedNames.enumerated() {
                world.set(UserId("u\(number)"), name: entry.name, in: ["readers"])
            }
            let before = try await dba.state()
            let plan = try await world.plan()
            #expect(plan.content.steps.isEmpty)
            for (number, entry) in engine.refusedNames.enumerated() {
                let kinds = plan.content.conflicts.filter { $0.user == UserId("u\(number)") }.map(\.kind)
                #expect(kinds == [entry.kind], "\(entry.name.rawValue.debugDescription)")
            }
            let report = try await world.apply()
            #expect(report.outcomes.isEmpty)
            #expect(try await dba.state() == before)
            #expect(try await world.server.changes(by: "sso_provisioner") == [])
            world.set("ann", in: ["readers"])
            try await world.apply()
            #expect(try await world.server.changes(by: "sso_provisioner") != [])
        }
    }

    @Test(arguments: World.engines)
    func `a legal name joins, logs in, changes, is renamed and leaves, however odd it is`(engine: TestEngine)
        async throws
    {
        try await World.with(engine) { world in
            let dba = try await world.server.openAdministrator()
            // Otherwise the brake would stop the removal of a whole group.
            world.set("somebody", in: ["readers", "writers"])
            func move(_ roles: [RoleName]) async throws {
                for (number, name) in engine.oddNames.enumerated() {
                    world.set(UserId("u\(number)"), name: name, in: roles)
                }
                let report = try await world.apply()
                #expect(report.plan?.content.conflicts == [])
                #expect(try await world.plan().isInSync)
            }
            try await move(["readers"])
            for name in engine.oddNames { #expect(await world.canLogIn(name), "\(name.rawValue.debugDescription)") }
            try await move(["writers"])
            let state = try await dba.state()
            #expect(Set(state.marked.map(\.name)) == Set(engine.oddNames + ["somebody"]))
            for account in state.marked where account.name != "somebody" {
                #expect(account.roles == ["writers"], "\(account.summary)")
            }
            try await rotateNames(world, dba)
            try await move([])
            for name in engine.oddNames { #expect(await !world.canLogIn(name), "\(name.rawValue.debugDescription)") }
            world.pass(seconds: 90_000)
            try await world.apply()
            #expect(try await dba.state().marked.map(\.name) == ["somebody"])
        }
    }

    /// Everybody gets the name of the next one, and then their own again.
    private func rotateNames(_ world: World, _ dba: any TestAdministrator) async throws {
        let names = world.engine.oddNames
        for shift in [1, 0] {
            for number in names.indices {
                let name = names[(number + shift) % names.count]
                world.set(UserId("u\(number)"), name: name, in: ["writers"])
            }
            try await world.apply()
            let state = try await dba.state()
            for number in names.indices {
                let name = names[(number + shift) % names.count]
                #expect(state[name]?.marker?.user == UserId("u\(number)"), "\(name.rawValue.debugDescription)")
            }
        }
    }

    @Test(arguments: World.engines)
    func `a person who is renamed to a name that cannot be keeps the old account, and loses nothing`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            try await world.server.openAdministrator().close()
            world.set("ann", in: ["readers"])
            try await world.apply()
            for entry in engine.refusedNames {
                world.set("ann", name: entry.name, in: ["readers"])
                let report = try await world.apply()
                #expect(report.outcomes.isEmpty, "\(entry.name.rawValue.debugDescription)")
                #expect(report.plan?.content.conflicts.map(\.kind) == [entry.kind])
            }
            #expect(await world.canLogIn("ann"))
            world.set("ann", in: [])
            try await world.apply()
            #expect(await !world.canLogIn("ann"))
        }
    }

    @Test(arguments: World.engines)
    func `a reserved name is no person's, but a name that only begins like one is`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            world.set("silva", name: "rdsilva", in: ["readers"])
            world.set("admin", name: "rdsadmin", in: ["readers"])
            let report = try await world.apply()
            #expect(report.outcomes.map(\.operation.account) == ["rdsilva"])
            #expect(report.plan?.content.conflicts.map(\.kind) == [.nameReserved])
            #expect(await world.canLogIn("rdsilva"))
        }
    }
}
