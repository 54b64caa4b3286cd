// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

extension MySQLSession {
    func apply(
        _ operations: [Operation],
        until deadline: ContinuousClock.Instant,
        report: @Sendable (OperationOutcome) -> Void
    ) async throws {
        try await noting {
            try await lookUp(operations)
            try await run(operations, until: deadline) { outcome in
                if case .failed = outcome.result { noteTrouble() }
                report(outcome)
            }
        }
    }

    /// Finds out about accounts where nobody has inspected the target before.
    private func lookUp(_ operations: [Operation]) async throws {
        guard !isRead else { return }
        let request = InspectionRequest(
            owner: owner,
            directory: "",
            scope: .people([]),
            names: Set(operations.map(\.account)),
            roles: [],
            windowStart: .now
        )
        _ = try await read(request)
    }

    private func run(
        _ operations: [Operation],
        until deadline: ContinuousClock.Instant,
        _ report: @Sendable (OperationOutcome) -> Void
    ) async throws {
        let ending = operations.filter { $0.action == .endSessions }
        let others = operations.filter { !$0.endsSessions }
        // Sessions go while roles are revoked: first they are told to. After that neither waits for the other, and one that
        // fails does not keep the other from being finished.
        let (told, tell) = AsyncStream<Never>.makeStream()
        async let out: Void = endSessions(ending, until: deadline, told: { tell.finish() }, report)
        for await _ in told {}
        let changed = await Result.catching { try await change(others, until: deadline, report) }
        try await out
        try changed.get()
        let ended = await disconnect(operations.filter { $0.action == .disconnect }, until: deadline, report)
        guard !ended.isEmpty else { return }
        try await change(Array(ended.keys), until: deadline) { outcome in
            report(OperationOutcome(outcome.operation, outcome.result, sessionsEnded: ended[outcome.operation] ?? 0))
        }
    }

    private func change(
        _ operations: [Operation],
        until deadline: ContinuousClock.Instant,
        _ report: @Sendable (OperationOutcome) -> Void
    ) async throws {
        let items = items(for: operations, report)
        let runner = BatchRunner(
            connection: connection,
            compiler: StatementCompiler(activatesAllRoles: facts.activatesAllRoles),
            deadline: deadline
        )
        let drops = items.filter { $0.operation.action == .drop }
        let renames = items.filter(\.isRename)
        let others = items.filter { $0.operation.action != .drop && !$0.isRename }
        var done: [StatementCompiler.Item] = []
        defer { for item in done { follow(item) } }
        let noting = { (item: StatementCompiler.Item, outcome: OperationOutcome) in
            if outcome.isDone { done.append(item) }
            report(outcome)
        }
        for item in try await runner.run(others, until: deadline, report: noting) {
            report(OperationOutcome(item.operation, .failed(SyncError(.timeout, "the time of the run was up"))))
        }
        try await rename(renames, until: deadline, report)
        let budget = min(deadline, ContinuousClock.now.advanced(by: configuration.dropBudget))
        for item in try await runner.run(drops, until: budget, groupsAtOnce: 1, report: noting) {
            report(OperationOutcome(item.operation, .deferred(because: "the time for drops was up")))
        }
    }

    /// Keeps what is known of an account up to date, since later operations say what they change of it.
    func follow(_ item: StatementCompiler.Item) {
        known[item.operation.account] = nil
        known[item.operation.resultingAccount] = item.result
    }

    func items(
        for operations: [Operation],
        _ report: (OperationOutcome) -> Void
    ) -> [StatementCompiler.Item] {
        operations.compactMap { operation in
            do {
                return try item(for: operation)
            } catch {
                report(OperationOutcome(operation, .failed(SyncError(mysql: error, at: connection.endpoint))))
                return nil
            }
        }
    }

    private func item(for operation: Operation) throws -> StatementCompiler.Item {
        if case .create = operation.action {
            let id = AccountId(user: operation.account.rawValue, host: configuration.accountHost)
            return StatementCompiler.Item(operation: operation, account: KnownAccount(new: id))
        }
        guard let account = known[operation.account] else {
            throw SyncError(.server, "account \(operation.account) was not found when the target was read")
        }
        return StatementCompiler.Item(operation: operation, account: account)
    }

    func script(for operations: [Operation]) async throws -> [String] {
        try await lookUp(operations)
        let compiler = StatementCompiler(activatesAllRoles: facts.activatesAllRoles)
        var scripts: [String] = []
        // Nothing is done, so what is known stays as it is.
        let saved = known
        defer { known = saved }
        for phase in Operation.Phase.allCases {
            let items = try operations.filter { $0.phase == phase && !$0.endsSessions }.map(item)
            let renames = items.filter(\.isRename).flatMap { RenameStatements(item: $0).all }
            let others = compiler.groups(items.filter { !$0.isRename }).flatMap(\.statements)
            for statement in others + renames { scripts.append(try await connection.render(statement) + ";") }
            for item in items { follow(item) }
        }
        return scripts
    }
}
