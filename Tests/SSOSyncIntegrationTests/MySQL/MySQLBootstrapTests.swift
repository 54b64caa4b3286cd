// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncMySQL
import SSOSyncTestSupport
import Testing

@Suite("The provisioner's rights on MySQL")
struct MySQLBootstrapTests {
    @Test(arguments: MySQLScratchServer.Master.allCases)
    func `bootstrap makes what is needed and what the master user can give, and nothing when it is there`(
        master: MySQLScratchServer.Master
    ) async throws {
        try await World.withMySQL(master: master) { world in
            #expect(try await world.mysql.makeProvisioner(roles: world.roles) == [])
            let made = try await world.mysql.makeProvisioner(login: "other", roles: world.roles)
            #expect(made.suffix(2) == Self.special(master, login: "other"))
            #expect(made.dropLast(2) == MySQLBootstrap(login: "other").statements.prefix(made.count - 2))
            #expect(try await world.mysql.makeProvisioner(login: "other", roles: world.roles) == [])
            try await Self.letInAndOut(world)
        }
    }

    /// RDS for MySQL gives nobody SHOW_ROUTINE or CONNECTION_ADMIN from 8.0.36 on, and Aurora SHOW_ROUTINE from 3.04 on.
    private static func special(_ master: MySQLScratchServer.Master, login: String) -> [String] {
        switch master {
        case .aurora:
            ["GRANT SHOW_ROUTINE ON *.* TO '\(login)'@'%';", "GRANT CONNECTION_ADMIN ON *.* TO '\(login)'@'%';"]
        case .rds:
            [
                "GRANT CREATE ROUTINE ON *.* TO '\(login)'@'%';",
                "GRANT EXECUTE ON PROCEDURE mysql.rds_kill TO '\(login)'@'%';",
            ]
        }
    }

    /// A run that lets somebody in and one that ends the session, both with all that a provisioner needs.
    private static func letInAndOut(
        _ world: World,
        _ change: @escaping (inout ProvisionerSettings) -> Void = { _ in }
    ) async throws {
        for user in ["ann", "stays"] as [UserId] { world.set(user, in: ["readers"]) }
        let joined = try await world.run(change)
        #expect(joined.verdict == .inSync, "\(joined.failure as Any)")
        let session = try await world.mysql.logIn(as: "ann")
        world.set("ann", in: [])
        let report = try await world.run(change)
        #expect(report.verdict == .inSync, "\(report.failure as Any)")
        #expect(report.outcome("end-sessions", of: "ann")?.sessionsEnded == 1)
        await #expect(throws: LostSession.self) { try await session.check() }
    }

    @Test(arguments: MySQLScratchServer.Master.allCases)
    func `what bootstrap prints without a server is enough, with what it says of each kind`(
        master: MySQLScratchServer.Master
    ) async throws {
        try await World.withMySQL(master: master) { world in
            let statements = MySQLBootstrap(login: "other").statements
            let heading = try #require(statements.firstIndex { $0.hasPrefix("-- On RDS for MySQL") })
            let remarks = statements[(heading + 1)...].map { $0.dropFirst("-- ".count) }
            #expect(remarks.map(String.init) == Self.special(.rds, login: "other"))
            let common = statements.prefix { !$0.hasPrefix("-- On Aurora") }
            let script = master == .aurora ? statements : common + remarks.map(String.init)
            try await world.mysql.runAsMaster(script.joined(separator: "\n"))
            try await Self.letInAndOut(world) { $0.user = "other" }
        }
    }

    @Test(arguments: ["SHOW_ROUTINE", "CREATE ROUTINE", "ALTER ROUTINE", "EXECUTE", "SELECT"])
    func `each right that shows the routines of others will do`(right: String) async throws {
        try await World.withMySQL { world in
            try await world.mysql.superuser(
                """
                REVOKE SHOW_ROUTINE ON *.* FROM sso_provisioner; GRANT \(right) ON *.* TO sso_provisioner;
                CREATE DATABASE app
                """
            )
            world.set("ann", in: ["readers"])
            try await world.apply()
            try await world.mysql.superuser("CREATE DEFINER = ann PROCEDURE app.hers() SELECT 1")
            world.set("ann", name: "ann.b", in: ["readers"])
            let conflict = try #require(try await world.apply().conflicts(.renameBlocked).first)
            #expect(conflict.message.contains("procedure"), "\(conflict.message)")
        }
    }

    @Test func `a master user without ROLE_ADMIN gives ADMIN OPTION on each role, or is told which it lacks`()
        async throws
    {
        try await World.withMySQL(master: .rds) { world in
            try await world.mysql.superuser("REVOKE ROLE_ADMIN ON *.* FROM rds_superuser_role")
            let error = await #expect(throws: SyncError.self) {
                try await world.mysql.makeProvisioner(login: "other", roles: world.roles)
            }
            #expect(error?.code == .privilege)
            #expect(error?.message.contains("nor ADMIN OPTION on 'readers'@'%'") == true, "\(error as Any)")
            #expect(error?.message.contains("from 8.0.36 on") == true)
            #expect(try await world.mayLogIn("other") == nil, "half done")
            try await world.mysql.superuser("GRANT readers, writers TO admin WITH ADMIN OPTION")
            let made = try await world.mysql.makeProvisioner(login: "other", roles: world.roles)
            #expect(made.contains("GRANT 'readers'@'%' TO 'other'@'%' WITH ADMIN OPTION;"))
            #expect(!made.contains { $0.contains("ROLE_ADMIN") })
            #expect(try await world.mysql.makeProvisioner(login: "other", roles: world.roles) == [])
            try await Self.letInAndOut(world) { $0.user = "other" }
        }
    }

    @Test func `bootstrap says which role is missing`() async throws {
        try await World.withMySQL { world in
            let error = await #expect(throws: SyncError.self) {
                try await world.mysql.makeProvisioner(roles: ["absent"])
            }
            #expect(error?.message.contains("'absent'@'%'") == true)
        }
    }

    /// Each right that bootstrap gives, and what the run says that lacks it.
    @Test(arguments: [
        ("CREATE USER ON *.*", "GRANT CREATE USER ON *.*"), ("PROCESS ON *.*", "GRANT PROCESS ON *.*"),
        ("SHOW VIEW ON *.*", "GRANT SHOW VIEW ON *.*"), ("SHOW_ROUTINE ON *.*", "GRANT SHOW_ROUTINE ON *.*"),
        ("TRIGGER ON *.*", "GRANT TRIGGER ON *.*"), ("EVENT ON *.*", "GRANT EVENT ON *.*"),
        ("CONNECTION_ADMIN ON *.*", "GRANT CONNECTION_ADMIN ON *.*"),
        ("SELECT ON mysql.user", "GRANT SELECT ON mysql.user"),
        ("SELECT ON mysql.role_edges", "GRANT SELECT ON mysql.role_edges"),
        ("SELECT ON mysql.default_roles", "GRANT SELECT ON mysql.default_roles"),
        ("SELECT ON mysql.global_grants", "GRANT SELECT ON mysql.global_grants"),
        ("SELECT ON mysql.db", "GRANT SELECT ON mysql.db"),
        ("SELECT ON mysql.tables_priv", "GRANT SELECT ON mysql.tables_priv"),
        ("SELECT ON mysql.procs_priv", "GRANT SELECT ON mysql.procs_priv"),
    ])
    func `a right that is missing is named with the GRANT that mends it`(right: String, remedy: String) async throws {
        try await World.withMySQL { world in
            try await world.mysql.superuser("REVOKE \(right) FROM sso_provisioner")
            world.set("ann", in: ["readers"])
            let report = try await world.run()
            let failure = try #require(report.failure, "\(right)")
            #expect(failure.code == .privilege)
            #expect(failure.message.contains("\(remedy) TO 'sso_provisioner'@'%'"), "\(failure.message)")
            #expect(failure.message.contains("sso-sync bootstrap"))
            let others = MySQLBootstrapTests.tables.filter { !right.hasSuffix($0) }
            for table in others { #expect(!failure.message.contains(" \(table) TO "), "\(failure.message)") }
            #expect(try await world.mayLogIn("ann") == nil, "half done")
            try await world.mysql.makeProvisioner(roles: world.roles)
            try await world.apply()
            #expect(await world.canLogIn("ann"))
        }
    }

    /// RDS for MySQL has no SHOW_ROUTINE and no CONNECTION_ADMIN to give, but what does as well.
    @Test(arguments: ["CREATE ROUTINE ON *.*", "EXECUTE ON PROCEDURE mysql.rds_kill"])
    func
        `where RDS gives less, a right that is missing is named with the GRANT that mends it, and bootstrap gives it again`(
            right: String
        ) async throws
    {
        try await World.withMySQL(master: .rds) { world in
            try await world.mysql.superuser("REVOKE \(right) FROM sso_provisioner")
            world.set("ann", in: ["readers"])
            let failure = try #require(try await world.run().failure)
            #expect(failure.code == .privilege)
            #expect(failure.message.contains("GRANT \(right) TO 'sso_provisioner'@'%'"), "\(failure.message)")
            #expect(try await world.mayLogIn("ann") == nil, "half done")
            let made = try await world.mysql.makeProvisioner(roles: world.roles)
            #expect(made == ["GRANT \(right) TO 'sso_provisioner'@'%';"])
            try await Self.letInAndOut(world)
        }
    }

    private static let tables = [
        "mysql.user", "mysql.role_edges", "mysql.default_roles", "mysql.global_grants", "mysql.db", "mysql.tables_priv",
        "mysql.procs_priv",
    ]

    @Test func `without ROLE_ADMIN nobody is given a role, and a right on the role itself is enough`() async throws {
        try await World.withMySQL { world in
            try await world.mysql.superuser("REVOKE ROLE_ADMIN ON *.* FROM sso_provisioner")
            world.set("ann", in: ["readers"])
            let report = try await world.run()
            let conflict = try #require(report.conflicts(.roleUngrantable).first)
            #expect(conflict.message.contains("GRANT ROLE_ADMIN ON *.* TO 'sso_provisioner'@'%'"))
            #expect(try await world.rolesHeld(by: "ann") == [])
            try await world.mysql.superuser("GRANT readers TO sso_provisioner WITH ADMIN OPTION")
            try await world.apply()
            #expect(try await world.activeRoles(of: "ann") == ["readers"])
            world.set("stays", in: ["readers"])
            world.set("ann", in: [])
            try await world.apply()
            #expect(try await world.rolesHeld(by: "ann") == [])
        }
    }

    @Test func `sessions are ended by rds_kill where that is what the provisioner may call, on a reader too`()
        async throws
    {
        try await World.withMySQL(standby: true) { world in
            try await world.mysql.limitKilling()
            for user in ["ann", "stays"] as [UserId] { world.set(user, in: ["readers"]) }
            try await world.apply()
            try await eventually("the standby knows ann") { await world.canLogIn("ann", standby: true) }
            let sessions = [
                try await world.mysql.logIn(as: "ann"),
                try await world.mysql.logIn(as: "ann", standby: true, database: nil),
            ]
            world.set("ann", in: [])
            let report = try await world.apply()
            #expect(report.outcome("end-sessions", of: "ann")?.sessionsEnded == 2)
            for session in sessions { await #expect(throws: LostSession.self) { try await session.check() } }
        }
    }

    @Test func `where sessions are ended by rds_kill, its right is named if it is missing`() async throws {
        try await World.withMySQL { world in
            try await world.mysql.limitKilling()
            try await world.mysql.superuser("REVOKE EXECUTE ON PROCEDURE mysql.rds_kill FROM sso_provisioner")
            world.set("ann", in: ["readers"])
            let failure = try #require(try await world.run().failure)
            #expect(failure.code == .privilege)
            #expect(
                failure.message.contains("GRANT EXECUTE ON PROCEDURE mysql.rds_kill TO 'sso_provisioner'@'%'"),
                "\(failure.message)"
            )
            #expect(try await world.mayLogIn("ann") == nil, "half done")
            try await world.mysql.superuser("GRANT EXECUTE ON PROCEDURE mysql.rds_kill TO sso_provisioner")
            try await world.apply()
            #expect(await world.canLogIn("ann"))
        }
    }
}
