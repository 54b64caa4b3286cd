// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore

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
    static let timeout: Duration = .seconds(900)
    /// The role that has granted to all accounts, from PostgreSQL 16 on.
    var granter = Postgres.grantor

    /// Makes the mapped roles and the provisioner, as the master user would.
    ///
    /// - Parameter capacity: For how many accounts there is to be room. Counts on PostgreSQL 16 and later.
    init(_ server: Server, capacity: Int = 500) async throws {
        self.server = server
        try await server.engine.bootstrap(server, capacity: capacity)
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

    var provisioner: any DatabaseProvisioner { server.engine.provisioner(of: self) }

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

    /// What the engine asks a target when it has read the directory.
    func inspection(of directory: Directory, now: Timestamp) -> InspectionRequest {
        let (planner, policy) = (Planner(), policy)
        return InspectionRequest(
            owner: policy.owner,
            directory: directory.id,
            scope: directory.scope,
            names: planner.wantedNames(directory: directory, policy: policy),
            roles: policy.roles,
            windowStart: now.advanced(bySeconds: -Policy.Brake.window),
            blockersOfLockedBefore: planner.quarantineCutoff(policy: policy, now: now)
        )
    }

    /// Does something with a session that reads, and closes it.
    func withReadingSession<Value>(
        _ body: (any ProvisioningSession) async throws -> Value
    ) async throws -> Value {
        let deadline = ContinuousClock.now.advanced(by: .seconds(60))
        let access = SessionAccess(.reading, runId: "bench", deadline: deadline)
        let session = try await provisioner.openSession(access)
        let result: Result<Value, any Error>
        do { result = .success(try await body(session)) } catch { result = .failure(error) }
        await session.close()
        return try result.get()
    }

    /// The statements of the plan, to be fed to the engine's client.
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
    func removeAccounts() async throws {
        try server.engine.removeAccounts(from: server)
        try await server.settle()
    }

    /// The engine's client, logged in as the provisioner.
    var client: Client { Client(server: server, user: Self.login) }
}
