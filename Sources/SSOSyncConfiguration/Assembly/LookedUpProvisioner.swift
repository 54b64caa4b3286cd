// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncCore

/// Looks the target up when a run first opens a session, and provisions the server that was found.
struct LookedUpProvisioner: DatabaseProvisioner {
    let lookUp: TargetLookUp
    let provisioner: @Sendable (TargetServer) -> any DatabaseProvisioner

    func openSession(_ access: SessionAccess) async throws -> any ProvisioningSession {
        let server = try await lookUp.server(run: access.runId, deadline: access.deadline)
        let session = try await provisioner(server).openSession(access)
        guard let found = server.found, !found.notices.isEmpty else { return session }
        return LookedUpSession(base: session, notices: found.notices, deployment: found.deployment)
    }
}

/// A session on a server about which RDS knows more.
///
/// While a Blue/Green deployment is in progress, accounts of blue need not be on green: logical replication carries none
/// (<https://www.postgresql.org/docs/17/logical-replication-restrictions.html>). So nobody joins, and a leaver who was locked on
/// blue fails the run, which is an alarm. After the switchover green is the target, and the next full run makes it follow the
/// directory.
struct LookedUpSession: ProvisioningSession {
    let base: any ProvisioningSession
    let notices: [String]
    let deployment: RDSBlueGreenDeployment?

    var dialect: Dialect { base.dialect }

    func inspect(_ request: InspectionRequest) async throws -> Accounts {
        let accounts = try await base.inspect(request)
        return Accounts(
            scope: accounts.scope,
            accounts: accounts.accounts,
            unmarkedIAMLogins: accounts.unmarkedIAMLogins,
            roles: accounts.roles,
            shadows: accounts.shadows,
            counts: accounts.counts,
            notices: notices + accounts.notices
        )
    }

    func apply(
        _ operations: [Operation],
        until deadline: ContinuousClock.Instant,
        report: @Sendable (OperationOutcome) -> Void
    ) async throws {
        guard let deployment else { return try await base.apply(operations, until: deadline, report: report) }
        let waiting = operations.filter { $0.phase == .admit }
        for operation in waiting {
            report(OperationOutcome(operation, .deferred(because: "a Blue/Green deployment is \(deployment.status)")))
        }
        guard waiting.count < operations.count else { return }
        try await base.apply(operations.filter { $0.phase != .admit }, until: deadline) {
            report(Self.alarming($0, deployment))
        }
    }

    func script(for operations: [Operation]) async throws -> [String] { try await base.script(for: operations) }

    func close() async { await base.close() }

    /// The outcome, or, if it is a lock that was done, that it was done on one side only.
    private static func alarming(_ outcome: OperationOutcome, _ deployment: RDSBlueGreenDeployment) -> OperationOutcome
    {
        guard outcome.isDone, outcome.operation.phase == .lock else { return outcome }
        let green = deployment.target ?? "the green side"
        let error = SyncError(
            .notOut,
            "locked on blue alone: lock \(outcome.operation.account) on \(green), too, and end its sessions there, or make sure "
                + "that nobody can log in to it before the switchover"
        )
        return OperationOutcome(outcome.operation, .failed(error), sessionsEnded: outcome.sessionsEnded)
    }
}
