// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncSQL

extension MySQLSession {
    /// Renames accounts: locks those in use, ends their sessions everywhere, renames, and unlocks.
    ///
    /// Once somebody is locked for it, it is brought to an end or undone even if the time of the run is up.
    func rename(
        _ items: [StatementCompiler.Item],
        until deadline: ContinuousClock.Instant,
        _ report: @Sendable (OperationOutcome) -> Void
    ) async throws {
        let items = try await sparing(items, until: deadline, report)
        guard !items.isEmpty else { return }
        let begun = try await attempt(items, until: deadline, report) { $0.begin }
        let inUse = begun.filter { RenameStatements(item: $0).isInUse }.map(\.account.id)
        var out = begun
        if !inUse.isEmpty {
            let exits = await exits(of: inUse, until: deadline)
            let stuck = begun.filter { inUse.contains($0.account.id) }.compactMap { item in
                exits.exit(of: item.account.id, item.operation.account).problem.map { (item, $0) }
            }
            try await undo(stuck, report)
            let names = Set(stuck.map(\.0.operation.account))
            out.removeAll { names.contains($0.operation.account) }
        }
        let limit = max(deadline, ContinuousClock.now.advanced(by: Self.timeToFinish))
        let done = try await attempt(out, until: limit, report) { $0.finish }
        for item in done {
            follow(item)
            report(OperationOutcome(item.operation, .done))
        }
    }

    private static let timeToFinish: Duration = .seconds(10)

    /// Leaves alone what could only be undone: as long as a session may be anybody's, nobody is out, and whoever was locked for it
    /// would have lost their sessions for nothing.
    ///
    /// It has failed, so that nothing is done that was to come after it.
    ///
    /// - Returns: Those whose turn it is.
    private func sparing(
        _ items: [StatementCompiler.Item],
        until deadline: ContinuousClock.Instant,
        _ report: @Sendable (OperationOutcome) -> Void
    ) async throws -> [StatementCompiler.Item] {
        let inUse = items.filter { RenameStatements(item: $0).isInUse }
        guard !inUse.isEmpty, try await mayHideAnybody(until: deadline) else { return items }
        for item in inUse {
            let reason =
                "performance_schema is off, and a session that is in somebody's code may be of \(item.operation.account), who "
                + "keeps the name until that is over. \(Exits.performanceSchemaRemedy)"
            report(OperationOutcome(item.operation, .failed(SyncError(.notOut, reason))))
        }
        return items.filter { !RenameStatements(item: $0).isInUse }
    }

    /// - Returns: Those that were done; the others are undone and reported.
    private func attempt(
        _ items: [StatementCompiler.Item],
        until deadline: ContinuousClock.Instant,
        _ report: @Sendable (OperationOutcome) -> Void,
        _ statements: (RenameStatements) -> [SQLText]
    ) async throws -> [StatementCompiler.Item] {
        let segments = items.map { statements(RenameStatements(item: $0)) }
        let outcomes = Array(zip(items, try await connection.pipeline(segments, deadline: deadline)))
        var failed: [(StatementCompiler.Item, SyncError)] = []
        for (item, outcome) in outcomes {
            guard case .failure(let error) = outcome else { continue }
            if error.concernsWholeTarget { throw error }
            failed.append((item, SyncError(mysql: error, at: connection.endpoint)))
        }
        try await undo(failed, report)
        let names = Set(failed.map(\.0.operation.account))
        return items.filter { !names.contains($0.operation.account) }
    }

    /// Lets people in again under the name that they have.
    private func undo(
        _ failed: [(item: StatementCompiler.Item, error: SyncError)],
        _ report: @Sendable (OperationOutcome) -> Void
    ) async throws {
        guard !failed.isEmpty else { return }
        let segments = failed.map { RenameStatements(item: $0.item).undo }
        // Whatever does not succeed here is found, and finished, by the next run.
        _ = try await connection.pipeline(segments, deadline: .now.advanced(by: Self.timeToFinish))
        for (item, error) in failed { report(OperationOutcome(item.operation, .failed(error))) }
    }
}
