// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncPostgres
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@Suite("Grants that others gave, and roles that nobody may have", .serialized)
struct GrantsTests {
    // MARK: Grantors

    @Test(arguments: World.postgresVersions)
    func `a role that was passed on is never revoked with CASCADE, and stops no other revocation`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            for user: UserId in ["ann", "bob", "stays"] { world.set(user, in: ["readers", "writers"]) }
            try await world.apply()
            try await world.postgres.superuser("CREATE ROLE carl NOLOGIN")
            try await Self.letPassOn(world.postgres, from: ["ann", "bob"], to: "carl")

            world.set("ann", in: [])
            world.set("bob", in: [])
            world.add("bob", to: "writers")
            let report = try await world.run()
            #expect(report.verdict == .inSync, "\(report.failedOutcomes.map { "\($0.operation) \($0.result)" })")
            #expect(try await world.rolesHeld(by: "carl").contains("readers"))
            #expect(await !world.canLogIn("ann"))
            try await Self.checkWhatIsLeft(world, report)
            #expect(try await world.plan().isInSync)
            #expect(try await world.rolesHeld(by: "ann") == [])
            #expect(try await world.rolesHeld(by: "bob") == ["writers"])
            #expect(try await world.rolesHeld(by: "carl") == ["readers"])
        }
    }

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
            try await Self.letPassOn(world.postgres, from: ["ann"], to: "carl")
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

    /// Gives people the right to grant a role, which they use.
    private static func letPassOn(_ server: ScratchServer, from people: [String], to other: String) async throws {
        let grantor = server.version >= 16 ? "GRANTED BY sso_sync_grantor_test" : ""
        for person in people {
            try await server.superuser("GRANT readers TO \(person) WITH ADMIN OPTION \(grantor)")
            try await server.superuser("SET ROLE \(person); GRANT readers TO \(other)")
        }
    }

    /// Since PostgreSQL 16 what was passed on holds the grant that it hangs on: the report says how to untie it.
    private static func checkWhatIsLeft(_ world: World, _ report: TargetReport) async throws {
        guard world.postgres.version >= 16 else { return }
        #expect(try await world.rolesHeld(by: "ann") == ["readers"])
        #expect(try await world.rolesHeld(by: "bob") == ["readers", "writers"])
        try await world.postgres.superuser("GRANT readers TO carl")
        for account: AccountName in ["ann", "bob"] {
            let finding = try #require(report.findings(.irrevocableMembership, of: account).first)
            #expect(!finding.statements.joined().contains("CASCADE"))
            #expect(finding.message.hasSuffix("\(account) has passed it on, and that has to be taken back first"))
            try await world.postgres.master(finding.statements.joined(separator: "\n"))
        }
        // Rights that were lent are given back.
        #expect(try await world.postgres.superuser(Self.rightsOfMaster) == [])
        try await world.apply()
    }

    private static let rightsOfMaster = """
        SELECT m.roleid::regrole FROM pg_auth_members m
        WHERE m.member = 'postgres'::regrole AND m.inherit_option AND m.roleid <> 'rds_superuser'::regrole
        """

    @Test
    func `what a leaver passed on keeps the account until the reported statements were run by the master`() async throws
    {
        try await World.with(postgres: 17) { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            try await world.postgres.master("CREATE ROLE carl NOLOGIN; CREATE ROLE dave NOLOGIN")
            try await Self.letPassOn(world.postgres, from: ["ann"], to: "carl")
            try await world.postgres.superuser("SET ROLE ann; GRANT readers TO carl WITH ADMIN OPTION")
            try await world.postgres.superuser("SET ROLE carl; GRANT readers TO dave")
            world.set("ann", in: [])
            try await world.apply()
            world.pass(seconds: 90_000)
            let finding = try #require(try await world.run().findings(.keptForObjects, of: "ann").first)
            #expect(finding.message.contains("1 memberships that it granted"), "\(finding.message)")
            #expect(!finding.statements.joined().contains("CASCADE"))
            try await world.postgres.master(finding.statements.joined(separator: "\n"))
            #expect(try await world.postgres.superuser(Self.rightsOfMaster) == [])
            try await world.apply()
            try await world.apply()
            #expect(try await world.mayLogIn("ann") == nil)
            #expect(try await world.rolesHeld(by: "dave") == [])
        }
    }

    @Test(arguments: World.postgresVersions)
    func `a membership that the master granted is reported with the statement by which the master takes it back`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            for user: UserId in ["ann", "bob"] { world.set(user, in: ["readers"]) }
            world.set("stays", in: ["readers", "writers"])
            try await world.apply()
            try await world.postgres.master("GRANT writers TO ann; GRANT writers TO bob")
            world.set("ann", in: [])
            let report = try await world.run()
            #expect(report.verdict == .inSync, "\(report.failedOutcomes)")
            #expect(await !world.canLogIn("ann"))
            let statements = report.findings(.irrevocableMembership).flatMap(\.statements)
            if version >= 16 {
                #expect(
                    statements == ["ann", "bob"].map { "REVOKE \"writers\" FROM \"\($0)\" GRANTED BY \"postgres\";" }
                )
                #expect(try await world.rolesHeld(by: "ann") == ["writers"])
                #expect(try await world.rolesHeld(by: "bob") == ["readers", "writers"])
                try await world.postgres.master(statements.joined())
            } else {
                #expect(statements == [])
            }
            #expect(try await world.rolesHeld(by: "ann") == [])
            #expect(try await world.rolesHeld(by: "bob") == ["readers"])
            #expect(try await world.run().findings(.irrevocableMembership) == [])
        }
    }

    // MARK: Roles that nobody may have

    @Test(arguments: World.postgresVersions)
    func `a role that is privileged, or inherits one that is, is granted to nobody, and the other roles are`(
        version: Int
    ) async throws {
        let privileged: [RoleName] = ["admins", "indirect", "executors", "creators", "replicators"]
        try await World.with(postgres: version, roles: ["readers"] + privileged) { world in
            try await world.postgres.superuser(
                """
                GRANT rds_superuser TO admins; CREATE ROLE between; GRANT admins TO between; GRANT between TO indirect;
                GRANT pg_execute_server_program TO executors; ALTER ROLE creators CREATEROLE;
                CREATE ROLE sender REPLICATION; GRANT sender TO replicators
                """
            )
            world.set("ann", in: ["readers"] + privileged)
            world.set("bob", in: ["readers"])
            let report = try await world.run()
            #expect(report.verdict == .inSync, "\(report.failedOutcomes)")
            #expect(Set(report.conflicts(.rolePrivileged).compactMap(\.role)) == Set(privileged))
            let message = report.conflicts(.rolePrivileged).first { $0.role == "indirect" }?.message ?? ""
            #expect(message.contains("inherits"), "\(message)")
            #expect(try await world.rolesHeld(by: "ann") == ["readers"])
            #expect(try await world.rolesHeld(by: "bob") == ["readers"])
        }
    }

    @Test(arguments: World.postgresVersions)
    func `a group whose role is missing on the target is a conflict, and its members get their other roles`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            let policy = world.policy(withGroupsFor: ["ghosts"])
            world.set("ann", in: ["readers"])
            world.add("ann", to: "ghosts")
            world.set("bob", in: ["writers"])
            let report = try await world.run(policy: policy)
            #expect(report.conflicts(.roleMissing).map(\.role) == ["ghosts"])
            #expect(try await world.rolesHeld(by: "ann") == ["readers"])
            #expect(try await world.rolesHeld(by: "bob") == ["writers"])
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
}

/// The statement that a message tells people to run.
func statement(in message: String) -> String? {
    guard let start = message.firstRange(of: "run ") else { return nil }
    let rest = message[start.upperBound...]
    let end = rest.firstRange(of: ", or ")?.lowerBound ?? rest.endIndex
    return String(rest[..<end])
}
