// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncPostgres
import SSOSyncSQL
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

extension World {
    /// Runs, whatever comes of it.
    func run(
        policy: Policy? = nil,
        options: SyncEngine.Options = SyncEngine.Options(),
        _ change: (inout ProvisionerSettings) -> Void = { _ in }
    ) async throws -> TargetReport {
        try await run(policy: policy, options: options, provisioner: provisioner(change))
    }

    /// Runs with a provisioner of the test's own, whatever comes of it.
    func run(
        policy: Policy? = nil,
        options: SyncEngine.Options = SyncEngine.Options(),
        provisioner: any DatabaseProvisioner
    ) async throws -> TargetReport {
        let report = await engine(policy, provisioner: provisioner).apply(options: options)
        return try #require(report.targets.first, "\(report.sourceFailure as Any)")
    }

    /// The policy with more groups, named as the roles that they map to, which the directory gets too.
    func policy(withGroupsFor more: [RoleName]) -> Policy {
        directory.update { world in
            for role in more where world.groups[GroupId("g-\(role)")] == nil {
                world.add(DirectoryGroup(id: GroupId("g-\(role)"), name: GroupName(role.rawValue), members: []))
            }
        }
        let policy = policy()
        let rules = (roles + more).map { role in
            Policy.GroupRule(group: GroupName(role.rawValue), pinnedId: GroupId("g-\(role)"), roles: [role])
        }
        return Policy(
            target: policy.target,
            owner: policy.owner,
            groups: rules,
            leavers: policy.leavers,
            brake: policy.brake
        )
    }

    /// Puts a person into one more group, which need not be one of the world's roles.
    func add(_ user: UserId, to role: RoleName) {
        directory.update { $0.add(user, to: GroupId("g-\(role)")) }
    }
}

extension ScratchServer {
    /// Logs in by IAM token, in another way than people do.
    func openSession(
        as user: String,
        _ change: (inout PostgresConnectionOptions) -> Void
    ) async throws -> PostgresConnection {
        var options = PostgresConnectionOptions(host: "localhost", port: port, user: user, caFile: authority)
        change(&options)
        let token = try await IAMStandIn.tokens.secret(host: "localhost", port: port, user: user)
        return try await PostgresConnection.open(options, secret: token)
    }

    /// Runs SQL as the master user, who is no superuser.
    @discardableResult
    func master(_ sql: String) async throws -> [String] {
        let tls = "sslmode=verify-full sslrootcert=\(authority)"
        let target = "host=localhost port=\(port) user=postgres dbname=postgres \(tls)"
        return try await ChildProcess.output(
            [facts["PSQL"] ?? "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", target, "-c", sql],
            environment: ["PGPASSWORD": facts["MASTER_PASSWORD"] ?? ""]
        ).split(separator: "\n").map(String.init)
    }

    /// Takes a role away from a member, whoever granted it.
    func takeAway(_ role: String, from member: String) async throws {
        let grantedBy = version >= 16 ? "GRANTED BY %I" : ""
        try await superuser(
            """
            DO $$ DECLARE grantor text; BEGIN
                FOR grantor IN SELECT g.rolname FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.grantor
                    WHERE m.roleid = '\(role)'::regrole AND m.member = '\(member)'::regrole
                LOOP
                    EXECUTE format('REVOKE %I FROM %I \(grantedBy)', '\(role)', '\(member)', grantor);
                END LOOP;
            END $$
            """
        )
    }
}

extension TargetReport {
    /// How an operation on an account ended.
    func outcome(_ label: String, of account: AccountName) -> OperationOutcome? {
        outcomes.first { $0.operation.label == label && $0.operation.account == account }
    }

    /// What was found, of one kind.
    func findings(_ kind: Finding.Kind, of account: AccountName? = nil) -> [Finding] {
        (plan?.content.findings ?? []).filter { $0.kind == kind && (account == nil || $0.account == account) }
    }

    /// What is in conflict, of one kind.
    func conflicts(_ kind: Conflict.Kind) -> [Conflict] {
        (plan?.content.conflicts ?? []).filter { $0.kind == kind }
    }
}

extension OperationOutcome {
    /// Why it failed; nil if it did not.
    var error: SyncError? {
        if case .failed(let error) = result { error } else { nil }
    }
}

/// People who log in again as soon as they are thrown out, on writer and standby, until they are told to stop.
final class Reconnections: Sendable {
    private struct State {
        var isStopped = false
        var isReported = false
        /// By user and instance.
        var entries: [String: Int] = [:]
        var refusals: [String: Int] = [:]
        var intrusions = 0
    }

    private let server: ScratchServer
    private let users: [AccountName]
    private let state = Locked(State())

    init(_ server: ScratchServer, _ users: [AccountName]) {
        self.server = server
        self.users = users
    }

    /// Lets them come and go while the body runs.
    func during(_ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for user in users {
                for (standby, stays) in [(false, false), (false, true), (true, false), (true, true)] {
                    group.addTask { await self.comeBack(user, standby: standby, stays: stays) }
                }
            }
            defer { state.withLock { $0.isStopped = true } }
            try await body()
        }
    }

    private func comeBack(_ user: AccountName, standby: Bool, stays: Bool) async {
        let key = "\(user) \(standby) \(stays)"
        while !isStopped {
            let wasReported = isReported
            guard let connection = try? await server.logIn(as: user, standby: standby) else {
                state.withLock { $0.refusals[key, default: 0] += 1 }
                continue
            }
            state.withLock { state in
                state.entries[key, default: 0] += 1
                if wasReported { state.intrusions += 1 }
            }
            var goesOn = true
            while goesOn {
                await work(connection)
                let isClosed = await connection.isClosed
                goesOn = stays && !isStopped && !isClosed
            }
            await connection.close()
        }
    }

    /// A statement that succeeds after the run has said that its person is out proves it wrong.
    private func work(_ connection: PostgresConnection) async {
        let wasReported = isReported
        guard (try? await connection.query("SELECT pg_sleep(0.01)")) != nil, wasReported else { return }
        state.withLock { $0.intrusions += 1 }
    }

    private var isStopped: Bool { state.withLock { $0.isStopped } }
    private var isReported: Bool { state.withLock { $0.isReported } }

    /// From now on nobody may be in.
    func reportOut() {
        state.withLock { state in
            state.isReported = true
            state.refusals = [:]
        }
    }

    /// Whether each of them has been in, on each instance.
    var haveAllBeenIn: Bool { state.withLock { $0.entries.count == users.count * 4 } }

    /// Whether each of them has been refused so often since they were reported out.
    func haveAllBeenRefused(times: Int) -> Bool {
        state.withLock { state in state.refusals.values.count { $0 >= times } == users.count * 4 }
    }

    /// How often somebody got in, or was still in, after they were reported out.
    var intrusions: Int { state.withLock { $0.intrusions } }
}
