// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncPostgres

/// A server with a provisioner, and an engine that brings people to it.
struct Deployment: Sendable {
    static let roles: [RoleName] = ["readers", "writers"]
    static let owner: DeploymentOwner = "bench"
    static let directoryId: DirectoryId = "d-1234567890"
    static let login = "sso_provisioner"

    let server: Server
    /// The port that the engine connects to: the server's, or a proxy's before it.
    var port: Int?
    var dropBudget: Duration = .seconds(900)
    /// Long enough for what is compared with: one owner role for ten thousand accounts.
    private static let timeout: Duration = .seconds(900)
    static let onlyOwner = "sso_sync_owner_bench_01"
    static let grantor = "sso_sync_grantor_bench"
    /// The role that has granted to all accounts, from PostgreSQL 16 on.
    let granter: String

    /// Makes the mapped roles and the provisioner, as the master user would.
    ///
    /// - Parameters:
    ///   - capacity: For how many accounts there is to be room. Counts on PostgreSQL 16 and later.
    ///   - hasOneOwner: Whether all accounts are to be under a single owner role, which grants to them as well.
    init(_ server: Server, capacity: Int = 500, hasOneOwner: Bool = false) async throws {
        self.server = server
        granter = hasOneOwner ? Self.onlyOwner : Self.grantor
        try server.superuser("SET ROLE postgres; CREATE ROLE readers NOLOGIN; CREATE ROLE writers NOLOGIN")
        _ = try await PostgresBootstrap.run(
            server.configuration(user: "postgres"),
            secrets: StaticSecret(server.facts["MASTER_PASSWORD"] ?? ""),
            login: Self.login,
            owner: Self.owner,
            roles: Set(Self.roles),
            capacity: capacity,
            dryRun: false
        )
        guard hasOneOwner else { return }
        let roles = (["rds_iam"] + Self.roles.map(\.rawValue)).joined(separator: ", ")
        try server.superuser(
            "SET ROLE postgres; GRANT \(roles) TO \(Self.onlyOwner) WITH ADMIN TRUE, INHERIT FALSE, SET FALSE"
        )
    }

    /// Both groups have a role each; the brake is open.
    var policy: Policy {
        Policy(
            target: "orders",
            owner: Self.owner,
            groups: Self.roles.map { Policy.GroupRule(group: GroupName($0.rawValue), roles: [$0]) },
            leavers: Policy.Leavers(quarantine: 0),
            brake: Policy.Brake(removals: 100_000, percent: 100, joins: 100_000)
        )
    }

    var provisioner: PostgresProvisioner {
        var configuration = server.configuration(user: Self.login, port: port)
        configuration.statementTimeout = Int(Self.timeout / .milliseconds(1))
        configuration.dropBudget = dropBudget
        return PostgresProvisioner(configuration, owner: Self.owner, secrets: Server.tokens)
    }

    private func engine(_ people: People) -> SyncEngine {
        SyncEngine(source: people, targets: [SyncEngine.Target(policy: policy, provisioner: provisioner)])
    }

    /// Carries out what the directory asks for, and requires that all of it is done.
    ///
    /// - Parameters:
    ///   - operations: How many operations that has to be.
    ///   - deferred: How many of them have to wait for the next run.
    @discardableResult
    func apply(
        _ people: People,
        _ scope: ScopeRequest = .everyone,
        operations: Int,
        deferred: Int = 0
    ) async throws -> TargetReport {
        var options = SyncEngine.Options()
        options.timeLimitPerTarget = Self.timeout
        let report = await engine(people).apply(scope, options: options)
        guard let target = report.targets.first else { throw Trouble("no target: \(report.sourceFailure as Any)") }
        if let failure = target.failure { throw Trouble("the target failed: \(failure)") }
        if let failed = target.failedOutcomes.first { throw Trouble("\(failed.operation) failed: \(failed.result)") }
        let waiting = target.outcomes.count(where: \.isDeferred)
        guard target.outcomes.count == operations, waiting == deferred else {
            throw Trouble(
                "\(target.outcomes.count) operations and \(waiting) deferred, not \(operations) and \(deferred)"
            )
        }
        return target
    }

    /// The statements of the plan, to be fed to psql.
    func script(_ people: People, _ scope: ScopeRequest = .everyone) async throws -> [String] {
        var options = SyncEngine.Options()
        options.includesScripts = true
        let report = await engine(people).plan(scope, options: options)
        guard let script = report.targets.first?.script else {
            throw Trouble("no statements: \(report.targets.first?.failure as Any)")
        }
        return script
    }

    /// Removes all people's accounts, past everything that is measured.
    func removeAccounts() throws {
        let names = try server.superuser("SELECT quote_ident(rolname) FROM pg_roles WHERE rolname LIKE 'person%'")
        for start in stride(from: 0, to: names.count, by: 1_000) {
            try server.superuser("DROP ROLE " + names[start..<min(start + 1_000, names.count)].joined(separator: ", "))
        }
        try server.settle()
    }
}

/// One secret for every login.
private struct StaticSecret: LoginSecretProvider {
    let value: String
    init(_ value: String) { self.value = value }
    func secret(host: String, port: Int, user: String) async throws -> Secret { Secret(value) }
}
