// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncPostgres
import SSOSyncTestSupport
import Testing

@Suite("A provisioner that lacks something", .serialized)
struct BootstrapRightsTests {
    @Test(arguments: World.postgresVersions)
    func `without pg_signal_backend nothing is done, and the error names the GRANT`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            try await world.postgres.takeAway("pg_signal_backend", from: "sso_provisioner")
            let error = try await Self.refusal(world)
            #expect(error.code == .privilege)
            let options = version >= 16 ? " WITH INHERIT TRUE" : ""
            #expect(statement(in: error.message) == "GRANT pg_signal_backend TO \"sso_provisioner\"\(options)")
            try await world.postgres.master(try #require(statement(in: error.message)))
            try await Self.checkIsMended(world)
        }
    }

    @Test(
        .enabled(if: World.postgresVersions.contains(PostgresVersions.optional), "\(PostgresVersions.whyNot)"),
        arguments: ["pg_monitor", "pg_read_all_stats"]
    )
    func `from PostgreSQL 18 on without a sight of background processes nothing is done, and the error names the GRANT`(
        mend: String
    ) async throws {
        try await World.with(postgres: PostgresVersions.optional) { world in
            try await world.postgres.takeAway("pg_monitor", from: "sso_provisioner")
            let error = try await Self.refusal(world)
            #expect(error.code == .privilege)
            #expect(statement(in: error.message) == "GRANT pg_monitor TO \"sso_provisioner\" WITH INHERIT TRUE")
            if mend == "pg_monitor" {
                try await world.postgres.master(try #require(statement(in: error.message)))
            } else {
                try await world.postgres.superuser("GRANT \(mend) TO sso_provisioner")
            }
            #expect(try await world.bootstrap() == [])
            try await Self.checkIsMended(world)
        }
    }

    @Test
    func `before PostgreSQL 16 without CREATEROLE nothing is done, and the error names the ALTER ROLE`() async throws {
        try await World.with(postgres: 15) { world in
            try await world.postgres.superuser("ALTER ROLE sso_provisioner NOCREATEROLE")
            let error = try await Self.refusal(world)
            #expect(error.code == .privilege)
            #expect(statement(in: error.message) == "ALTER ROLE \"sso_provisioner\" CREATEROLE")
            try await world.postgres.master(try #require(statement(in: error.message)))
            try await Self.checkIsMended(world)
        }
    }

    @Test(arguments: [["sso_sync_owner_test_01", "sso_sync_owner_test_02"], ["sso_sync_grantor_test"]])
    func `without owner roles or the grantor nothing is done, and the bootstrap that the error names mends it`(
        roles: [String]
    ) async throws {
        try await World.with(postgres: 17) { world in
            for role in roles { try await world.postgres.takeAway(role, from: "sso_provisioner") }
            let error = try await Self.refusal(world)
            #expect(error.code == .privilege)
            #expect(error.message.contains("run sso-sync bootstrap"))
            try await world.bootstrap()
            try await Self.checkIsMended(world)
        }
    }

    @Test(arguments: [false, true])
    func `owner roles that the login inherits and may not switch to are not enough, for runs and for a bootstrap`(
        isMendedByBootstrap: Bool
    ) async throws {
        try await World.with(postgres: 17) { world in
            let owners = ["sso_sync_owner_test_01", "sso_sync_owner_test_02"]
            for owner in owners {
                try await world.postgres.takeAway(owner, from: "sso_provisioner")
                try await world.postgres.master("GRANT \(owner) TO sso_provisioner WITH INHERIT TRUE, SET FALSE")
            }
            let error = try await Self.refusal(world)
            #expect(error.code == .privilege)
            let options = "WITH ADMIN FALSE, INHERIT FALSE, SET TRUE"
            let grant = "GRANT \(owners.map { "\"\($0)\"" }.joined(separator: ", ")) TO \"sso_provisioner\" \(options)"
            #expect(statement(in: error.message) == grant)
            if isMendedByBootstrap {
                #expect(
                    try await world.bootstrap() == owners.map { "GRANT \"\($0)\" TO \"sso_provisioner\" \(options);" }
                )
            } else {
                try await world.postgres.master(grant)
            }
            #expect(try await world.bootstrap() == [])
            try await Self.checkIsMended(world)
        }
    }

    @Test
    func `pg_signal_backend that the login may only switch to is not enough, and a bootstrap mends it`() async throws {
        try await World.with(postgres: 17) { world in
            try await world.postgres.takeAway("pg_signal_backend", from: "sso_provisioner")
            try await world.postgres.master("GRANT pg_signal_backend TO sso_provisioner WITH INHERIT FALSE, SET TRUE")
            let error = try await Self.refusal(world)
            #expect(error.code == .privilege)
            #expect(
                try await world.bootstrap() == ["GRANT \"pg_signal_backend\" TO \"sso_provisioner\" WITH INHERIT TRUE;"]
            )
            #expect(try await world.bootstrap() == [])
            try await Self.checkIsMended(world)
        }
    }

    @Test
    func `when the grantor may not grant rds_iam nothing is done, and the error names the GRANT`() async throws {
        try await World.with(postgres: 17) { world in
            try await world.postgres.takeAway("rds_iam", from: "sso_sync_grantor_test")
            let error = try await Self.refusal(world)
            #expect(error.code == .privilege)
            let mend = try #require(statement(in: error.message))
            #expect(mend.hasPrefix("GRANT \"rds_iam\" TO \"sso_sync_grantor_test\" WITH ADMIN TRUE"))
            try await world.postgres.master(mend)
            try await Self.checkIsMended(world)
        }
    }

    @Test(arguments: World.postgresVersions)
    func `without a role rds_iam nothing is done, and the error says to turn IAM authentication on`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            // Nobody logs in by token without that role.
            try await world.postgres.superuser(
                "ALTER ROLE sso_provisioner PASSWORD 'prov-pw'; ALTER ROLE rds_iam RENAME TO formerly_iam"
            )
            world.set("ann", in: ["readers"])
            let provisioner = PostgresProvisioner(
                world.postgres.configuration(),
                owner: World.owner,
                secrets: StaticSecret(Secret("prov-pw"))
            )
            let report = await world.engine(provisioner: provisioner).apply()
            let error = try #require(report.targets.first?.failure)
            #expect(report.verdict == .partialFailure)
            #expect(error.code == .unsupported)
            #expect(error.message.contains("rds_iam") && error.message.contains("turn IAM database authentication on"))
            for command in ["modify-db-instance", "modify-db-cluster"] {
                #expect(error.message.contains("aws rds \(command) "))
            }
            #expect(error.message.contains("--enable-iam-database-authentication"))
            #expect(try await world.mayLogIn("ann") == nil)
            try await world.postgres.superuser("ALTER ROLE formerly_iam RENAME TO rds_iam")
            try await Self.checkIsMended(world)
        }
    }

    @Test(arguments: World.postgresVersions)
    func `a writer that is a standby is refused as read-only, for runs and for plans`(version: Int) async throws {
        try await World.with(postgres: version, standby: true) { world in
            let standby = world.server.standbyPort
            try await eventually("the standby knows the provisioner") {
                try await world.mayLogIn("sso_provisioner", standby: true) == true
            }
            let error = try await Self.refusal(world) { $0.writerPort = standby }
            #expect(error.code == .readOnly)
            #expect(error.message.contains("read replica: give the writer's endpoint"))
            let provisioner = world.provisioner { $0.writerPort = standby }
            let plan = await world.engine(provisioner: provisioner).plan()
            #expect(plan.targets.first?.failure?.code == .readOnly)
            try await Self.checkIsMended(world)
        }
    }

    @Test(arguments: World.postgresVersions)
    func `a writer behind a connection pool is refused before anything is written, for runs and for plans`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            try await FaultProxy.withPool(world.postgres, ownProcessIds: true) { port in
                let error = try await Self.refusal(world) { $0.writerPort = port }
                #expect(error.code == .unsupported)
                #expect(error.message.contains("localhost:\(port) is a proxy or a connection pool"))
                let plan = await world.engine(provisioner: world.provisioner { $0.writerPort = port }).plan()
                #expect(plan.targets.first?.failure?.code == .unsupported)
            }
            // It is the process id that gives the pool away.
            try await FaultProxy.withPool(world.postgres, ownProcessIds: false) { port in
                let report = try await world.run { $0.writerPort = port }
                #expect(report.verdict == .inSync, "\(report.failure as Any)")
            }
            try await Self.checkIsMended(world)
        }
    }

    /// Runs with somebody to join and somebody to leave, and requires that it fails as a whole and changes nothing.
    private static func refusal(
        _ world: World,
        _ change: (inout ProvisionerSettings) -> Void = { _ in }
    ) async throws -> SyncError {
        world.set("ann", in: ["readers"])
        let superuser = try await world.postgres.openSuperuser()
        let before = try await ServerState(superuser)
        let report = try await world.run(change)
        #expect(report.verdict == .partialFailure)
        #expect(report.outcomes.isEmpty)
        #expect(try await ServerState(superuser) == before)
        await superuser.close()
        return try #require(report.failure)
    }

    private static func checkIsMended(_ world: World) async throws {
        try await world.apply()
        #expect(await world.canLogIn("ann"))
        #expect(try await world.rolesHeld(by: "ann") == ["readers"])
    }
}
