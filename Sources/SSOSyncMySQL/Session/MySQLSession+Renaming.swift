// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncConcurrency
internal import SSOSyncCore
internal import SSOSyncSQL

extension MySQLSession {
    /// Renames accounts: locks those in use, ends their sessions everywhere, renames, and unlocks.
    ///
    /// Once somebody is locked for it, it is brought to an end or undone even if the time of the run is up, or the run is cancelled.
    func rename(
        _ items: [StatementCompiler.Item],
        until deadline: ContinuousClock.Instant,
        _ report: @Sendable (OperationOutcome) -> Void
    ) async throws {
        let items = try await sparing(items, until: deadline, report)
        guard !items.isEmpty else { return }
        let begun = Attempt(
            items,
            try await connection.pipeline(items.map { $0.rename.begin }, deadline: deadline),
            connection
        )
        if let trouble = begun.trouble {
            await undo(begun.done.map { ($0, trouble) }, report)
            // What was under way when the connection was lost may have been done; what the server has refused was not.
            let hasBegun = trouble.code == .connectionLost
            for (item, error) in begun.failed where hasBegun || error.code != trouble.code {
                fail(item, error, mayBeLocked: item.rename.isLockedForRename(hasBegun: hasBegun), report)
            }
            throw trouble
        }
        for (item, error) in begun.failed { report(OperationOutcome(item.operation, .failed(error))) }
        let out = await endSessions(of: begun.done, until: deadline, report)
        let finished = await finish(out)
        for item in finished.done { tell(item, report) }
        await undo(finished.failed, report)
        if let trouble = finished.trouble { throw trouble }
    }

    private func tell(_ item: StatementCompiler.Item, _ report: @Sendable (OperationOutcome) -> Void) {
        follow(item)
        report(OperationOutcome(item.operation, .done))
    }

    private func fail(
        _ item: StatementCompiler.Item,
        _ error: SyncError,
        mayBeLocked: Bool,
        _ report: @Sendable (OperationOutcome) -> Void
    ) {
        let remark = mayBeLocked ? ". The account is locked meanwhile; the next run goes on with the rename" : ""
        report(OperationOutcome(item.operation, .failed(SyncError(error.code, error.message + remark))))
    }

    // MARK: Who has to be out

    /// Leaves alone what could only be undone: as long as it is not to be seen whether somebody is out, whoever was locked for a rename
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
        guard items.contains(where: \.rename.endsSessions) else { return items }
        let doubt = try await doubt(until: deadline)
        let spared = items.filter(\.rename.endsSessions).compactMap { item in
            Self.whySpared(item, doubt).map { (item, SyncError(.notOut, $0)) }
        }
        return await without(spared, of: items, haveBegun: false, report)
    }

    private static func whySpared(_ item: StatementCompiler.Item, _ doubt: Doubt) -> String? {
        let account = item.operation.account
        if let unasked = doubt.unasked {
            return "\(account) is not renamed as long as it is not known who is connected: \(unasked)"
        }
        guard doubt.hidden.mayBe(ownsEvent: item.account.mayOwnEvents) else { return nil }
        if doubt.hidden == .anybody {
            return
                "\(account) keeps the name as long as a session that is in somebody's code may be theirs, since performance_schema is "
                + "off. \(Exits.performanceSchemaRemedy)"
        }
        return
            "\(account) keeps the name as long as an event that runs in somebody's code may be theirs: the server does not say whose "
            + "it is. The next run looks again"
    }

    /// Ends the sessions of those who are locked to be renamed.
    ///
    /// - Returns: Those who are out; the others are let in again, and reported.
    private func endSessions(
        of items: [StatementCompiler.Item],
        until deadline: ContinuousClock.Instant,
        _ report: @Sendable (OperationOutcome) -> Void
    ) async -> [StatementCompiler.Item] {
        let inUse = items.filter(\.rename.endsSessions)
        guard !inUse.isEmpty else { return items }
        let exits = await exits(of: inUse.map(\.account.id), until: deadline, hasToUndo: true)
        let stuck = inUse.compactMap { item in
            exits.exit(of: [item.account.id], item.operation.account).problem.map { (item, $0) }
        }
        return await without(stuck, of: items, haveBegun: true, report)
    }

    /// Undoes what is not to be gone on with.
    ///
    /// Names are given free by all together: of two who swap theirs, one would else be locked under an interim name until the other is
    /// out.
    ///
    /// - Returns: The other items.
    private func without(
        _ stuck: [(item: StatementCompiler.Item, error: SyncError)],
        of items: [StatementCompiler.Item],
        haveBegun: Bool,
        _ report: @Sendable (OperationOutcome) -> Void
    ) async -> [StatementCompiler.Item] {
        var stuck = stuck
        if let first = stuck.first(where: \.item.givesNameFree)?.item {
            let names = Set(stuck.map(\.item.operation.account))
            let reason = "a name is given free together with others, and \(first.operation.account) is not out"
            stuck += items.filter {
                $0.givesNameFree && $0.rename.endsSessions && !names.contains($0.operation.account)
            }
            .map { ($0, SyncError(.notOut, reason)) }
        }
        await undo(stuck, haveBegun: haveBegun, report)
        let names = Set(stuck.map(\.item.operation.account))
        return items.filter { !names.contains($0.operation.account) }
    }

    // MARK: Steps

    /// What became of a step of some renames.
    private struct Attempt {
        var done: [StatementCompiler.Item] = []
        var failed: [(item: StatementCompiler.Item, error: SyncError)] = []
        /// What is wrong with the server itself.
        var trouble: SyncError?

        init(
            _ items: [StatementCompiler.Item],
            _ outcomes: [MySQLConnection.SegmentOutcome],
            _ connection: MySQLConnection
        ) {
            for (item, outcome) in zip(items, outcomes) {
                guard case .failure(let error) = outcome else {
                    done.append(item)
                    continue
                }
                let explained = BatchRunner.explained(error, at: connection.endpoint)
                failed.append((item, explained))
                if error.concernsWholeTarget { trouble = trouble ?? explained }
            }
        }
    }

    /// What is begun is not left half done because the time is up.
    private static let timeToFinish: Duration = .seconds(10)

    private func finish(_ items: [StatementCompiler.Item]) async -> Attempt {
        Attempt(items, await unhindered(items.map { $0.rename.finish }), connection)
    }

    /// Runs statements to which nobody's cancellation comes too late.
    private func unhindered(_ segments: [[SQLText]]) async -> [MySQLConnection.SegmentOutcome] {
        let connection = connection
        let limit = ContinuousClock.now.advanced(by: Self.timeToFinish)
        do {
            return try await noticingCancellation { _ in try await connection.pipeline(segments, deadline: limit) }
        } catch {
            let error = error as? MySQLError ?? MySQLError(.connectionLost, "\(error)")
            return segments.map { _ in .failure(error) }
        }
    }

    /// Lets people in again under their own names.
    ///
    /// Whatever does not succeed here is found, and gone on with, by the next run.
    private func undo(
        _ failed: [(item: StatementCompiler.Item, error: SyncError)],
        haveBegun: Bool = true,
        _ report: @Sendable (OperationOutcome) -> Void
    ) async {
        var left = failed
        let limit = ContinuousClock.now.advanced(by: Self.timeToFinish)
        while !left.isEmpty {
            let attempt = await undoOnce(left, haveBegun: haveBegun, report)
            left = attempt.left
            guard attempt.isWorthTryingAgain, ContinuousClock.now < limit else { break }
        }
        for (item, error) in left {
            fail(item, error, mayBeLocked: item.rename.isLockedForRename(hasBegun: haveBegun), report)
        }
    }

    /// - Returns: Those for whom it did not succeed.
    private func undoOnce(
        _ failed: [(item: StatementCompiler.Item, error: SyncError)],
        haveBegun: Bool,
        _ report: @Sendable (OperationOutcome) -> Void
    ) async -> (left: [(item: StatementCompiler.Item, error: SyncError)], isWorthTryingAgain: Bool) {
        // One who waits for a lock for long would take the time from all others.
        let segments = failed.map { $0.item.rename.undo(hasBegun: haveBegun) }
        let outcomes = await unhindered([["SET SESSION lock_wait_timeout = 1"]] + segments + [[lockWait]]).dropFirst()
        var left: [(item: StatementCompiler.Item, error: SyncError)] = []
        var isWorthTryingAgain = false
        for (failure, outcome) in zip(failed, outcomes) {
            guard case .failure(let error) = outcome else {
                fail(failure.item, failure.error, mayBeLocked: failure.item.rename.staysLocked, report)
                continue
            }
            // It has the new name already.
            if error.number == Self.unknownUser, case .success? = await unhindered([failure.item.rename.end]).first {
                tell(failure.item, report)
                continue
            }
            isWorthTryingAgain = isWorthTryingAgain || error.number == Self.lockWaitTimeout || error.isWorthTryingAgain
            left.append(failure)
        }
        return (left, isWorthTryingAgain)
    }

    private var lockWait: SQLText {
        "SET SESSION lock_wait_timeout = \(configuration.lockTimeoutSeconds)"
    }

    /// ER_CANNOT_USER.
    private static let unknownUser = 1396
    /// ER_LOCK_WAIT_TIMEOUT.
    private static let lockWaitTimeout = 1205
}

extension StatementCompiler.Item {
    fileprivate var rename: RenameStatements { RenameStatements(item: self) }

    /// Whether it goes by an interim name, so that somebody else can have its own.
    fileprivate var givesNameFree: Bool { if case .moveAside = operation.action { true } else { false } }
}
