// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// The outcomes of a target's operations, and what follows from one that failed for those after it.
final class OutcomeLog: Sendable {
    private let storage = Mutex<[OperationOutcome]>([])

    var outcomes: [OperationOutcome] { storage.withLock { $0 } }
    var count: Int { storage.withLock { $0.count } }

    /// - Returns: How many there are now.
    func append(_ outcome: OperationOutcome) -> Int {
        storage.withLock {
            $0.append(outcome)
            return $0.count
        }
    }

    /// Sets operations aside that must not be tried, because something that has to come first was not done.
    func runnable(_ operations: [Operation]) -> [Operation] {
        storage.withLock { outcomes in
            let failed = outcomes.filter { !$0.isDone && !$0.isDeferred }.map(\.operation)
            let notBack = Set(outcomes.filter { !$0.isDone && $0.operation.isRestoring }.map(\.operation.user))
            guard !failed.isEmpty || !notBack.isEmpty else { return operations }
            let people = Set(failed.map(\.user))
            let notReady = Set(failed.filter { $0.action != .endSessions }.map(\.user))
            let notAdmittedAside = Set(failed.filter { $0.phase != .admit }.map(\.user))
            let takenNames = Set(failed.filter { $0.resultingAccount != $0.account }.map(\.account))
            return operations.filter { operation in
                // What is noted then is that the account is in use, and it is locked still: the next run restores it.
                if operation.phase == .disconnect, notBack.contains(operation.user) {
                    outcomes.append(OperationOutcome(operation, .deferred(because: "the account is locked still")))
                    return false
                }
                let stopped =
                    switch operation.phase {
                    // Whoever comes back need not wait until it is known of every instance who is on it.
                    case .admit: notReady
                    // A role that could not be given keeps nobody in one that was taken.
                    case .disconnect: notAdmittedAside
                    default: people
                    }
                guard let reason = Self.reasonToSkip(operation, stopped, takenNames) else { return true }
                outcomes.append(OperationOutcome(operation, .skipped(because: reason)))
                return false
            }
        }
    }

    /// Sets operations aside that something keeps from being tried.
    func admissible(
        _ operations: [Operation],
        _ obstacles: [UserId: OperationOutcome.Result]
    ) -> [Operation] {
        operations.filter { operation in
            guard let result = obstacles[operation.user] else { return true }
            _ = append(OperationOutcome(operation, result))
            return false
        }
    }

    private static func reasonToSkip(
        _ operation: Operation,
        _ people: Set<UserId>,
        _ takenNames: Set<AccountName>
    ) -> String? {
        if takenNames.contains(operation.resultingAccount) { return "the name is still taken" }
        guard people.contains(operation.user) else { return nil }
        // Taking roles and sessions away is right, whether the lock worked or not.
        return operation.phase == .withdraw ? nil : "an earlier operation on the same account failed"
    }

    /// A provisioner that forgets an operation must not make it look done.
    func failUnreported(_ operations: [Operation]) {
        storage.withLock { outcomes in
            let reported = Set(outcomes.map(\.operation))
            for operation in operations where !reported.contains(operation) {
                let error = SyncError(.server, "the provisioner did not say how it ended")
                outcomes.append(OperationOutcome(operation, .failed(error)))
            }
        }
    }
}

extension Operation {
    fileprivate var isRestoring: Bool { if case .restore = action { true } else { false } }
}
