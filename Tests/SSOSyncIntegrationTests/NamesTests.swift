// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncCore
import SSOSyncPostgres
import SSOSyncSQL
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@Suite("Names of people")
struct NamesTests {
    /// Names that nobody is given, and why.
    static let refused: [(name: AccountName, kind: Conflict.Kind)] = [
        ("", .nameMissing), ("a\"b", .nameInvalid), ("a'b", .nameInvalid), ("a\\b", .nameInvalid),
        ("a;DROP ROLE readers", .nameInvalid), ("$$", .nameInvalid), ("a,b", .nameInvalid), ("a#b", .nameInvalid),
        ("a*b", .nameInvalid), ("%s", .nameInvalid), ("😀", .nameInvalid), ("\u{200F}ann", .nameInvalid),
        ("ann\u{202E}", .nameInvalid), ("zero\u{200B}width", .nameInvalid), ("jose\u{301}", .nameInvalid),
        ("line\nbreak", .nameInvalid), ("tab\tulator", .nameInvalid), ("nul\u{0}", .nameInvalid),
        (AccountName(String(repeating: "x", count: 64)), .nameInvalid),
        (AccountName(String(repeating: "x", count: 63) + "y"), .nameInvalid),
        (AccountName(String(repeating: "é", count: 32)), .nameInvalid), ("rdsadmin", .nameReserved),
        ("rdsrepladmin", .nameReserved), ("rdsproxyadmin", .nameReserved), ("rds_iam", .nameReserved),
        ("rds_superuser", .nameReserved), ("rds_new", .nameReserved), ("pg_monitor", .nameReserved),
        ("pg_new", .nameReserved), ("public", .nameReserved), ("none", .nameReserved),
        ("sso_provisioner", .nameReserved), ("sso_sync_owner_test_01", .nameReserved),
        ("sso_sync_owner_new", .nameReserved), ("readers", .nameTaken), ("dba", .nameTaken), ("postgres", .nameTaken),
    ]

    @Test(arguments: World.postgresVersions)
    func `a name that cannot be or is taken is a conflict at plan time, and causes no statement`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            let superuser = try await world.postgres.openSuperuser()
            try await world.postgres.logStatements(superuser)
            for (number, entry) in Self.refused.enumerated() {
                world.set(UserId("u\(number)"), name: entry.name, in: ["readers"])
            }
            let before = try await ServerState(superuser)
            let plan = try await world.plan()
            #expect(plan.content.steps.isEmpty)
            for (number, entry) in Self.refused.enumerated() {
                let kinds = plan.content.conflicts.filter { $0.user == UserId("u\(number)") }.map(\.kind)
                #expect(kinds == [entry.kind], "\(entry.name.rawValue.debugDescription)")
            }
            let report = try await world.apply()
            #expect(report.outcomes.isEmpty)
            #expect(try await ServerState(superuser) == before)
            #expect(try world.postgres.changes(by: "sso_provisioner") == [])
            world.set("ann", in: ["readers"])
            try await world.apply()
            #expect(try world.postgres.changes(by: "sso_provisioner") != [])
        }
    }

    /// Names that look like trouble and are none.
    static let accepted: [AccountName] = [
        "ann smith", " leading", "trailing ", "a=b", "=", "a:b", "a/b", "a//../b", "a+b", "+rds_iam", "a@b.example",
        ".",
        "-rf", "--", "Ann", "123", "0", "select", "user", "current_user", "session_user", "default", "all",
        "replication",
        "sameuser", "null", "rdsilva", "rds", "pgadmin", "mysql", "sso_sync", "Ünïcödé", "Straße", "用户", "Ⅻ", "٣٤",
        "no\u{A0}break", AccountName(String(repeating: "x", count: 63)),
        AccountName(String(repeating: "é", count: 31) + "z"),
    ]

    @Test(arguments: World.postgresVersions)
    func `a legal name joins, logs in, changes, is renamed and leaves, however odd it is`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            let superuser = try await world.postgres.openSuperuser()
            // Otherwise the brake would stop the removal of a whole group.
            world.set("somebody", in: ["readers", "writers"])
            func move(_ roles: [RoleName]) async throws {
                for (number, name) in Self.accepted.enumerated() {
                    world.set(UserId("u\(number)"), name: name, in: roles)
                }
                let report = try await world.apply()
                #expect(report.plan?.content.conflicts == [])
                #expect(try await world.plan().isInSync)
            }
            try await move(["readers"])
            for name in Self.accepted { #expect(await world.canLogIn(name), "\(name.rawValue.debugDescription)") }
            try await move(["writers"])
            let state = try await ServerState(superuser)
            #expect(Set(state.marked.map(\.name)) == Set(Self.accepted + ["somebody"]))
            for account in state.marked where account.name != "somebody" {
                #expect(account.roles == ["writers"], "\(account.summary)")
            }
            try await rotateNames(world, superuser)
            try await move([])
            for name in Self.accepted { #expect(await !world.canLogIn(name), "\(name.rawValue.debugDescription)") }
            world.pass(seconds: 90_000)
            try await world.apply()
            #expect(try await ServerState(superuser).marked.map(\.name) == ["somebody"])
        }
    }

    /// Everybody gets the name of the next one, and then their own again.
    private func rotateNames(_ world: World, _ superuser: PostgresConnection) async throws {
        for shift in [1, 0] {
            for number in Self.accepted.indices {
                let name = Self.accepted[(number + shift) % Self.accepted.count]
                world.set(UserId("u\(number)"), name: name, in: ["writers"])
            }
            try await world.apply()
            let state = try await ServerState(superuser)
            for number in Self.accepted.indices {
                let name = Self.accepted[(number + shift) % Self.accepted.count]
                #expect(state[name]?.marker?.user == UserId("u\(number)"), "\(name.rawValue.debugDescription)")
            }
        }
    }

    @Test(arguments: World.postgresVersions)
    func `a person who is renamed to a name that cannot be keeps the old account, and loses nothing`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            try await world.postgres.openSuperuser().close()
            world.set("ann", in: ["readers"])
            try await world.apply()
            for entry in Self.refused {
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

    @Test(arguments: World.postgresVersions)
    func `a reserved name is no person's, but a name that only begins like one is`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            world.set("silva", name: "rdsilva", in: ["readers"])
            world.set("admin", name: "rdsadmin", in: ["readers"])
            let report = try await world.apply()
            #expect(report.outcomes.map(\.operation.account) == ["rdsilva"])
            #expect(report.plan?.content.conflicts.map(\.kind) == [.nameReserved])
            #expect(await world.canLogIn("rdsilva"))
        }
    }
}

extension ScratchServer {
    /// Makes the server log every statement.
    func logStatements(_ superuser: PostgresConnection) async throws {
        try await superuser.execute("ALTER SYSTEM SET log_statement = 'all'")
        try await superuser.execute("SELECT pg_reload_conf()")
        try await eventually("statements are logged") {
            let connection = try await connect(as: "postgres", secret: masterSecret.secret)
            let value = try await connection.column("SHOW log_statement")
            await connection.close()
            return value == ["all"]
        }
    }

    /// The statements in the log by which a login has changed something.
    func changes(by login: String) throws -> [String] {
        let log = try String(contentsOfFile: facts["LOG"] ?? "", encoding: .utf8)
        let verbs = ["CREATE", "ALTER", "DROP", "GRANT", "REVOKE", "COMMENT", "SET LOCAL", "BEGIN"]
        return log.split(separator: "\n").map(String.init).filter { line in
            line.contains("\(login)@") && verbs.contains { line.contains($0) }
        }
    }
}
