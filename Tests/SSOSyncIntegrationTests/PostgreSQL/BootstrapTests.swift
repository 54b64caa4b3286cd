// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncPostgres
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@Suite("Bootstrap", .serialized)
struct BootstrapTests {
    @Test(arguments: World.postgresVersions)
    func `a second bootstrap has nothing to do, and a dry run does nothing`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            #expect(try await world.bootstrap() == [])
            let wouldRun = try await world.bootstrap(login: "sso_second", dryRun: true)
            #expect(wouldRun.first == "CREATE ROLE \"sso_second\" LOGIN" + (version >= 16 ? ";" : " CREATEROLE;"))
            #expect(try await world.mayLogIn("sso_second") == nil)
            #expect(try await world.bootstrap(login: "sso_second") == wouldRun)
            #expect(try await world.bootstrap(login: "sso_second") == [])
        }
    }

    @Test(arguments: World.postgresVersions)
    func `a bootstrap after another role was mapped lets it be granted`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            try await world.postgres.master("CREATE ROLE reports NOLOGIN")
            let statements = try await world.bootstrap(roles: ["readers", "writers", "reports"])
            let grantor = "\"sso_sync_grantor_test\""
            let expected = "GRANT \"reports\" TO \(grantor) WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;"
            #expect(statements == (version >= 16 ? [expected] : []))
            let policy = world.policy(withGroupsFor: ["reports"])
            world.set("ann", in: [])
            world.add("ann", to: "reports")
            try await world.apply(.everyone, policy)
            #expect(try await world.rolesHeld(by: "ann") == ["reports"])
        }
    }

    @Test
    func `a bootstrap with a larger capacity adds owner roles and nothing else`() async throws {
        try await World.with(postgres: 17) { world in
            let statements = try await world.bootstrap(capacity: 1_400)
            #expect(statements.first == "CREATE ROLE \"sso_sync_owner_test_03\" NOLOGIN CREATEROLE;")
            #expect(statements.count == 3)
            #expect(statements.allSatisfy { $0.contains("sso_sync_owner_test_03") })
            #expect(try await world.bootstrap(capacity: 1_400) == [])
            #expect(try await world.bootstrap(capacity: 100) == [])
        }
    }

    @Test(arguments: ["NOCREATEROLE", "LOGIN"])
    func `a role that is called like an owner role, and is none, is made one`(attribute: String) async throws {
        try await World.with(postgres: 17, capacity: 100) { world in
            try await world.postgres.superuser("ALTER ROLE sso_sync_owner_test_01 \(attribute)")
            world.set("ann", in: ["readers"])
            #expect(try await world.run().failure?.message.contains("run sso-sync bootstrap") == true)
            let statements = try await world.bootstrap(capacity: 100)
            #expect(statements == ["ALTER ROLE \"sso_sync_owner_test_01\" NOLOGIN CREATEROLE;"])
            try await world.apply()
            #expect(try await world.bootstrap(capacity: 100) == [])
        }
    }

    @Test
    func `a bootstrap makes the master user no more a member of rds_iam than it was, so its password goes on working`()
        async throws
    {
        try await World.with(postgres: 17) { world in
            // Whoever may grant rds_iam is a member of it already, in the way that pg_hba.conf counts.
            try await world.postgres.superuser(
                """
                CREATE ROLE dba LOGIN CREATEROLE;
                GRANT rds_iam, pg_signal_backend TO dba WITH ADMIN TRUE, INHERIT FALSE, SET FALSE
                """
            )
            let question = """
                SELECT rolname, pg_has_role(oid, 'rds_iam', 'MEMBER'), pg_has_role(oid, 'rds_iam', 'USAGE'),
                    pg_has_role(oid, 'rds_iam', 'SET')
                FROM pg_roles WHERE rolname = 'dba'
                """
            let before = try await world.postgres.superuser(question)
            #expect(before == ["dba|t|f|f"])
            let bootstrap = PostgresBootstrap(
                login: "sso_other",
                owner: "other",
                roles: [],
                capacity: 100,
                serverVersion: 170_000
            )
            let script = ["SET SESSION AUTHORIZATION dba;"] + bootstrap.statements
            try await world.postgres.superuser(script.joined(separator: "\n"))
            #expect(try await world.postgres.superuser(question) == before)
            #expect(
                try await world.postgres.superuser("SELECT oid FROM pg_roles WHERE rolname = 'sso_other'").count == 1
            )
            let rows =
                "SELECT count(*) FROM pg_auth_members WHERE roleid = 'rds_iam'::regrole AND member = 'dba'::regrole"
            #expect(try await world.postgres.superuser(rows) == ["1"])
        }
    }

    @Test
    func `a master user that is set to inherit what it makes does not inherit the provisioner's login`() async throws {
        try await World.with(postgres: 17) { world in
            try await world.postgres.superuser("ALTER ROLE postgres SET createrole_self_grant = 'set, inherit'")
            _ = try await world.bootstrap(login: "sso_second")
            let rows = """
                SELECT DISTINCT inherit_option, set_option FROM pg_auth_members
                WHERE roleid = 'sso_second'::regrole AND member = 'postgres'::regrole
                """
            #expect(try await world.postgres.superuser(rows) == ["f|f"])
        }
    }

    @Test(arguments: World.postgresVersions)
    func `a bootstrap with a mapped role that does not exist names it and makes nothing`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            let error = try await #require(throws: SyncError.self) {
                try await world.bootstrap(login: "sso_second", roles: ["readers", "ghosts"])
            }
            #expect(error.message.contains("\"ghosts\""))
            #expect(!error.message.contains("\"readers\""))
            #expect(try await world.mayLogIn("sso_second") == nil)
        }
    }

    @Test(arguments: World.postgresVersions)
    func `accounts that are made turn nobody else into a member of rds_iam, whose password would stop working`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            let members = """
                SELECT rolname FROM pg_roles WHERE rolcanlogin AND NOT rolsuper AND pg_has_role(oid, 'rds_iam', 'MEMBER')
                ORDER BY 1
                """
            try await world.postgres.superuser("CREATE ROLE robot LOGIN PASSWORD 'x'; GRANT readers TO robot")
            let before = try await world.postgres.superuser(members)
            for user: UserId in ["ann", "bob"] { world.set(user, in: ["readers", "writers"]) }
            try await world.apply()
            #expect(try await world.postgres.superuser(members) == (before + ["ann", "bob"]).sorted())
        }
    }

    // MARK: Capacity

    @Test
    func `more than 500 accounts are spread over the owner roles`() async throws {
        try await World.with(postgres: 17, capacity: 600) { world in
            for number in 1...600 { world.set(UserId("p\(number)"), in: ["readers"]) }
            try await world.apply()
            #expect(try await world.accountsByOwner() == ["sso_sync_owner_test_01|300", "sso_sync_owner_test_02|300"])
            #expect(try await world.plan().isInSync)
        }
    }

    @Test
    func `when the owner roles are full the error says what to do, and what room there is was filled`() async throws {
        try await World.with(postgres: 17, capacity: 500) { world in
            for number in 1...502 { world.set(UserId("p\(number)"), in: ["readers"]) }
            let report = try await world.run()
            #expect(report.verdict == .partialFailure)
            #expect(report.failedOutcomes.count == 2)
            #expect(report.failedOutcomes.first?.error?.code == .privilege)
            #expect(report.failedOutcomes.first?.error?.message.contains("sso-sync bootstrap --capacity") == true)
            #expect(try await world.accountsByOwner() == ["sso_sync_owner_test_01|500"])

            try await world.bootstrap(capacity: 600)
            try await world.apply()
            #expect(
                try await world.accountsByOwner() == ["sso_sync_owner_test_01|500", "sso_sync_owner_test_02|2"]
            )
        }
    }

    // MARK: Another login

    @Test(arguments: World.postgresVersions, [false, true])
    func `what one provisioner made another of the same deployment locks, grants, revokes, restores and drops`(
        version: Int,
        dropsTheFirst: Bool
    ) async throws {
        try await World.with(postgres: version) { world in
            for user: UserId in ["locked", "returns", "stays"] { world.set(user, in: ["readers"]) }
            world.set("granted", in: ["readers"])
            world.set("revoked", in: ["readers", "writers"])
            world.set("stays", in: ["readers", "writers"])
            try await world.apply()
            world.set("returns", in: [])
            try await world.apply()
            try await world.bootstrap(login: "sso_second")
            if dropsTheFirst { try await world.postgres.superuser("DROP ROLE sso_provisioner") }

            world.set("locked", in: [])
            world.set("returns", in: ["readers"])
            world.set("granted", name: "renamed", in: ["readers", "writers"])
            world.set("revoked", in: ["readers"])
            try await Self.runAsSecond(world)
            #expect(try await world.mayLogIn("locked") == false)
            #expect(try await world.rolesHeld(by: "locked") == [])
            #expect(await world.canLogIn("returns"))
            #expect(try await world.rolesHeld(by: "renamed") == ["readers", "writers"])
            #expect(try await world.rolesHeld(by: "revoked") == ["readers"])
            world.pass(seconds: 90_000)
            try await Self.runAsSecond(world)
            #expect(try await world.mayLogIn("locked") == nil)
        }
    }

    private static func runAsSecond(_ world: World) async throws {
        let report = try await world.run { $0.user = "sso_second" }
        #expect(report.verdict == .inSync, "\(report.failure as Any) \(report.failedOutcomes)")
        #expect(report.conflicts(.unexpectedShape) == [])
        #expect(report.findings(.irrevocableMembership) == [])
        #expect(report.findings(.foreignMembership) == [])
    }
}

extension World {
    /// Runs a bootstrap as the master user.
    @discardableResult
    func bootstrap(
        login: String = "sso_provisioner",
        roles: Set<RoleName> = ["readers", "writers"],
        capacity: Int = 1_000,
        dryRun: Bool = false
    ) async throws -> [String] {
        try await PostgresBootstrap.run(
            postgres.configuration(user: "postgres"),
            secrets: postgres.masterSecret,
            login: login,
            owner: Self.owner,
            roles: roles,
            capacity: capacity,
            dryRun: dryRun
        )
    }

    /// How many accounts each owner role has made.
    fileprivate func accountsByOwner() async throws -> [String] {
        try await postgres.superuser(
            """
            SELECT o.rolname, count(*) FROM pg_auth_members m JOIN pg_roles o ON o.oid = m.member
                JOIN pg_roles a ON a.oid = m.roleid
            WHERE o.rolname LIKE 'sso\\_sync\\_owner%' AND a.rolcanlogin GROUP BY 1 ORDER BY 1
            """
        )
    }
}
