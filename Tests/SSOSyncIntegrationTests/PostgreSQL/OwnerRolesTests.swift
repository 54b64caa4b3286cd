// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncPostgres
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

/// Owner roles are there since PostgreSQL 16.
@Suite("Owner roles")
struct OwnerRolesTests {
    static let versions = World.postgresVersions.filter { $0 >= 16 }

    @Test(arguments: versions, ["all at once", "one by one"])
    func `whatever createrole_self_grant says, no owner role can act as an account or use its rights`(
        version: Int,
        way: String
    ) async throws {
        try await World.with(postgres: version) { world in
            try await world.postgres.superuser("ALTER ROLE sso_provisioner SET createrole_self_grant = 'set, inherit'")
            let people = (1...6).map { UserId("p\($0)") }
            for user in people { world.set(user, in: ["readers"]) }
            let provisioner = InterceptedProvisioner(world.provisioner()) { event in
                guard case .inspected = event, way == "one by one" else { return }
                try await world.postgres.superuser("CREATE ROLE p1 NOLOGIN")
            }
            let report = try #require(await world.engine(provisioner: provisioner).apply().targets.first)
            let made = way == "one by one" ? 5 : 6
            #expect(report.outcomes.count(where: \.isDone) == made)
            let memberships = try await world.postgres.superuser(
                """
                SELECT m.admin_option, m.inherit_option, m.set_option, count(*) FROM pg_auth_members m
                    JOIN pg_roles o ON o.oid = m.member JOIN pg_roles a ON a.oid = m.roleid
                WHERE o.rolname LIKE 'sso\\_sync\\_owner%' AND a.rolcanlogin GROUP BY 1, 2, 3
                """
            )
            #expect(memberships == ["t|f|f|\(made)"])
        }
    }

    @Test(arguments: versions)
    func `what another deployment granted stays as it is, on its accounts, on ours and on anybody's`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            let other = try await Self.otherDeployment(world)
            #expect(await other.apply().verdict == .inSync)
            world.set("ann", in: ["readers"])
            world.set("stays", in: ["writers"])
            try await world.apply()
            try await world.postgres.superuser(
                """
                CREATE ROLE robot LOGIN; GRANT readers TO robot GRANTED BY sso_sync_grantor_other;
                GRANT writers TO ann GRANTED BY sso_sync_grantor_other
                """
            )
            let superuser = try await world.postgres.openSuperuser()
            let before = try await ServerState(superuser)
            let report = try await world.apply()
            #expect(report.outcomes.isEmpty)
            let statements = report.findings(.lostRoleKept, of: "ann").flatMap(\.statements)
            #expect(statements.count == 1)
            #expect(try await ServerState(superuser) == before)

            world.set("ann", in: [])
            try await world.apply()
            let after = try await ServerState(superuser)
            #expect(after["ann"]?.canLogIn == false)
            #expect(after["ann"]?.roles == ["writers"])
            for name in ["eve", "robot"] as [AccountName] { #expect(after[name] == before[name]) }
            #expect(await other.plan().verdict == .inSync)
            try await world.postgres.master(statements.joined())
            #expect(try await ServerState(superuser)["ann"]?.roles == [])
        }
    }

    /// Whoever has CREATEROLE can make roles with our names and give them to the login.
    @Test(arguments: versions)
    func `roles that a leaver made to look like ours keep nobody in, and get no accounts`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            for user: UserId in ["mallory", "ann"] { world.set(user, in: ["readers"]) }
            try await world.apply()
            try await world.postgres.superuser(
                """
                ALTER ROLE mallory CREATEROLE; SET ROLE mallory;
                CREATE ROLE sso_sync_grantor_0; GRANT sso_sync_grantor_0 TO sso_provisioner WITH SET TRUE;
                CREATE ROLE sso_sync_owner_x CREATEROLE;
                GRANT sso_sync_owner_x TO sso_provisioner WITH INHERIT TRUE, SET FALSE;
                CREATE ROLE sso_sync_owner_test_00 CREATEROLE; GRANT sso_sync_owner_test_00 TO sso_provisioner
                """
            )
            world.set("mallory", in: [])
            world.set("bob", in: ["readers"])
            let report = try await world.apply()
            #expect(try await world.mayLogIn("mallory") == false)
            #expect(await world.canLogIn("bob"))
            let notices = report.findings(.notice).map(\.message)
            #expect(notices.count == 1 && notices.contains { $0.contains("sso_sync_owner_test_00") }, "\(notices)")
            let planted = try await world.postgres.superuser(
                """
                SELECT a.rolname FROM pg_auth_members m JOIN pg_roles a ON a.oid = m.roleid
                WHERE m.member = 'sso_sync_owner_test_00'::regrole
                """
            )
            #expect(planted == [])
        }
    }

    @Test(arguments: versions)
    func `a closed owner role stops its own accounts only, and the notice names the GRANT`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            for user: UserId in ["ann", "bob"] { world.set(user, in: ["readers"]) }
            try await world.apply()
            try await world.postgres.takeAway("sso_sync_owner_test_01", from: "sso_provisioner")
            try await world.postgres.master(
                "GRANT sso_sync_owner_test_01 TO sso_provisioner WITH INHERIT TRUE, SET FALSE"
            )
            for user: UserId in ["ann", "bob"] { world.set(user, in: []) }
            world.set("carl", in: ["readers"])
            let report = try await world.run { $0.outTimeout = .milliseconds(300) }
            #expect(await world.canLogIn("carl"))
            #expect(try await [world.mayLogIn("ann"), world.mayLogIn("bob")].count { $0 == false } == 1)
            #expect(report.verdict == .partialFailure)
            let notice = try #require(report.findings(.notice).first?.message)
            #expect(notice.contains("may not switch to sso_sync_owner_test_01"))
            try await world.postgres.master(try #require(statement(in: notice)))
            try await world.apply()
            for account: AccountName in ["ann", "bob"] { #expect(try await world.mayLogIn(account) == false) }
        }
    }

    @Test(arguments: versions)
    func `two deployments that share a login keep their grantors apart`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            let other = try await Self.otherDeployment(world, login: "sso_provisioner")
            world.set("ann", in: ["readers", "writers"])
            try await world.apply()
            #expect(await other.apply().verdict == .inSync)
            world.set("ann", in: ["writers"])
            let report = try await world.apply()
            #expect(report.findings(.irrevocableMembership) == [])
            #expect(try await world.rolesHeld(by: "ann") == ["writers"])
            #expect(try await world.rolesHeld(by: "eve") == ["readers"])
        }
    }

    @Test
    func `a reading of a few people counts the owner roles' accounts to the last one, too`() async throws {
        try await World.with(postgres: 17) { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            // The bootstrap made room for a thousand; at nine hundred there is a notice.
            try await Self.makeLogins(898, world)
            for isFull in [false, true] {
                let everyone = try await world.read(.everyone, names: [])
                let few = try await world.read(.people(["ann"]), names: ["ann"])
                #expect(everyone.notices.isEmpty == !isFull)
                #expect(few.notices == everyone.notices)
                try await Self.makeLogins(1, world)
            }
        }
    }

    private static func makeLogins(_ count: Int, _ world: World) async throws {
        try await world.postgres.superuser(
            """
            DO $$ BEGIN FOR i IN 1..\(count) LOOP
                EXECUTE format('CREATE ROLE %1$I LOGIN; GRANT %1$I TO sso_sync_owner_test_01 WITH ADMIN TRUE',
                    'filler' || (SELECT count(*) FROM pg_roles));
            END LOOP; END $$
            """
        )
    }

    /// To switch once more costs the server a look at all accounts.
    @Test(arguments: versions, [true, false])
    func `a single account is made under one role, which grants in the grantor's name`(
        version: Int,
        looksAtEveryone: Bool
    ) async throws {
        try await World.with(postgres: version) { world in
            for user: UserId in ["ann", "bob"] { world.set(user, in: ["readers"]) }
            try await world.apply()
            world.set("carl", in: ["readers", "writers"])
            let scope: ScopeRequest = looksAtEveryone ? .everyone : .people(["carl"])
            let roles = try await Self.rolesSwitchedTo(world, scope)
            #expect(roles.count == 1 && roles.allSatisfy { $0.contains("sso_sync_owner_test_0") }, "\(roles)")
            try await world.apply(scope)
            #expect(try await Self.grantors(world) == ["sso_sync_grantor_test"])
            #expect(try await world.rolesHeld(by: "carl") == ["readers", "writers"])
            #expect(await world.canLogIn("carl"))

            world.set("carl", in: ["writers"])
            #expect(try await world.apply(scope).verdict == .inSync)
            #expect(try await world.rolesHeld(by: "carl") == ["writers"])
            for user: UserId in ["dora", "ed"] { world.set(user, in: ["readers"]) }
            #expect(try await Self.rolesSwitchedTo(world, .everyone).last?.contains("sso_sync_grantor_test") == true)
        }
    }

    @Test(arguments: versions)
    func `owner roles that an earlier bootstrap did not give the grantor's rights work as before`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            let owners = ["sso_sync_owner_test_01", "sso_sync_owner_test_02"]
            for owner in owners { try await world.postgres.takeAway("sso_sync_grantor_test", from: owner) }
            for user: UserId in ["ann", "bob"] {
                world.set(user, in: ["readers"])
                let scope = ScopeRequest.people([user])
                #expect(try await Self.rolesSwitchedTo(world, scope).last?.contains("sso_sync_grantor_test") == true)
                try await world.apply(scope)
            }
            #expect(try await Self.grantors(world) == ["sso_sync_grantor_test"])
            let grants = owners.map { "GRANT \"sso_sync_grantor_test\" TO \"\($0)\" WITH INHERIT TRUE;" }
            #expect(try await world.bootstrap() == grants)
            world.set("carl", in: ["readers"])
            #expect(try await Self.rolesSwitchedTo(world, .everyone).count == 1)
        }
    }

    private static func rolesSwitchedTo(_ world: World, _ scope: ScopeRequest) async throws -> [String] {
        var options = SyncEngine.Options()
        options.includesScripts = true
        let report = await world.engine().plan(scope, options: options)
        let script = try #require(report.targets.first?.script, "\(report.targets.first?.failure as Any)")
        return script.filter { $0.hasPrefix("SET LOCAL ROLE") }
    }

    /// Who granted anything to people.
    private static func grantors(_ world: World) async throws -> [String] {
        try await world.postgres.superuser(
            """
            SELECT DISTINCT g.rolname FROM pg_auth_members m
                JOIN pg_roles a ON a.oid = m.member JOIN pg_roles g ON g.oid = m.grantor
                JOIN pg_shdescription d ON d.objoid = a.oid AND d.classoid = 'pg_authid'::regclass
            """
        )
    }

    /// Another deployment of the same directory on the same server, with one person.
    private static func otherDeployment(_ world: World, login: String = "sso_other") async throws -> SyncEngine {
        _ = try await PostgresBootstrap.run(
            world.postgres.configuration(user: "postgres"),
            secrets: world.postgres.masterSecret,
            login: login,
            owner: "other",
            roles: Set(world.roles),
            capacity: 100,
            dryRun: false
        )
        let directory = InMemoryDirectory(
            id: World.directoryId,
            now: .now,
            people: [Person(id: "eve", accountName: "eve")],
            groups: [DirectoryGroup(id: "g-readers", name: "readers", members: ["eve"])]
        )
        let rule = Policy.GroupRule(group: "readers", roles: ["readers"])
        let provisioner = PostgresProvisioner(
            world.postgres.configuration(user: login),
            owner: "other",
            secrets: IAMStandIn.tokens
        )
        return SyncEngine(
            source: directory,
            targets: [.init(policy: Policy(target: "orders", owner: "other", groups: [rule]), provisioner: provisioner)]
        )
    }
}
