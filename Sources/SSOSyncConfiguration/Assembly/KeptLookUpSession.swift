// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import Synchronization

/// A session on a server that an earlier run has looked up.
///
/// Who is let in by it gets to where they belong. But who was locked may have sessions on an instance that is there since then, or
/// get in on the other side of a Blue/Green deployment. So RDS is asked anew as soon as a run has to do with anybody who is locked,
/// whose sessions end, or who gets another name. Unless it says the same, nobody is out by that run; the one after RDS has answered looks
/// everywhere.
final class KeptLookUpSession: ProvisioningSession {
    /// Looks the server up anew, and says what is not as it was, or why nobody knows; nil if all is.
    typealias Renewal = @Sendable () async -> String?

    private let base: any ProvisioningSession
    private let renewal: Renewal
    /// What it has said.
    private let said = Mutex<String??>(nil)

    init(base: any ProvisioningSession, renewal: @escaping Renewal) { (self.base, self.renewal) = (base, renewal) }

    var dialect: Dialect { base.dialect }

    func inspect(_ request: InspectionRequest) async throws -> Accounts {
        let accounts = try await base.inspect(request)
        guard accounts.accounts.contains(where: \.isLocked), await change() != nil else { return accounts }
        return accounts.inUse { _ in true }
    }

    func apply(
        _ operations: [Operation],
        until deadline: ContinuousClock.Instant,
        report: @Sendable (OperationOutcome) -> Void
    ) async throws {
        // A session keeps the name that it began with: whoever has left by another one would not be found.
        // And a session on an instance that is not known may be in a role that was taken.
        if operations.contains(where: { $0.changesName || $0.phase == .disconnect }), let change = await change() {
            let what = operations.contains(where: \.changesName) ? "gets another name" : "counts as disconnected"
            let error = SyncError(.lookUp, "nobody \(what) for now: \(change). The next run looks again")
            for operation in operations { report(OperationOutcome(operation, .failed(error))) }
            return
        }
        guard operations.contains(where: { $0.action == .endSessions }) else {
            return try await base.apply(operations, until: deadline, report: report)
        }
        // Nothing waits for RDS but to be called done.
        async let change = change()
        let ended = Mutex<[OperationOutcome]>([])
        let result = await Result.catching {
            try await base.apply(operations, until: deadline) { outcome in
                guard outcome.isDone, outcome.operation.action == .endSessions else { return report(outcome) }
                ended.withLock { $0.append(outcome) }
            }
        }
        let found = await change
        for outcome in ended.withLock({ $0 }) { report(Self.judged(outcome, found)) }
        try result.get()
    }

    func script(for operations: [Operation]) async throws -> [String] { try await base.script(for: operations) }

    func close() async { await base.close() }

    private func change() async -> String? {
        if let known = said.withLock({ $0 }) { return known }
        let change = await renewal()
        said.withLock { $0 = change }
        return change
    }

    /// The outcome, or, if there may be other sessions, that the person is not out.
    private static func judged(_ outcome: OperationOutcome, _ change: String?) -> OperationOutcome {
        guard let change else { return outcome }
        let message = "it is not known whether \(outcome.operation.account) is out: \(change). The next run looks again"
        return OperationOutcome(
            outcome.operation,
            .failed(SyncError(.notOut, message)),
            sessionsEnded: outcome.sessionsEnded
        )
    }
}

extension Operation {
    fileprivate var changesName: Bool { phase == .moveAside || phase == .rename }
}
