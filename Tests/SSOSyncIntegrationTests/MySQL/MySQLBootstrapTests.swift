// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncMySQL
import SSOSyncTestSupport
import Testing

@Suite("The provisioner's rights on MySQL")
struct MySQLBootstrapTests {
    @Test func `bootstrap makes what is needed, and nothing when it is there`() async throws {
        try await World.withMySQL { world in
            #expect(try await world.mysql.makeProvisioner(roles: world.roles) == [])
            let made = try await world.mysql.makeProvisioner(login: "other", roles: world.roles)
            #expect(made == MySQLBootstrap(login: "other").statements)
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
            #expect(try await world.mayLogIn("ann") == nil, "half done")
            try await world.mysql.makeProvisioner(roles: world.roles)
            try await world.apply()
            #expect(await world.canLogIn("ann"))
        }
    }

    @Test func `without ROLE_ADMIN nobody is given a role, and a right on the role itself is enough`() async throws {
        try await World.withMySQL { world in
            try await world.mysql.superuser("REVOKE ROLE_ADMIN ON *.* FROM sso_provisioner")
            world.set("ann", in: ["readers"])
            let report = try await world.run()
            let conflict = try #require(report.conflicts(.roleUngrantable).first)
            #expect(conflict.message.contains("GRANT ROLE_ADMIN ON *.* TO 'sso_provisioner'@'%'"))
            #expect(try await world.rolesHeld(by: "ann") == [])
        }
    }

    @Test func `sessions are ended by rds_kill where that is what the provisioner may call`() async throws {
        try await World.withMySQL { world in
            try await world.mysql.limitKilling()
            for user in ["ann", "stays"] as [UserId] { world.set(user, in: ["readers"]) }
            try await world.apply()
            let session = try await world.mysql.logIn(as: "ann")
            world.set("ann", in: [])
            let report = try await world.apply()
            #expect(report.outcome("end-sessions", of: "ann")?.sessionsEnded == 1)
            await #expect(throws: LostSession.self) { try await session.check() }
        }
    }
}
