// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncPostgres
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

/// Owner roles are there since PostgreSQL 16.
@Suite("Owner roles")
struct OwnerRolesTests {
    static let versions = World.versions.filter { $0 >= 16 }

    @Test(arguments: versions, ["all at once", "one by one"])
    func `whatever createrole_self_grant says, no owner role can act as an account or use its rights`(
        version: Int,
        way: String
    ) async throws {
        try await World.with(version) { world in
            try await world.server.superuser("ALTER ROLE sso_provisioner SET createrole_self_grant = 'set, inherit'")
            let people = (1...6).map { UserId("p\($0)") }
            for user in people { world.set(user, in: ["readers"]) }
            let provisioner = InterceptedProvisioner(world.provisioner()) { event in
                guard case .inspected = event, way == "one by one" else { return }
                try await world.server.superuser("CREATE ROLE p1 NOLOGIN")
            }
            let report = try #require(await world.engine(provisioner: provisioner).apply().targets.first)
            let made = way == "one by one" ? 5 : 6
            #expect(report.outcomes.count(where: \.isDone) == made)
            let memberships = try await world.server.superuser(
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
        try await World.with(version) { world in
            let other = try await Self.otherDeployment(world)
            #expect(await other.apply().verdict == .inSync)
            world.set("ann", in: ["readers"])
            world.set("stays", in: ["writers"])
            try await world.apply()
            try await world.server.superuser(
                """
                CREATE ROLE robot LOGIN; GRANT readers TO robot GRANTED BY sso_sync_grantor_other;
                GRANT writers TO ann GRANTED BY sso_sync_grantor_other
                """
            )
            let superuser = try await world.server.openSuperuser()
            let before = try await ServerState(superuser)
            let report = try await world.apply()
            #expect(report.outcomes.isEmpty)
            let statements = report.findings(.irrevocableMembership, of: "ann").flatMap(\.statements)
            #expect(statements.count == 1)
            #expect(try await ServerState(superuser) == before)

            world.set("ann", in: [])
            try await world.apply()
            let after = try await ServerState(superuser)
            #expect(after["ann"]?.canLogIn == false)
            #expect(after["ann"]?.roles == ["writers"])
            for name in ["eve", "robot"] as [AccountName] { #expect(after[name] == before[name]) }
            #expect(await other.plan().verdict == .inSync)
            try await world.server.master(statements.joined())
            #expect(try await ServerState(superuser)["ann"]?.roles == [])
        }
    }

    /// Another deployment of the same directory on the same server, with one person.
    private static func otherDeployment(_ world: World) async throws -> SyncEngine {
        _ = try await PostgresBootstrap.run(
            world.server.configuration(user: "postgres"),
            secrets: world.server.masterSecret,
            login: "sso_other",
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
            world.server.configuration(user: "sso_other"),
            owner: "other",
            secrets: ScratchServer.tokens
        )
        return SyncEngine(
            source: directory,
            targets: [.init(policy: Policy(target: "orders", owner: "other", groups: [rule]), provisioner: provisioner)]
        )
    }
}
