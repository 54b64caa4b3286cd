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
        let begun = try await attempt(items, until: deadline) { $0.begin }
        if let trouble = begun.trouble {
            await undo(begun.done.map { ($0, trouble) }, report)
            throw trouble
        }
        for (item, error) in begun.failed { report(OperationOutcome(item.operation, .failed(error))) }
        let out = await endSessions(of: begun.done, until: deadline, report)
        let limit = max(deadline, ContinuousClock.now.advanced(by: Self.timeToFinish))
        let finished = try await attempt(out, until: limit) { $0.finish }
        for item in finished.done {
            follow(item)
            report(OperationOutcome(item.operation, .done))
        }
        await undo(finished.failed, report)
        if let trouble = finished.trouble { throw trouble }
    }

    /// Ends the sessions of those who are locked to be renamed.
    ///
    /// - Returns: Those who are out; the others are let in again, and reported.
    private func endSessions(
        of items: [StatementCompiler.Item],
        until deadline: ContinuousClock.Instant,
        _ report: @Sendable (OperationOutcome) -> Void
    ) async -> [StatementCompiler.Item] {
        let inUse = items.filter { RenameStatements(item: $0).isInUse }
        guard !inUse.isEmpty else { return items }
        let exits = await exits(of: inUse.map(\.account.id), until: deadline)
        let stuck = inUse.compactMap { item in
            exits.exit(of: item.account.id, item.operation.account).problem.map { (item, $0) }
        }
        await undo(stuck, report)
        let names = Set(stuck.map(\.0.operation.account))
        return items.filter { !names.contains($0.operation.account) }
    }

    private static let timeToFinish: Duration = .seconds(10)

    /// Leaves alone what could only be undone: as long as a session may be theirs that does not show so, they are not out, and
    /// whoever was locked for it would have lost their sessions for nothing.
    ///
    /// It has failed, so that nothing is done that was to come after it.
    ///
    /// - Returns: Those whose turn it is.
    private func sparing(
        _ items: [StatementCompiler.Item],
        until deadline: ContinuousClock.Instant,
        _ report: @Sendable (OperationOutcome) -> Void
    ) async throws -> [StatementCompiler.Item] {
        guard items.contains(where: { RenameStatements(item: $0).isInUse }) else { return items }
        let hidden = try await hidden(until: deadline)
        let spared = items.filter { item in
            RenameStatements(item: item).isInUse && hidden.mayBe(ownsEvent: eventOwners.contains(item.account.id.user))
        }
        for item in spared {
            let reason = Self.whySpared(item.operation.account, hidden)
            report(OperationOutcome(item.operation, .failed(SyncError(.notOut, reason))))
        }
        let names = Set(spared.map(\.operation.account))
        return items.filter { !names.contains($0.operation.account) }
    }

    private static func whySpared(_ account: AccountName, _ hidden: SessionCounts.Hidden) -> String {
        if hidden == .anybody {
            return
                "performance_schema is off, and a session that is in somebody's code may be of \(account), who keeps the name "
                + "until that is over. \(Exits.performanceSchemaRemedy)"
        }
        return
            "an event that runs in somebody's code may be of \(account), who keeps the name until that is over: the server does "
            + "not say whose it is. The next run looks again"
    }

    /// What became of a step of some renames.
    private struct Attempt {
        var done: [StatementCompiler.Item] = []
        var failed: [(item: StatementCompiler.Item, error: SyncError)] = []
        /// What is wrong with the server itself.
        var trouble: SyncError?
    }

    private func attempt(
        _ items: [StatementCompiler.Item],
        until deadline: ContinuousClock.Instant,
        _ statements: (RenameStatements) -> [SQLText]
    ) async throws -> Attempt {
        let segments = items.map { statements(RenameStatements(item: $0)) }
        var attempt = Attempt()
        for (item, outcome) in zip(items, try await connection.pipeline(segments, deadline: deadline)) {
            guard case .failure(let error) = outcome else {
                attempt.done.append(item)
                continue
            }
            let explained = SyncError(mysql: error, at: connection.endpoint)
            attempt.failed.append((item, explained))
            if error.concernsWholeTarget { attempt.trouble = attempt.trouble ?? explained }
        }
        return attempt
    }

    /// Lets people in again under the name that they have, also if the run was cancelled.
    ///
    /// Whatever does not succeed here is found, and finished, by the next run.
    private func undo(
        _ failed: [(item: StatementCompiler.Item, error: SyncError)],
        _ report: @Sendable (OperationOutcome) -> Void
    ) async {
        guard !failed.isEmpty else { return }
        let segments = failed.map { RenameStatements(item: $0.item).undo }
        let connection = connection
        let undoing = Task {
            try await connection.pipeline(segments, deadline: .now.advanced(by: Self.timeToFinish))
        }
        let outcomes = await Result.catching { try await undoing.value }
        for (place, failure) in failed.enumerated() {
            let isUndone =
                if case .success(let outcomes) = outcomes { (try? outcomes[place].get()) != nil } else { false }
            let remedy = isUndone ? "" : ". The account may be locked until the next run, which goes on with it"
            let error = SyncError(failure.error.code, failure.error.message + remedy)
            report(OperationOutcome(failure.item.operation, .failed(error)))
        }
    }
}
