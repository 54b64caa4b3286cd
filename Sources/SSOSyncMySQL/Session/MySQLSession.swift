// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncConcurrency
internal import SSOSyncCore
internal import SSOSyncSQL
internal import Synchronization

/// A session on the writer of a MySQL target, and on its readers where leavers have to be looked for there.
final actor MySQLSession: ProvisioningSession {
    nonisolated let dialect: Dialect
    nonisolated var connection: MySQLConnection { line.connection }
    let connector: InstanceConnector
    let facts: ServerFacts
    let owner: DeploymentOwner
    private let access: SessionAccess.Kind
    private let line: MySQLConnections.Line
    /// Keeps the connection for the next session; nil if it ends with this one.
    private let connections: MySQLConnections?
    /// Whether something went wrong, so that nobody is to use the connection any more.
    private let isTroubled = Mutex(false)
    private var isOver = false
    var known = KnownAccounts()
    var kill = ProvisionerRights.Kill.statement
    /// Users who have defined code that runs with their rights.
    var disguises: Set<RoleName> = []
    /// Users who have defined an event, or may have.
    var eventOwners: Set<RoleName> = []
    /// Whether anything is known of accounts.
    private(set) var isRead = false
    /// What was read when the session was opened; nil once it has served, or if nothing was expected.
    var early: EarlyReading?
    private var readers: [MySQLEndpoint: MySQLConnection] = [:]
    /// Endpoints among those of the readers that lead to the writer, which is asked already.
    private var aliases: Set<MySQLEndpoint> = []
    private var notices: [String]
    private let watches = Mutex<[MySQLEndpoint: StallWatch]>([:])

    var configuration: MySQLConfiguration { connector.configuration }

    /// When to give up an inspection that begins now.
    var inspectionDeadline: ContinuousClock.Instant {
        .now.advanced(by: .milliseconds(2 * configuration.statementTimeout))
    }

    init(
        line: MySQLConnections.Line,
        connections: MySQLConnections?,
        connector: InstanceConnector,
        facts: ServerFacts,
        owner: DeploymentOwner,
        notices: [String],
        access: SessionAccess.Kind
    ) {
        (self.line, self.connections) = (line, connections)
        self.connector = connector
        self.facts = facts
        self.owner = owner
        self.notices = notices + connector.configuration.unknownReaders
        self.access = access
        dialect = MySQLDialect.dialect(login: facts.login.user.rawValue)
    }

    /// Lets go of the lock before it hangs up: the server notices only some time later that a client has gone, and until
    /// then the next run would be turned away.
    func close() async {
        // By now it may be somebody else's.
        guard !isOver else { return }
        isOver = true
        for reader in readers.values { await reader.close() }
        let isFree = access == .writing ? await ProvisionerLock.release(on: connection) : true
        if let connections, isFree, !isTroubled.withLock(\.self), await connections.keep(line) { return }
        await connection.close()
    }

    nonisolated func noteTrouble() { isTroubled.withLock { $0 = true } }

    /// Does something after whose failure nobody is to use the connection any more.
    func noting<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch {
            noteTrouble()
            throw SyncError(mysql: error, at: connection.endpoint)
        }
    }

    // MARK: Reading

    func inspect(_ request: InspectionRequest) async throws -> Accounts {
        try await noting { try await read(request) }
    }

    func read(_ request: InspectionRequest) async throws -> Accounts {
        let deadline = inspectionDeadline
        let reading = CatalogueReading(try await catalogue(for: request, until: deadline), facts: facts, owner: owner)
        let rights = ProvisionerRights(rights: reading.rights, login: facts.login)
        do {
            try rights.check(place: connection.endpoint)
        } catch {
            guard access == .reading else { throw error }
            notices.append("what is shown may lack something, and a run will be refused: \(error)")
        }
        kill = rights.kill ?? .statement
        let selection = AccountSelection(reading, request: request, configuration: configuration)
        known = KnownAccounts(selection)
        isRead = true
        disguises = reading.catalogue.disguises
        eventOwners = reading.eventOwners
        let locked = selection.locked
        var onWriter = reading.catalogue.sessions
        if !locked.isEmpty {
            try await listing { try await onWriter.lookAgain(on: connection, disguises: disguises, deadline: deadline) }
        }
        let onReaders = await sessionsOnReaders(of: locked, until: deadline)
        let sessions = locked.reduce(into: [AccountName: Int]()) { sessions, account in
            let user = RoleName(account.key.rawValue)
            let ownsEvent = eventOwners.contains(user)
            let count = onWriter.count(of: user, lockedFor: account.value, ownsEvent: ownsEvent)
            sessions[account.key] = count + (onReaders[account.key] ?? 0)
        }
        notices += watches.withLock { Array($0.values) }.flatMap { $0.notices() }
        return selection.accounts(sessions: sessions, notices: notices)
    }

    /// Sessions of locked accounts on the instances that serve reads.
    ///
    /// One that cannot be asked, or is not known, must not keep joiners out, but there may be a session of everybody who is
    /// locked on it: they are not out, and not dropped, before it has been asked. So may there be one, at any moment, of whoever
    /// can still log in on it, since it has not heard of the lock yet.
    private func sessionsOnReaders(
        of locked: [AccountName: Int64],
        until deadline: ContinuousClock.Instant
    ) async -> [AccountName: Int] {
        guard !locked.isEmpty else { return [:] }
        let atLeast = configuration.unknownReaders.count
        var sessions = locked.mapValues { _ in atLeast }
        let ids = locked.keys.sorted().flatMap { known[$0]?.ways ?? [] }
        for (endpoint, result) in await askReaders(about: ids, until: deadline) {
            switch result {
            case .success(let answer):
                for (name, seconds) in locked {
                    let user = RoleName(name.rawValue)
                    let ownsEvent = eventOwners.contains(user)
                    let isUnlocked = known[name].map { !answer.unlocked.isDisjoint(with: $0.ways) } ?? true
                    sessions[name, default: 0] +=
                        answer.counts.count(of: user, lockedFor: seconds, ownsEvent: ownsEvent) + (isUnlocked ? 1 : 0)
                }
            case .failure(let error):
                let error = SyncError(mysql: error, at: "\(endpoint)")
                notices.append("reader \(endpoint) could not be asked for sessions: \(error)")
                for name in locked.keys { sessions[name, default: 0] += 1 }
            }
        }
        return sessions
    }

    /// What keeps people from being out, as far as it can be known before they are locked.
    struct Doubt {
        /// Whose session there may be on some instance, whatever the server shows.
        var hidden: SessionCounts.Hidden
        /// Why it is not known of some instance who is on it; nil if it is.
        var unasked: String?
    }

    /// Looks for what would keep people from being out.
    func doubt(until deadline: ContinuousClock.Instant) async throws -> Doubt {
        let counts = try await listing {
            var counts = SessionCounts(try await connection.query(SessionCounts.query, deadline: deadline))
            try await counts.lookAgain(on: connection, disguises: disguises, deadline: deadline)
            return counts
        }
        var doubt = Doubt(hidden: counts.hidden, unasked: configuration.unknownReaders.first)
        for (endpoint, result) in await askReaders(about: [], until: deadline) {
            switch result {
            case .success(let answer): doubt.hidden = max(doubt.hidden, answer.counts.hidden)
            case .failure(let error): doubt.unasked = "\(SyncError(mysql: error, at: "\(endpoint)"))"
            }
        }
        return doubt
    }

    /// All readers at once, for the writer is idle meanwhile, and ends an idle session after a minute.
    private func askReaders(
        about locked: [AccountId],
        until deadline: ContinuousClock.Instant
    ) async -> [(element: MySQLEndpoint, result: Result<ReaderAnswer, any Error>)] {
        let patience = min(.seconds(configuration.connectTimeout) + Self.answerTime, Self.longestPatience)
        let limit = min(deadline, ContinuousClock.now.advanced(by: patience))
        let disguises = disguises
        return await configuration.readers.concurrently { endpoint in
            guard let reader = try await self.reader(endpoint, until: limit) else { return ReaderAnswer() }
            var answer = ReaderAnswer()
            // Who may log in comes first: whoever does so in between has a session then.
            if !locked.isEmpty {
                let rows = try await reader.query(SessionEnder.unlocked(locked), deadline: limit)
                answer.unlocked = SessionEnder.accounts(rows)
            }
            answer.counts = try await self.listing(on: endpoint) {
                var counts = SessionCounts(try await reader.query(SessionCounts.query, deadline: limit))
                try await counts.lookAgain(on: reader, disguises: disguises, deadline: limit)
                return counts
            }
            return answer
        }
    }

    /// What a reader says of accounts that are locked on the writer.
    private struct ReaderAnswer {
        /// Those that it would let in.
        var unlocked: Set<AccountId> = []
        var counts = SessionCounts()
    }

    /// Does something that needs a list of sessions.
    ///
    /// Whoever only reads ends nobody.
    nonisolated func listing<Value>(
        on endpoint: MySQLEndpoint? = nil,
        _ body: () async throws -> Value
    ) async throws -> Value {
        guard access == .writing else { return try await body() }
        return try await watch(endpoint ?? connector.configuration.writer).during(body)
    }

    /// One for each instance, which remembers whom it has ended.
    nonisolated func watch(_ endpoint: MySQLEndpoint) -> StallWatch {
        watches.withLock { watches in
            let watch = watches[endpoint] ?? StallWatch(connector: connector, endpoint: endpoint)
            watches[endpoint] = watch
            return watch
        }
    }

    /// How long to wait for readers at most, however long connecting may take: well below a minute.
    private static let longestPatience: Duration = .seconds(30)

    /// A connection to a reader; nil if it is the writer: which of a cluster's instances that is, changes.
    func reader(_ endpoint: MySQLEndpoint, until deadline: ContinuousClock.Instant) async throws -> MySQLConnection? {
        guard !aliases.contains(endpoint) else { return nil }
        if let reader = readers[endpoint], await !reader.isClosed { return reader }
        let reader = try await connector.connect(to: endpoint, deadline: deadline)
        readers[endpoint] = reader
        guard try await facts.areOfInstance(reader, deadline: deadline) else { return reader }
        aliases.insert(endpoint)
        return nil
    }
}
