// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncConcurrency
internal import SSOSyncCore
internal import SSOSyncSQL
internal import Synchronization

/// A session on the writer of a PostgreSQL target, and on its readers where leavers have to be looked for there.
final actor PostgresSession: ProvisioningSession {
    nonisolated let dialect: Dialect
    nonisolated var connection: PostgresConnection { line.connection }
    let connector: InstanceConnector
    let facts: ServerFacts
    let owner: DeploymentOwner
    private let holdsLock: Bool
    private let line: PostgresConnections.Line
    /// Keeps the connection for the next session; nil if it ends with this one.
    private let connections: PostgresConnections?
    /// Whether something went wrong, so that nobody is to use the connection any more.
    private let isTroubled = Mutex(false)
    private var isOver = false
    var known: [AccountName: KnownAccount] = [:]
    var owners: OwnerRoles?
    private var readers: [PostgresEndpoint: PostgresConnection] = [:]
    /// Endpoints among those of the readers that lead to the writer, which is asked already.
    private var aliases: Set<PostgresEndpoint> = []
    private var notices: [String]

    var configuration: PostgresConfiguration { connector.configuration }

    init(
        line: PostgresConnections.Line,
        connections: PostgresConnections?,
        connector: InstanceConnector,
        facts: ServerFacts,
        owner: DeploymentOwner,
        notices: [String],
        holdsLock: Bool
    ) {
        (self.line, self.connections) = (line, connections)
        self.connector = connector
        self.facts = facts
        self.owner = owner
        self.notices = notices + connector.configuration.unknownReaders
        self.holdsLock = holdsLock
        dialect = PostgresDialect.dialect(login: facts.login)
    }

    /// Lets go of the lock before it hangs up: the server notices only some time later that a client has gone, and until
    /// then the next run would be turned away.
    func close() async {
        // By now it may be somebody else's.
        guard !isOver else { return }
        isOver = true
        for reader in readers.values { await reader.close() }
        if let connections, !isTroubled.withLock(\.self), await connections.keep(line) { return }
        if holdsLock { await ProvisionerLock.release(on: connection) }
        await connection.close()
    }

    private nonisolated func noteTrouble() { isTroubled.withLock { $0 = true } }

    /// Does something after whose failure nobody is to use the connection any more.
    private func noting<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch {
            noteTrouble()
            throw SyncError(postgres: error, at: connection.endpoint)
        }
    }

    // MARK: Reading

    func inspect(_ request: InspectionRequest) async throws -> Accounts {
        try await noting { try await read(request) }
    }

    private func read(_ request: InspectionRequest) async throws -> Accounts {
        let deadline = inspectionDeadline
        let catalogue = try await catalogue(for: request, until: deadline)
        let reading = CatalogueReading(catalogue, facts: facts, owner: owner)
        try reading.owners.check(reading.catalogue, place: connection.endpoint)
        owners = reading.owners
        let selection = AccountSelection(reading, request: Self.addingLookAlikes(to: request, reading.catalogue))
        known = selection.known
        let locked = selection.locked
        let onReaders = await sessionsOnReaders(of: locked, until: deadline)
        let sessions = locked.reduce(into: [Int: Int]()) { sessions, account in
            let onWriter = reading.catalogue.sessions.count(of: account.key, lockedAt: account.value)
            sessions[account.key] = onWriter + (onReaders[account.key] ?? 0)
        }
        let blockers = try await blockers(of: selection.dropCandidates, reading, until: deadline)
        return selection.accounts(
            sessions: sessions,
            blockers: blockers.blockers,
            notices: notices + reading.owners.notices + capacityNotice(reading.owners) + blockers.notices
        )
    }

    /// A reading of everyone has all accounts of ours anyway.
    private static func addingLookAlikes(to request: InspectionRequest, _ catalogue: Catalogue) -> InspectionRequest {
        guard request.scope != .everyone else { return request }
        return request.adding(LookAlikes(names: request.names).names(in: catalogue))
    }

    private func catalogue(
        for request: InspectionRequest,
        until deadline: ContinuousClock.Instant
    ) async throws -> Catalogue {
        if let reader = ScopedCatalogueReader(connection, facts: facts, request: request) {
            return try await reader.read(until: deadline)
        }
        return try Catalogue(try await connection.execute(Catalogue.script(version: facts.version), deadline: deadline))
    }

    private var inspectionDeadline: ContinuousClock.Instant {
        .now.advanced(by: .milliseconds(2 * configuration.statementTimeout))
    }

    private func blockers(
        of candidates: [Catalogue.Role],
        _ reading: CatalogueReading,
        until deadline: ContinuousClock.Instant
    ) async throws -> BlockerReader.Found {
        guard !candidates.isEmpty else { return BlockerReader.Found() }
        let reader = BlockerReader(connection: connection, connector: connector) { id in
            reading.revocation(ofGrantsBy: id)
        }
        return try await reader.blockers(of: candidates, named: configuration.namesBlockers, until: deadline)
    }

    private func capacityNotice(_ owners: OwnerRoles) -> [String] {
        let room = owners.ids.count * PostgresDialect.accountsPerOwnerRole
        let used = owners.accountCounts.values.reduce(0, +)
        guard room > 0, used * 10 >= room * 9 else { return [] }
        return ["the owner roles have \(used) of \(room) accounts: make more with sso-sync bootstrap --capacity"]
    }

    /// Sessions of locked accounts on the instances that serve reads.
    ///
    /// One that cannot be asked, or is not known, must not keep joiners out, but there may be a session of everybody who is
    /// locked on it: they are not out, and not dropped, before it has been asked. So may there be one, at any moment, of whoever
    /// can still log in on it, since it has not heard of the lock yet.
    private func sessionsOnReaders(
        of locked: [Int: Timestamp],
        until deadline: ContinuousClock.Instant
    ) async -> [Int: Int] {
        guard !locked.isEmpty else { return [:] }
        let atLeast = configuration.unknownReaders.count
        var sessions = locked.mapValues { _ in atLeast }
        for (endpoint, result) in await askReaders(about: locked.keys.sorted(), until: deadline) {
            switch result {
            case .success(let answer):
                for (id, time) in locked {
                    sessions[id, default: 0] +=
                        answer.counts.count(of: id, lockedAt: time) + (answer.unlocked.contains(id) ? 1 : 0)
                }
            case .failure(let error):
                let error = SyncError(postgres: error, at: "\(endpoint.host):\(endpoint.port)")
                notices.append("reader \(endpoint.host):\(endpoint.port) could not be asked for sessions: \(error)")
                for id in locked.keys { sessions[id, default: 0] += 1 }
            }
        }
        return sessions
    }

    /// All readers at once, for the writer is idle meanwhile, and ends an idle session after a minute.
    private func askReaders(
        about locked: [Int],
        until deadline: ContinuousClock.Instant
    ) async -> [(element: PostgresEndpoint, result: Result<ReaderAnswer, any Error>)] {
        let patience = min(.seconds(configuration.connectTimeout) + Self.answerTime, Self.longestPatience)
        let limit = min(deadline, ContinuousClock.now.advanced(by: patience))
        return await configuration.readers.concurrently { endpoint in
            guard let reader = try await self.reader(endpoint, until: limit) else { return ReaderAnswer() }
            // Who may log in comes first: whoever does so in between has a session then.
            let unlocked = try await reader.query(SessionEnder.unlocked(locked), deadline: limit)
            return ReaderAnswer(
                unlocked: Set((0..<unlocked.rowCount).compactMap { unlocked.int($0, 0) }),
                counts: SessionCounts(try await reader.query(SessionCounts.query, deadline: limit))
            )
        }
    }

    /// What a reader says of accounts that are locked on the writer.
    private struct ReaderAnswer {
        /// Those that it would let in.
        var unlocked: Set<Int> = []
        var counts = SessionCounts()
    }

    /// How long to wait for readers at most, however long connecting may take: well below a minute.
    private static let longestPatience: Duration = .seconds(30)

    /// A connection to a reader; nil if it is the writer: which of a cluster's instances that is, changes.
    func reader(_ endpoint: PostgresEndpoint, until deadline: ContinuousClock.Instant) async throws
        -> PostgresConnection?
    {
        guard !aliases.contains(endpoint) else { return nil }
        if let reader = readers[endpoint], await !reader.isClosed { return reader }
        let reader = try await connector.connect(to: endpoint, deadline: deadline)
        readers[endpoint] = reader
        guard try await facts.areOfInstance(reader, deadline: deadline) else { return reader }
        aliases.insert(endpoint)
        return nil
    }

    // MARK: Changing

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

    /// Finds out about accounts and owner roles where nobody has inspected the target before.
    private func lookUp(_ operations: [Operation]) async throws {
        guard owners == nil else { return }
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
        let runner = BatchRunner(connection: connection, deadline: deadline)
        let drops = items.filter { $0.operation.action == .drop }
        let others = items.filter { $0.operation.action != .drop }
        for item in try await runner.run(others, until: deadline, report: report) {
            report(OperationOutcome(item.operation, .failed(SyncError(.timeout, "the time of the run was up"))))
        }
        let budget = min(deadline, ContinuousClock.now.advanced(by: configuration.dropBudget))
        for item in try await runner.run(drops, until: budget, report: report) {
            report(OperationOutcome(item.operation, .deferred(because: "the time for drops was up")))
        }
        for operation in operations { follow(operation) }
    }

    /// Keeps what is known of accounts under the names that they have by now.
    private func follow(_ operation: Operation) {
        guard operation.resultingAccount != operation.account else { return }
        known[operation.resultingAccount] = known.removeValue(forKey: operation.account)
    }

    private func items(
        for operations: [Operation],
        _ report: (OperationOutcome) -> Void
    ) -> [StatementCompiler.Item] {
        operations.compactMap { operation in
            do {
                return try item(for: operation)
            } catch {
                report(OperationOutcome(operation, .failed(SyncError(postgres: error, at: connection.endpoint))))
                return nil
            }
        }
    }

    private func item(for operation: Operation) throws -> StatementCompiler.Item {
        if case .create = operation.action { return item(for: operation, account: nil, as: try owners?.next()) }
        guard let account = known[operation.account] else {
            throw SyncError(.server, "account \(operation.account) was not found when the target was read")
        }
        return item(for: operation, account: account, as: account.owner)
    }

    private func item(for operation: Operation, account: KnownAccount?, as role: String?) -> StatementCompiler.Item {
        StatementCompiler.Item(
            operation: operation,
            account: account,
            actingRole: role,
            grantingRole: owners?.grantingRole,
            lendsGrantingRole: owners?.lendsGrantor(role) ?? false
        )
    }

    func script(for operations: [Operation]) async throws -> [String] {
        try await noting { try await lookUp(operations) }
        var scripts: [String] = []
        // Nothing is done, so what is known stays as it is.
        let (savedOwners, savedAccounts) = (owners, known)
        defer { (owners, known) = (savedOwners, savedAccounts) }
        for phase in Operation.Phase.allCases {
            let items = try operations.filter { $0.phase == phase && !$0.endsSessions }.map(item)
            guard !items.isEmpty else { continue }
            for statement in ["BEGIN"] + StatementCompiler.statements(items, isLocal: true) + ["COMMIT"] {
                scripts.append(try await connection.render(statement) + ";")
            }
            for item in items { follow(item.operation) }
        }
        return scripts
    }
}
