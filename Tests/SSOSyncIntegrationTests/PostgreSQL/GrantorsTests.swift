// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncPostgres
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@Suite("Grants and their grantors", .serialized)
struct GrantorsTests {
    @Test
    func `a role that is passed on after the plan was made stays too, and the revocation fails by name`() async throws {
        try await World.with(postgres: 17) { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            let deadline = ContinuousClock.now.advanced(by: .seconds(30))
            let session = try await world.provisioner().openSession(
                SessionAccess(.writing, runId: "late", deadline: deadline)
            )
            let accounts = try await session.inspect(
                InspectionRequest(
                    owner: World.owner,
                    directory: World.directoryId,
                    scope: .everyone,
                    names: [],
                    roles: ["readers"],
                    windowStart: world.now
                )
            )
            let ann = try #require(accounts.accounts.first)
            try await world.postgres.superuser("CREATE ROLE carl NOLOGIN")
            try await Self.letAnnPassOn(world.postgres)
            let revocation = Operation(account: "ann", user: "ann", action: .revoke(ann.memberships))
            let outcomes = Locked<[OperationOutcome]>([])
            try await session.apply([revocation], until: deadline) { outcome in outcomes.withLock { $0.append(outcome) }
            }
            await session.close()
            #expect(outcomes.withLock { $0.map(\.error?.code) } == [.server])
            #expect(try await world.rolesHeld(by: "carl") == ["readers"])
            #expect(try await world.rolesHeld(by: "ann") == ["readers"])
        }
    }

    @Test
    func `what a leaver passed on keeps the account until the reported statements were run by the master`() async throws
    {
        try await World.with(postgres: 17) { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            try await world.postgres.master("CREATE ROLE carl NOLOGIN; CREATE ROLE dave NOLOGIN")
            try await Self.letAnnPassOn(world.postgres)
            try await world.postgres.superuser("SET ROLE ann; GRANT readers TO carl WITH ADMIN OPTION")
            try await world.postgres.superuser("SET ROLE carl; GRANT readers TO dave")
            world.set("ann", in: [])
            try await world.apply()
            world.pass(seconds: 90_000)
            let finding = try #require(try await world.run().findings(.keptForObjects, of: "ann").first)
            #expect(finding.message.contains("1 memberships that it granted"), "\(finding.message)")
            #expect(!finding.statements.joined().contains("CASCADE"))
            try await world.postgres.master(finding.statements.joined(separator: "\n"))
            #expect(try await world.postgres.superuser(ScratchServer.rightsOfMaster) == [])
            try await world.apply()
            try await world.apply()
            #expect(try await world.mayLogIn("ann") == nil)
            #expect(try await world.rolesHeld(by: "dave") == [])
        }
    }

    @Test
    func `a role that the owner roles may not grant is a conflict that names the GRANT which mends it`() async throws {
        try await World.with(postgres: 17) { world in
            try await world.postgres.master("CREATE ROLE reports NOLOGIN")
            let policy = world.policy(withGroupsFor: ["reports"])
            world.set("ann", in: ["readers"])
            world.add("ann", to: "reports")
            let report = try await world.run(policy: policy)
            #expect(try await world.rolesHeld(by: "ann") == ["readers"])
            let conflict = try #require(report.conflicts(.roleUngrantable).first)
            #expect(conflict.role == "reports")
            try await world.postgres.master(try #require(statement(in: conflict.message)))
            let next = try await world.run(policy: policy)
            #expect(next.conflicts(.roleUngrantable) == [])
            #expect(try await world.rolesHeld(by: "ann") == ["readers", "reports"])
        }
    }

    /// Gives Ann the right to grant a role, which she uses.
    private static func letAnnPassOn(_ server: ScratchServer) async throws {
        let dba = try await server.openAdministrator()
        try await dba.letPassOn("readers", by: "ann")
        try await dba.passOn("readers", from: "ann", to: "carl", withAdmin: false)
        await dba.close()
    }
}

extension ScratchServer {
    /// Asks for the roles, but the one that makes the master what it is, whose rights the master has.
    static let rightsOfMaster = """
        SELECT m.roleid::regrole FROM pg_auth_members m
        WHERE m.member = 'postgres'::regrole AND m.inherit_option AND m.roleid <> 'rds_superuser'::regrole
        """
}
