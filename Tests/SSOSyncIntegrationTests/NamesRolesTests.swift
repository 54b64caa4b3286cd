// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncPostgres
import SSOSyncSQL
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@Suite("Names of roles")
struct NamesRolesTests {
    static let hostile: [RoleName] = [
        "r\"quote", "r'apostrophe", "r;DROP ROLE readers--", "r😀", "r\\backslash", "r$1", "R Upper", "\u{200F}right",
        "r\u{212B}", "r\u{C5}", "select", "r, readers",
    ]

    @Test(arguments: World.postgresVersions)
    func `mapped roles with quotes, semicolons and emoji are granted and revoked like any other`(
        version: Int
    ) async throws {
        try await World.with(postgres: version, roles: Self.hostile) { world in
            let superuser = try await world.postgres.openSuperuser()
            world.set("stays", in: Self.hostile)
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
            try await move(Self.hostile)
            try await move(Self.hostile.filter { $0 != "r\u{C5}" })
            try await move(Array(Self.hostile.suffix(4)))
            try await move(Self.hostile)
            try await move([])
            #expect(try await ServerState(superuser).marked.filter(\.canLogIn).map(\.name) == ["stays"])
        }
    }

    @Test(arguments: World.postgresVersions)
    func `foreign roles with quotes, semicolons and emoji in their names are not touched`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            let superuser = try await world.postgres.openSuperuser()
            let names = [
                "o\"neil", "o'neil", "x;y", "back\\slash", "😀", "\u{200F}r", "$$", "p 1", "P1", "a, b", "p1--",
            ]
            for name in names {
                try await superuser.execute(
                    """
                    CREATE ROLE \(identifier: name) LOGIN PASSWORD 'secret' CONNECTION LIMIT 3;
                    GRANT readers TO \(identifier: name); COMMENT ON ROLE \(identifier: name) IS \(literal: name)
                    """
                )
            }
            try await superuser.execute("GRANT rds_iam TO \(identifier: names[0]), \(identifier: names[4])")
            let before = try await ServerState(superuser).unmarked
            for number in 1...5 { world.set(UserId("p\(number)"), in: ["readers", "writers"]) }
            for (number, name) in names.enumerated() where name != "P1" {
                world.set(UserId("u\(number)"), name: AccountName(name), in: ["readers"])
            }
            let report = try await world.apply()
            #expect(report.outcomes.count == 5)
            let findings = report.plan?.content.findings.filter { $0.kind == .unmarkedIAMLogin } ?? []
            #expect(Set(findings.compactMap(\.account)) == [AccountName(names[0]), AccountName(names[4])])
            for number in 1...4 { world.set(UserId("p\(number)"), in: []) }
            try await world.apply()
            #expect(try await ServerState(superuser).unmarked == before)
        }
    }

    @Test(arguments: World.postgresVersions)
    func `a group's role that is a person's account is not granted to the group`(version: Int) async throws {
        try await World.with(postgres: version) { world in
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
