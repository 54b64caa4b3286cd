// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncMySQL
import SSOSyncTestSupport
import Testing

@Suite("Roles on MySQL")
struct MySQLRolesTests {
    @Test func `every role of a person is active in a fresh login, whenever it was granted`() async throws {
        try await World.withMySQL { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            #expect(try await world.activeRoles(of: "ann") == ["readers"])
            world.set("ann", in: ["readers", "writers"])
            try await world.apply()
            #expect(try await world.activeRoles(of: "ann") == ["readers", "writers"])
            world.set("ann", in: ["writers"])
            try await world.apply()
            #expect(try await world.activeRoles(of: "ann") == ["writers"])
            world.set("stays", in: ["readers", "writers"])
            world.set("ann", in: [])
            try await world.apply()
            world.set("ann", in: ["readers"])
            try await world.apply()
            #expect(try await world.activeRoles(of: "ann") == ["readers"])
        }
    }

    @Test func `a role that is held and not active is made active`() async throws {
        try await World.withMySQL { world in
            world.set("ann", in: ["readers", "writers"])
            try await world.apply()
            try await world.mysql.superuser("SET DEFAULT ROLE readers TO ann")
            #expect(try await world.activeRoles(of: "ann") == ["readers"])
            let report = try await world.apply()
            #expect(report.outcomes.map(\.operation.label) == ["grant"])
            #expect(try await world.activeRoles(of: "ann") == ["readers", "writers"])
            #expect(try await world.plan().isInSync)
        }
    }

    @Test func `where all roles are active at login anyway, none need be set`() async throws {
        try await World.withMySQL(options: ["--activate-all-roles-on-login=ON"]) { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            world.set("ann", in: ["readers", "writers"])
            try await world.apply()
            #expect(try await world.activeRoles(of: "ann") == ["readers", "writers"])
            #expect(try await world.plan().isInSync)
        }
    }

    @Test func `a role that everybody has is given to nobody, since it could not be taken again`() async throws {
        try await World.withMySQL { world in
            try await world.mysql.superuser("SET GLOBAL mandatory_roles = '`readers`@`%`'")
            world.set("ann", in: ["readers", "writers"])
            let report = try await world.apply()
            let conflict = try #require(report.conflicts(.roleUngrantable).first)
            #expect(conflict.role == "readers")
            #expect(conflict.message.contains("mandatory_roles"))
            #expect(try await world.rolesHeld(by: "ann") == ["writers"])
            #expect(try await world.plan().content.steps.isEmpty)
        }
    }

    @Test func `a leaver who holds a mandatory role is locked, and told apart`() async throws {
        try await World.withMySQL { world in
            for user in ["ann", "stays"] as [UserId] { world.set(user, in: ["readers"]) }
            try await world.apply()
            try await world.mysql.superuser("SET GLOBAL mandatory_roles = 'readers'")
            world.set("ann", in: [])
            let report = try await world.run()
            #expect(report.outcome("lock", of: "ann")?.isDone == true)
            #expect(report.findings(.irrevocableMembership, of: "ann").count == 1)
            #expect(await !world.canLogIn("ann"))
        }
    }

    @Test(arguments: [
        ("CREATE USER ON *.*", "CREATE USER"), ("PROCESS ON *.*", "PROCESS"), ("RELOAD ON *.*", "RELOAD"),
        ("ROLE_ADMIN ON *.*", "ROLE_ADMIN"), ("SYSTEM_VARIABLES_ADMIN ON *.*", "SYSTEM_VARIABLES_ADMIN"),
        ("UPDATE ON *.*", "UPDATE ON mysql.*"), ("INSERT ON mysql.*", "INSERT ON mysql.*"),
        ("DELETE ON mysql.user", "changes to mysql.user"),
        ("INSERT ON `my%`.*", "INSERT ON mysql.*"),
        ("UPDATE (authentication_string) ON mysql.user", "changes to mysql.user"),
        ("EXECUTE ON *.*", "EXECUTE"), ("EXECUTE ON PROCEDURE mysql.rds_kill", "EXECUTE ON mysql.rds_kill"),
        ("EXECUTE ON PROCEDURE mysql.rds_Kill_Query", "EXECUTE ON mysql.rds_kill_query"),
        ("EXECUTE ON mysql.*", "EXECUTE ON mysql.*"), ("EXECUTE ON `my%`.*", "EXECUTE ON mysql.*"),
        ("LOCK TABLES ON *.*", "LOCK TABLES ON mysql.*"), ("LOCK TABLES ON `my%`.*", "LOCK TABLES ON mysql.*"),
    ])
    func `a role with an administrative privilege is refused`(grant: String, name: String) async throws {
        try await World.withMySQL { world in
            try await world.mysql.superuser("CREATE PROCEDURE mysql.rds_kill_query(id BIGINT) KILL QUERY id")
            try await world.mysql.superuser("GRANT \(grant) TO readers")
            try await Self.expectRefusal(world, naming: name)
        }
    }

    @Test func `a role with GRANT OPTION on anything, or one that may be granted on, is refused`() async throws {
        try await World.withMySQL { world in
            try await world.mysql.superuser(
                """
                CREATE DATABASE app; CREATE TABLE app.t (x INT); CREATE PROCEDURE app.p() SELECT 1; CREATE ROLE inner_role
                """
            )
            for (grant, revoke, name) in [
                (
                    "SELECT ON app.* TO readers WITH GRANT OPTION", "ALL, GRANT OPTION FROM readers",
                    "GRANT OPTION ON app.*"
                ),
                (
                    "SELECT ON app.t TO readers WITH GRANT OPTION", "ALL, GRANT OPTION FROM readers",
                    "GRANT OPTION ON app.t"
                ),
                (
                    "EXECUTE ON PROCEDURE app.p TO readers WITH GRANT OPTION", "ALL, GRANT OPTION FROM readers",
                    "GRANT OPTION ON app.p"
                ),
                ("SELECT ON *.* TO readers WITH GRANT OPTION", "ALL, GRANT OPTION FROM readers", "GRANT OPTION"),
                ("inner_role TO readers WITH ADMIN OPTION", "inner_role FROM readers", "may grant a role on"),
            ] {
                try await world.mysql.superuser("GRANT \(grant)")
                try await Self.expectRefusal(world, naming: name)
                try await world.mysql.superuser("REVOKE \(revoke)")
            }
            try await world.apply()
            #expect(try await world.rolesHeld(by: "ann") == ["readers"])
        }
    }

    @Test func `a role that inherits a privileged one is refused, however far, and one of RDS is`() async throws {
        try await World.withMySQL { world in
            try await world.mysql.superuser(
                "CREATE ROLE a, b; GRANT FILE ON *.* TO b; GRANT b TO a; GRANT a TO readers; GRANT SELECT ON *.* TO writers"
            )
            try await Self.expectRefusal(world, naming: "inherits b, which has FILE")
            try await world.mysql.superuser("REVOKE a FROM readers; GRANT rds_superuser_role TO readers")
            try await Self.expectRefusal(world, naming: "rds_superuser_role")
            // Reading is no privilege.
            world.set("bob", in: ["writers"])
            try await world.apply()
            #expect(try await world.rolesHeld(by: "bob") == ["writers"])
        }
    }

    @Test func `partial revokes are seen: a role that may write everywhere but in the server's own tables is granted`()
        async throws
    {
        try await World.withMySQL(options: ["--partial-revokes=ON"]) { world in
            try await world.mysql.superuser("GRANT INSERT, UPDATE, DELETE ON *.* TO readers")
            try await Self.expectRefusal(world, naming: "ON mysql.*")
            try await world.mysql.superuser("REVOKE INSERT, UPDATE, DELETE ON mysql.* FROM readers")
            try await world.apply()
            #expect(try await world.rolesHeld(by: "ann") == ["readers"])
            world.set("stays", in: ["readers"])
            world.set("ann", in: [])
            try await world.apply()
            #expect(await !world.canLogIn("ann"))
            #expect(try await world.plan().isInSync)
        }
    }

    private static func expectRefusal(_ world: World, naming name: String) async throws {
        world.set("ann", in: ["readers"])
        let report = try await world.apply()
        let conflict = try #require(report.conflicts(.rolePrivileged).first, "\(name)")
        #expect(conflict.role == "readers")
        #expect(conflict.message.contains(name), "\(conflict.message)")
        #expect(try await world.rolesHeld(by: "ann") == [])
    }

    @Test(arguments: ["EXECUTE ON PROCEDURE mysql.rds_kill", "INSERT ON mysql.*"])
    func `an account that somebody gave what we never give is left alone, and one of a leaver is locked`(
        grant: String
    ) async throws {
        try await World.withMySQL { world in
            for user in ["ann", "stays"] as [UserId] { world.set(user, in: ["readers"]) }
            try await world.apply()
            try await world.mysql.superuser("GRANT \(grant) TO ann")
            world.set("ann", in: ["readers", "writers"])
            let report = try await world.apply()
            #expect(report.conflicts(.unexpectedShape).first?.message.contains(grant.suffix(8)) == true)
            #expect(try await world.rolesHeld(by: "ann") == ["readers"])
            world.set("ann", in: [])
            _ = try await world.run()
            #expect(await !world.canLogIn("ann"))
        }
    }

    // MARK: Whose grants

    private static func mapsOnlyReaders(_ policy: Policy) -> Policy {
        Policy(
            target: policy.target,
            owner: policy.owner,
            groups: policy.groups.filter { $0.group == "readers" },
            leavers: policy.leavers,
            brake: policy.brake
        )
    }

    @Test func `what we granted once and took again is not ours when somebody else grants it`() async throws {
        try await World.withMySQL { world in
            world.set("stays", in: ["readers"])
            for user in ["ann", "leaves"] as [UserId] { world.set(user, in: ["readers", "writers"]) }
            try await world.apply()
            let onlyReaders = Self.mapsOnlyReaders(world.policy())
            world.set("leaves", in: [])
            try await world.apply(.everyone, onlyReaders)
            world.set("leaves", in: ["readers"])
            try await world.apply(.everyone, onlyReaders)
            #expect(try await world.rolesHeld(by: "ann") == ["readers"])
            try await world.mysql.superuser("GRANT writers TO ann, leaves")
            let report = try await world.apply(.everyone, onlyReaders)
            for account in ["ann", "leaves"] as [AccountName] {
                #expect(try await world.rolesHeld(by: account) == ["readers", "writers"])
                #expect(report.findings(.foreignMembership, of: account).count == 1)
            }
        }
    }

    @Test func `what cannot be revoked for want of ROLE_ADMIN is said to be so`() async throws {
        try await World.withMySQL { world in
            for user in ["ann", "stays"] as [UserId] { world.set(user, in: ["readers"]) }
            try await world.apply()
            try await world.mysql.superuser("REVOKE ROLE_ADMIN ON *.* FROM sso_provisioner")
            world.set("ann", in: [])
            let report = try await world.run()
            let finding = try #require(report.findings(.irrevocableMembership, of: "ann").first)
            #expect(finding.message.contains("GRANT ROLE_ADMIN ON *.* TO 'sso_provisioner'@'%'"), "\(finding.message)")
            #expect(await !world.canLogIn("ann"))
        }
    }

    @Test func `a plan of a provisioner that lacks a right says what it may not have seen`() async throws {
        try await World.withMySQL { world in
            try await world.mysql.superuser("REVOKE EVENT ON *.* FROM sso_provisioner")
            let notices = try await world.plan().content.findings.filter { $0.kind == .notice }
            #expect(notices.contains { $0.message.contains("GRANT EVENT ON *.* TO 'sso_provisioner'@'%'") })
        }
    }

    @Test func `what a group no longer maps to is taken although MySQL records no grantor, what others gave is not`()
        async throws
    {
        try await World.withMySQL { world in
            world.set("ann", in: ["readers", "writers"])
            try await world.apply()
            try await world.mysql.superuser("CREATE ROLE extra; GRANT extra TO ann")
            let onlyReaders = Self.mapsOnlyReaders(world.policy())
            let report = try await world.apply(.everyone, onlyReaders)
            #expect(try await world.rolesHeld(by: "ann") == ["extra", "readers"])
            let finding = try #require(report.findings(.foreignMembership, of: "ann").first)
            #expect(finding.statements == ["REVOKE 'extra'@'%' FROM 'ann'@'%';"])
            // Who leaves keeps nothing.
            world.set("stays", in: ["readers"])
            world.set("ann", in: [])
            try await world.apply(.everyone, onlyReaders)
            #expect(try await world.rolesHeld(by: "ann") == [])
        }
    }
}
