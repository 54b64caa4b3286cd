// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncCore
internal import Synchronization

/// A session on a server about which RDS knows more.
///
/// While a Blue/Green deployment is in progress, accounts of blue need not be on green: logical replication carries none
/// (<https://www.postgresql.org/docs/17/logical-replication-restrictions.html>). So nobody joins, and a leaver who was locked on
/// blue is not out, in any run, before the deployment is over. After the switchover green is the target, and the next full run
/// makes it follow the directory; but the old database goes on taking people in until it is deleted. Whoever was locked before
/// the deployment was made is locked on both sides, since green is a copy.
final class LookedUpSession: ProvisioningSession {
    private let base: any ProvisioningSession
    private let notices: [String]
    private let deployments: [RDSBlueGreenDeployment]
    /// Accounts that are locked on both sides.
    private let lockedEverywhere = Mutex<Set<AccountName>>([])
    /// In seconds: a deployment's age is told by AWS's clock, and that of a lock by ours.
    private static let clockTolerance: Int64 = 300

    init(base: any ProvisioningSession, notices: [String], deployments: [RDSBlueGreenDeployment]) {
        (self.base, self.notices, self.deployments) = (base, notices, deployments)
    }

    var dialect: Dialect { base.dialect }

    func inspect(_ request: InspectionRequest) async throws -> Accounts {
        let accounts = try await base.inspect(request)
        let locked = accounts.accounts.filter(\.isLocked)
        lockedEverywhere.withLock { $0 = Set(locked.lazy.filter { self.other(of: $0) == nil }.map(\.name)) }
        return accounts.inUse(adding: notices) { self.other(of: $0) != nil }
    }

    func apply(
        _ operations: [Operation],
        until deadline: ContinuousClock.Instant,
        report: @Sendable (OperationOutcome) -> Void
    ) async throws {
        let current = deployments.first(where: \.isInProgress)
        let waiting = current == nil ? [] : operations.filter { $0.phase == .admit }
        for operation in waiting {
            let reason = "a Blue/Green deployment is \(current?.status ?? "")"
            report(OperationOutcome(operation, .deferred(because: reason)))
        }
        guard waiting.count < operations.count else { return }
        try await base.apply(operations.filter { !waiting.contains($0) }, until: deadline) {
            report(self.alarming($0))
        }
    }

    func script(for operations: [Operation]) async throws -> [String] { try await base.script(for: operations) }

    func close() async { await base.close() }

    /// A deployment whose other side may let an account in that is locked here.
    private func other(of account: Account) -> RDSBlueGreenDeployment? {
        // Nobody knows when somebody else has locked it.
        guard case .marker(let marker) = account.marker, marker.state == .locked else { return deployments.first }
        return deployments.first { deployment in
            guard let createdAt = deployment.createdAt else { return true }
            return marker.lockedAt >= createdAt.advanced(bySeconds: -Self.clockTolerance)
        }
    }

    /// The outcome, or, if the sessions of somebody were ended who is locked on this side only, that they are not out.
    private func alarming(_ outcome: OperationOutcome) -> OperationOutcome {
        guard outcome.isDone, outcome.operation.action == .endSessions, let deployment = deployments.first,
            !lockedEverywhere.withLock({ $0.contains(outcome.operation.account) })
        else { return outcome }
        let error = SyncError(.notOut, Self.alarm(outcome.operation.account, deployment))
        return OperationOutcome(outcome.operation, .failed(error), sessionsEnded: outcome.sessionsEnded)
    }

    private static func alarm(_ account: AccountName, _ deployment: RDSBlueGreenDeployment) -> String {
        guard deployment.isInProgress else {
            return
                "locked on one side of the Blue/Green deployment \(deployment.id) alone: the old database, whose name ends in "
                + "-old and a number, may still let \(account) in. Delete it, and then the deployment"
        }
        return
            "locked on blue alone: lock \(account) on \(deployment.target ?? "the green side"), too, and end its sessions there, "
            + "or make sure that nobody can log in to it before the switchover"
    }
}
