// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncPostgres

/// PostgreSQL in a major version.
struct Postgres: Engine {
    let major: Int

    init(_ major: Int) { self.major = major }

    var title: String { "PostgreSQL \(major)" }
    var version: String { "\(major)" }
    var client: any ClientProgram { Psql() }

    func superuserArguments(server: String) -> [String] {
        ["psql", server, "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
    }

    let accountCount = "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'person%'"
    let sessionCount = "SELECT count(*) FROM pg_stat_activity WHERE usename LIKE 'person%'"

    func removeAccounts(from server: Server) throws {
        let names = try server.superuser("SELECT quote_ident(rolname) FROM pg_roles WHERE rolname LIKE 'person%'")
        for start in stride(from: 0, to: names.count, by: 1_000) {
            try server.superuser("DROP ROLE " + names[start..<min(start + 1_000, names.count)].joined(separator: ", "))
        }
    }

    /// Writes everything out and brings the catalogues in order.
    func settle(_ server: Server) throws {
        let catalogues = ["pg_authid", "pg_auth_members", "pg_shdescription", "pg_shdepend"]
        try server.superuser((catalogues.map { "VACUUM \($0)" } + ["CHECKPOINT"]).joined(separator: ";\n"))
        // Whoever connects first now reads catalogues without indexes to find out who is in rds_iam; from PostgreSQL 16 on
        // the provisioner is so by way of every account, and would wait for seconds. This one is by way of none.
        try server.superuser("SELECT 1")
    }

    func waysToSend(_ script: [String]) -> [Client.Way] { Client.Batching.allCases.map { Client.Way(script, $0) } }

    // MARK: Counting statements

    /// Loads `pg_stat_statements` (<https://www.postgresql.org/docs/current/pgstatstatements.html>).
    func startCounting(on server: Server) throws {
        try server.superuser("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")
        try server.restart()
        try server.superuser("CREATE EXTENSION pg_stat_statements")
    }

    func resetCount(on server: Server) throws { try server.superuser("SELECT pg_stat_statements_reset()") }

    let statementCount = """
        SELECT coalesce(sum(calls), 0) FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid
        WHERE r.rolname <> current_user
        """

    // MARK: The provisioner

    func bootstrap(_ server: Server, capacity: Int) async throws {
        try server.superuser("SET ROLE postgres; CREATE ROLE readers NOLOGIN; CREATE ROLE writers NOLOGIN")
        _ = try await PostgresBootstrap.run(
            configuration(server, user: server.master),
            secrets: server.masterSecret,
            login: Deployment.login,
            owner: Deployment.owner,
            roles: Set(Deployment.roles),
            capacity: capacity,
            dryRun: false
        )
    }

    func provisioner(of deployment: Deployment) -> any DatabaseProvisioner {
        var configuration = configuration(deployment.server, user: Deployment.login, port: deployment.port)
        configuration.statementTimeout = Int(Deployment.timeout / .milliseconds(1))
        configuration.dropBudget = deployment.dropBudget
        return PostgresProvisioner(configuration, owner: Deployment.owner, secrets: Server.tokens)
    }

    private func configuration(_ server: Server, user: String, port: Int? = nil) -> PostgresConfiguration {
        var configuration = PostgresConfiguration(
            writer: PostgresEndpoint(host: "localhost", port: port ?? server.port),
            user: user
        )
        configuration.caFile = server.authority
        return configuration
    }
}

// MARK: Owner roles

extension Postgres {
    static let onlyOwner = "sso_sync_owner_bench_01"
    static let grantor = "sso_sync_grantor_bench"
}

extension Deployment {
    /// Makes a deployment with all accounts under a single owner role, which grants to them as well.
    static func underOneOwner(_ server: Server) async throws -> Deployment {
        var deployment = try await Deployment(server)
        deployment.granter = Postgres.onlyOwner
        let roles = (["rds_iam"] + roles.map(\.rawValue)).joined(separator: ", ")
        try server.superuser(
            "SET ROLE postgres; GRANT \(roles) TO \(Postgres.onlyOwner) WITH ADMIN TRUE, INHERIT FALSE, SET FALSE"
        )
        return deployment
    }
}
