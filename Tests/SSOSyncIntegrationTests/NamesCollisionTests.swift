// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncPostgres
import SSOSyncSQL
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@Suite("Names that look alike")
struct NamesCollisionTests {
    /// Letters, so that session tags carry them, which Swift's strings take for the same and PostgreSQL does not.
    static let angstrom: AccountName = "\u{212B}sa"
    static let ring: AccountName = "\u{C5}sa"

    @Test(
        arguments: World.postgresVersions,
        [
            ["bob", "Bob", "BOB"], ["straße", "STRASSE", "strasse"], ["\u{212B}sa", "\u{C5}sa"], ["bob", "bob"],
            ["Σ", "σ"],
        ] as [[AccountName]]
    )
    func `people whose names are one but for case or spelling get no account, and stop nobody else`(
        version: Int,
        names: [AccountName]
    ) async throws {
        try await World.with(postgres: version) { world in
            for (number, name) in names.enumerated() { world.set(UserId("u\(number)"), name: name, in: ["readers"]) }
            world.set("ann", in: ["readers"])
            let report = try await world.apply()
            let kinds = report.plan?.content.conflicts.map(\.kind) ?? []
            let created = Set(report.outcomes.map(\.operation.account))
            #expect(created.contains("ann"))
            let folded = names.filter(created.contains).map { $0.rawValue.lowercased() }
            // What Unicode folds by a longer rule (ß, ss) are two names for the server, and for us.
            #expect(Set(folded).count == folded.count)
            #expect(kinds.count + created.count == names.count + 1)
            #expect(Set(kinds) == [.nameCollision])
            #expect(try await world.plan().content.steps.isEmpty)
        }
    }

    @Test(arguments: World.postgresVersions)
    func `who comes second with a name that is one but for case is refused, and the first one is not touched`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            world.set("first", name: "bob", in: ["readers"])
            try await world.apply()
            world.set("second", name: "BOB", in: ["readers", "writers"])
            let report = try await world.apply()
            #expect(report.outcomes.isEmpty)
            #expect(report.plan?.content.conflicts.map(\.user) == ["second"])
            #expect(report.plan?.content.conflicts.map(\.kind) == [.nameCollision])
            #expect(await world.canLogIn("bob"))
        }
    }

    @Test(
        arguments: World.postgresVersions,
        [
            ("bob", "BOB"), ("bob", "bob"), ("müller", "MÜLLER"), ("\u{212B}sa", "\u{C5}sa"), ("a_b ü", "A_B ü"),
            ("İREM", "İrem"),
        ]
            as [(AccountName, AccountName)]
    )
    func `a run of one person sees that another person's account has the name already, at least but for case`(
        version: Int,
        names: (AccountName, AccountName)
    ) async throws {
        try await World.with(postgres: version) { world in
            world.set("first", name: names.0, in: ["readers"])
            world.set("other", name: "axb u", in: ["readers"])
            try await world.apply()
            world.set("second", name: names.1, in: ["readers"])
            world.set("third", in: ["readers"])
            try await world.apply(.people(["third"]))
            // Both come to it: who joins, and who is renamed.
            world.set("third", name: names.1, in: ["readers"])
            for user: UserId in ["second", "third"] {
                let report = try await world.apply(.people([user]))
                let kind: Conflict.Kind = names.0 == names.1 ? .nameTaken : .nameCollision
                #expect(report.plan?.content.conflicts.map(\.kind) == [kind])
                #expect(report.plan?.content.conflicts.map(\.user) == [user])
                #expect(report.outcomes.isEmpty)
            }
            #expect(await world.canLogIn(names.0))
            let full = try await world.plan()
            #expect(full.content.conflicts.map(\.kind) == [.nameCollision, .nameCollision])
            #expect(full.content.steps.isEmpty)
        }
    }

    @Test(arguments: World.postgresVersions)
    func `of two people who join under one name in runs of their own the first gets it, and a full run says so`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            world.set("first", name: "bob", in: ["readers"])
            world.set("second", name: "Bob", in: ["readers"])
            try await world.apply(.people(["first"]))
            let second = try await world.apply(.people(["second"]))
            #expect(second.plan?.content.conflicts.map(\.kind) == [.nameCollision])
            #expect(second.outcomes.isEmpty)
            let full = try await world.plan().content
            #expect(full.conflicts.map(\.user) == ["second"])
            #expect(full.conflicts.map(\.kind) == [.nameCollision])
        }
    }

    @Test(arguments: World.postgresVersions)
    func `two people whose accounts came to differ in case alone keep them, and every full run says so`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            world.set("first", name: "bob", in: ["readers"])
            try await world.apply()
            world.set("first", in: [])
            try await world.apply()
            world.set("second", name: "BOB", in: ["readers"])
            try await world.apply()
            world.set("first", in: ["readers"])
            try await world.apply()
            for account: AccountName in ["bob", "BOB"] { #expect(await world.canLogIn(account)) }
            let conflicts = try await world.plan().content.conflicts
            #expect(conflicts.map(\.kind) == [.nameCollision, .nameCollision])
            #expect(conflicts.map(\.user) == ["first", "second"])
            #expect(conflicts.first?.message.contains("BOB, bob") == true)
        }
    }

    @Test(arguments: World.postgresVersions)
    func `two names that are equal once they are cut off make no account at all`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            let stem = String(repeating: "n", count: 63)
            world.set("whole", name: AccountName(stem), in: ["readers"])
            world.set("one", name: AccountName(stem + "1"), in: ["writers"])
            world.set("two", name: AccountName(stem + "2"), in: ["writers"])
            let report = try await world.apply()
            #expect(report.outcomes.map(\.operation.user) == ["whole"])
            #expect(report.plan?.content.conflicts.map(\.kind) == [.nameInvalid, .nameInvalid])
            #expect(try await world.rolesHeld(by: AccountName(stem)) == ["readers"])
        }
    }

    @Test(arguments: World.postgresVersions)
    func `accounts whose names differ in spelling only are never mistaken for each other`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            let superuser = try await world.postgres.openSuperuser()
            world.set("stays", in: ["readers", "writers"])
            world.set("angstrom", name: Self.angstrom, in: ["readers"])
            try await world.apply()
            world.set("angstrom", in: [])
            try await world.apply()
            world.set("ring", name: Self.ring, in: ["writers"])
            try await world.apply()
            #expect(await world.canLogIn(Self.ring))
            #expect(await !world.canLogIn(Self.angstrom))
            // Both have to be locked now, in one transaction.
            try await superuser.execute("ALTER ROLE \(identifier: Self.angstrom.rawValue) LOGIN")
            try await superuser.execute("GRANT writers TO \(identifier: Self.angstrom.rawValue)")
            world.set("ring", in: [])
            _ = await world.engine().apply()
            let state = try await ServerState(superuser)
            #expect(state[Self.angstrom]?.canLogIn == false)
            #expect(state[Self.ring]?.canLogIn == false)
            #expect(state[Self.angstrom]?.marker?.user == "angstrom")
            #expect(state[Self.ring]?.marker?.user == "ring")
        }
    }

    @Test(arguments: World.postgresVersions)
    func `a foreign role whose name differs in spelling only hides no other one, and is not touched`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            let superuser = try await world.postgres.openSuperuser()
            for (number, names) in [[Self.angstrom, Self.ring], [Self.ring, Self.angstrom]].enumerated() {
                try await PostgresAdministrator(superuser).dropMarkedAccounts()
                for name in names { try await superuser.execute("CREATE ROLE \(identifier: name.rawValue) LOGIN") }
                let before = try await ServerState(superuser)
                for name in names {
                    let user = UserId("u\(number)")
                    world.set(user, name: name, in: ["readers"])
                    let report = try await world.apply()
                    #expect(report.plan?.content.conflicts.map(\.kind) == [.nameTaken], "\(names) \(name)")
                    #expect(report.outcomes.isEmpty)
                    world.delete(user)
                }
                #expect(try await ServerState(superuser) == before)
                for name in names { try await superuser.execute("DROP ROLE \(identifier: name.rawValue)") }
            }
        }
    }

    @Test(arguments: World.postgresVersions)
    func `a privileged role is not granted for another one whose name differs in spelling only`(
        version: Int
    ) async throws {
        for (mapped, other) in [("\u{212B}", "\u{C5}"), ("\u{C5}", "\u{212B}")] {
            try await World.with(postgres: version, roles: [RoleName(mapped)]) { world in
                let superuser = try await world.postgres.openSuperuser()
                try await superuser.execute("CREATE ROLE \(identifier: other) NOLOGIN")
                try await superuser.execute("GRANT pg_execute_server_program TO \(identifier: mapped)")
                world.set("ann", in: [RoleName(mapped)])
                let report = try await world.apply()
                #expect(
                    report.plan?.content.conflicts.map(\.kind) == [.rolePrivileged],
                    "\(report.plan?.content.conflicts ?? [])"
                )
                #expect(try await world.rolesHeld(by: "ann") == [])
            }
        }
    }
}
