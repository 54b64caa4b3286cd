// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

extension MySQLSession {
    /// Ends the sessions of people who stay and have lost a role, on the writer and on every reader.
    ///
    /// - Returns: Those of whom no session of before is left, with the number of those that were ended; the others are reported.
    func disconnect(
        _ operations: [Operation],
        until deadline: ContinuousClock.Instant,
        _ report: @Sendable (OperationOutcome) -> Void
    ) async -> [Operation: Int] {
        let ids = operations.compactMap { known[$0.account]?.id }
        // One that is not known is said to be so by whoever changes it.
        guard !ids.isEmpty else { return Dictionary(uniqueKeysWithValues: operations.map { ($0, 0) }) }
        let exits = await disconnections(of: ids, until: deadline)
        return operations.reduce(into: [:]) { ended, operation in
            guard let id = known[operation.account]?.id else { return ended[operation] = 0 }
            let exit = exits.exit(of: [id], operation.account)
            guard let problem = exit.problem else { return ended[operation] = exit.ended }
            report(OperationOutcome(operation, .failed(problem), sessionsEnded: exit.ended))
        }
    }

    private func disconnections(of ids: [AccountId], until deadline: ContinuousClock.Instant) async -> Exits {
        do {
            let rows = try await connection.query(SessionEnder.states(of: ids), deadline: deadline)
            return await exits(of: ids, .earlier(states: SessionEnder.states(rows)), until: deadline)
        } catch {
            let failure = SyncError(mysql: error, at: connection.endpoint)
            return Exits(results: [.failure(failure)], sessions: .earlier(states: [:]))
        }
    }
}
