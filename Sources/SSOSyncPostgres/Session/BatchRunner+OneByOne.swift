// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncSQL

extension BatchRunner {
    /// An item with the error that it met.
    private typealias Failed = (item: Item, error: PostgresError)

    /// How long to wait, at most, before what met somebody else's change is tried again.
    private static let pauses: [Duration] = [.milliseconds(20), .milliseconds(100), .milliseconds(400)]

    /// Each operation in a transaction of its own, all of them in one round trip.
    func runOneByOne(_ items: [Item], _ report: Report) async throws {
        var failed = try await attempt(items, report)
        for (round, pause) in Self.pauses.enumerated() {
            let again = failed.filter { $0.error.isWorthTrying(again: round) }
            guard !again.isEmpty, ContinuousClock.now.advanced(by: pause) < deadline else { break }
            // Now, for the connection may be lost before the end.
            for item in failed where !item.error.isWorthTrying(again: round) { tell(item, report) }
            // By chance, so that two who got in each other's way do not go on doing so.
            try await Task.sleep(for: pause * Double.random(in: 0.2...1))
            failed = try await attempt(again.map(\.item), report)
        }
        if failed.count == items.count, let error = Self.commonTrouble(failed) { throw error }
        for item in failed { tell(item, report) }
    }

    private func tell(_ failed: Failed, _ report: Report) {
        let operation = failed.item.operation
        let hasMoved = operation.phase == .mark && failed.error.sqlState == MarkingCheck.sqlState
        let error =
            hasMoved
            ? MarkingCheck.movedError(operation, at: connection.endpoint)
            : SyncError(postgres: failed.error, at: connection.endpoint)
        report(OperationOutcome(operation, .failed(error)))
    }

    /// Reports what is done: also if the connection is lost on the way.
    private func attempt(_ items: [Item], _ report: Report) async throws -> [Failed] {
        let segments = items.map { item in
            StatementCompiler.statements([item], isLocal: false) + ["RESET ROLE"]
        }
        let outcomes = zip(items, try await connection.pipeline(segments, deadline: deadline))
        let done = outcomes.filter { (try? $1.get()) != nil }.map(\.0)
        let failed = outcomes.compactMap { item, outcome -> Failed? in
            if case .failure(let error) = outcome { (item, error) } else { nil }
        }
        if let fatal = failed.first(where: \.error.concernsWholeTarget) {
            // Whether a revocation did anything is not known before the catalogue has been read again.
            for item in done where !item.isRevocation { report(OperationOutcome(item.operation, .done)) }
            throw fatal.error
        }
        let left = try await membershipsLeft(done.filter(\.isRevocation))
        for item in done { report(item.outcome(membershipsLeft: left)) }
        return failed
    }

    private func membershipsLeft(_ revoked: [Item]) async throws -> [Int: [MembershipRow]] {
        guard !revoked.isEmpty else { return [:] }
        let result = try await connection.query(
            MembershipRow.query(revoked.compactMap(\.account?.id)),
            deadline: deadline
        )
        return MembershipRow.rows(result)
    }

    /// If all of several operations that give access fail for want of one right, then it is the provisioner that lacks
    /// it.
    ///
    /// Those that take access away are never given up together: several leavers may have been made superusers.
    private static func commonTrouble(_ failed: [Failed]) -> PostgresError? {
        guard failed.count > 1 else { return nil }
        let isCommon = failed.allSatisfy { $0.item.operation.phase == .admit && $0.error.sqlState == "42501" }
        return isCommon ? failed.first?.error : nil
    }
}

extension PostgresError {
    /// Whether the same statement may well succeed when it is sent again: deadlock, serialization, a lock not had in
    /// time, "tuple concurrently updated".
    ///
    /// - Parameter round: How often it was sent again already. Whoever waited in vain for a lock has waited for long, and
    ///   waits once more only.
    fileprivate func isWorthTrying(again round: Int) -> Bool {
        switch sqlState {
        case "40P01", "40001": true
        case "55P03": round == 0
        case "XX000": message.contains("concurrently")
        default: false
        }
    }
}
