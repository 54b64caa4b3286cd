// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@Suite("Names of roles")
struct NamesRolesTests {
    @Test(arguments: World.engines)
    func `mapped roles with quotes, semicolons and emoji are granted and revoked like any other`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine, roles: engine.hostileRoles) { world in
            let dba = try await world.server.openAdministrator()
            world.set("stays", in: engine.hostileRoles)
            func move(_ roles: [RoleName]) async throws {
                world.set("ann", in: roles)
                world.set("bob", in: roles.reversed())
                let report = try await world.apply()
                #expect(report.plan?.content.conflicts == [])
                for account in ["ann", "bob"] as [AccountName] {
                    // Compared as bytes: two of the roles are one for Swift's strings.
                    let held = try await world.rolesHeld(by: account).map { Array($0.utf8) }
                    #expect(Set(held) == Set(roles.map { Array($0.rawValue.utf8) }), "\(account)")
                }
                #expect(try await world.plan().isInSync)
            }
            try await move(engine.hostileRoles)
            try await move(engine.hostileRoles.filter { $0 != "r\u{C5}" })
            try await move(Array(engine.hostileRoles.suffix(4)))
            try await move(engine.hostileRoles)
            try await move([])
            #expect(try await dba.state().marked.filter(\.canLogIn).map(\.name) == ["stays"])
        }
    }

    @Test(arguments: World.engines)
    func `foreign roles with quotes, semicolons and emoji in their names are not touched`(engine: TestEngine)
        async throws
    {
        try await World.with(engine) { world in
            let dba = try await world.server.openAdministrator()
            let names = engine.hostileNames
            let tokenUsers = Set([names.first, names.last].compactMap(\.self))
            for name in names {
                let login: ForeignLogin = tokenUsers.contains(name) ? .token : .password("secret")
                try await dba.createAccount(name, login, roles: ["readers"])
                try await dba.overwriteMarker(of: name, with: name.rawValue)
            }
            let before = try await dba.state().unmarked
            for number in 1...5 { world.set(UserId("p\(number)"), in: ["readers", "writers"]) }
            for (number, name) in names.enumerated() where name != "P1" {
                world.set(UserId("u\(number)"), name: name, in: ["readers"])
            }
            let report = try await world.apply()
            #expect(report.outcomes.count == 5)
            let findings = report.plan?.content.findings.filter { $0.kind == .unmarkedIAMLogin } ?? []
            #expect(Set(findings.compactMap(\.account)) == tokenUsers)
            for number in 1...4 { world.set(UserId("p\(number)"), in: []) }
            try await world.apply()
            #expect(try await dba.state().unmarked == before)
        }
    }

    @Test(arguments: World.engines)
    func `a group's role that is a person's account is not granted to the group`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            let policy = Policy(
                target: "orders",
                owner: World.owner,
                groups: [Policy.GroupRule(group: "readers", pinnedId: "g-readers", roles: ["readers", "ann"])],
                brake: Policy.Brake(removals: 100, percent: 100, joins: 100)
            )
            world.set("bob", in: ["readers"])
            let report = try await world.apply(.everyone, policy)
            #expect(report.plan?.content.conflicts.map(\.kind) == [.roleUngrantable])
            #expect(try await world.rolesHeld(by: "bob") == ["readers"])
        }
    }
}
