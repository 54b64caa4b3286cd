// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncConcurrency
internal import SSOSyncCore
internal import SSOSyncSQL

/// Ends sessions on one instance until nobody of those who are to be out is connected, nor about to be; or until those who have lost
/// something have no session of before.
struct SessionEnder: Sendable {
    /// What was found when the time was up, or when everybody was out.
    struct Outcome: Sendable {
        /// The instance.
        let place: String
        /// Sessions that were told to end, by account.
        var ended: [AccountId: Int] = [:]
        /// Sessions that are still there, by account.
        var left: [AccountId: Int] = [:]
        /// Why the instance did not end one of those, where it said so, by account.
        var refusals: [AccountId: String] = [:]
        /// Logins that began before an account was locked, and go on, by account.
        ///
        /// They do not say whose they are.
        var starting: [AccountId: Set<UInt64>] = [:]
        /// Sessions that have been in somebody's code ever since an account was locked, and may be its own, by account.
        ///
        /// The server does not say whose they are, so they are left alone.
        var disguised: [AccountId: Set<UInt64>] = [:]
        /// As whose sessions those show.
        var disguises: [UInt64: RoleName] = [:]
        /// Which sessions run events.
        var areEvents: Set<UInt64> = []
        /// Accounts of whose lock, or loss, this instance has not heard yet: it would still let them in, or in a role.
        var unaware: Set<AccountId> = []

        var isOut: Bool { left.isEmpty && starting.isEmpty && disguised.isEmpty && unaware.isEmpty }
    }

    let connection: MySQLConnection
    let place: String
    let sessions: EndingSessions
    let kill: ProvisionerRights.Kill
    /// Users who have defined code that runs with their rights (``SessionCounts/isDisguise(_:among:)``).
    let disguises: Set<RoleName>
    /// Users who have defined an event, or may have.
    let eventOwners: Set<RoleName>
    let watch: StallWatch

    /// How often to look again.
    private static let pauses: [Duration] = [
        .milliseconds(5), .milliseconds(10), .milliseconds(20), .milliseconds(20), .milliseconds(50),
        .milliseconds(100),
    ]

    /// How long a login may take that could be theirs, before it is ended.
    ///
    /// The server looks an account up when the name comes, and lets it in with what it found then (measured), so it is not
    /// enough that the account is locked. A login that is somebody else's takes milliseconds, and is tried again.
    private static let patience: Duration = .seconds(1)

    /// Ends sessions, over and over, until none is left or the time is up.
    ///
    /// - Parameters:
    ///   - ids: The accounts.
    ///   - deadline: When to look for the last time.
    ///   - limit: When to wait no longer for the answer to that: a connection is lost by it.
    ///   - cancellation: Where it says so, what is found at the next look is the outcome.
    ///   - told: Is called each time that sessions have been told to end.
    func end(
        _ ids: [AccountId],
        until deadline: ContinuousClock.Instant,
        limit: ContinuousClock.Instant,
        cancellation: CancellationNotice,
        told: () -> Void = {}
    ) async throws -> Outcome {
        let began = ContinuousClock.now
        let byUser = Dictionary(ids.map { ($0.user, $0) }, uniquingKeysWith: { first, _ in first })
        var outcome = Outcome(place: place)
        var suspects = Suspects()
        var seen: Set<UInt64> = []
        var round = 0
        while true {
            let look = try await look(at: ids, until: limit)
            outcome.unaware = look.unaware
            for id in ids {
                let (mayOwnEvent, mayReturn) = (eventOwners.contains(id.user), !sessions.areAll)
                suspects.narrow(id, by: look, ownsEvent: mayOwnEvent, mayReturn: mayReturn)
            }
            outcome.starting = suspects.among(look.starting)
            outcome.disguises = look.disguised.merging(look.events) { first, _ in first }
            outcome.disguised = suspects.among(Set(outcome.disguises.keys))
            outcome.areEvents = Set(look.events.keys)
            outcome.left = [:]
            var victims: [UInt64] = []
            var theirs: [AccountId: [UInt64]] = [:]
            for (user, connections) in look.sessions {
                guard let id = byUser[user] else { continue }
                theirs[id] = connections.filter {
                    sessions.areAll || look.unaware.contains(id) || suspects.contains($0, of: id)
                }
            }
            for (id, connections) in theirs where !connections.isEmpty {
                outcome.left[id] = connections.count
                outcome.ended[id, default: 0] += connections.count { seen.insert($0).inserted }
                victims += connections
            }
            if began.advanced(by: Self.patience) < ContinuousClock.now {
                victims += Set(outcome.starting.values.joined())
            }
            let refused = try await end(victims, until: limit)
            outcome.refusals = theirs.compactMapValues { $0.lazy.compactMap { refused[$0] }.first }
            told()
            if outcome.isOut || cancellation.isPosted || ContinuousClock.now >= deadline { return outcome }
            try await Task.sleep(for: Self.pauses[min(round, Self.pauses.count - 1)])
            round += 1
        }
    }

    private struct Look {
        var unaware: Set<AccountId> = []
        var starting: Set<UInt64> = []
        /// They may be anybody's, with the names that they show.
        var disguised: [UInt64: RoleName] = [:]
        /// They run events, and may be that of anybody's event.
        var events: [UInt64: RoleName] = [:]
        var sessions: [RoleName: [UInt64]] = [:]
    }

    /// Connections that may be an account's, whatever they show, by account.
    private struct Suspects {
        private var connections: [AccountId: Set<UInt64>] = [:]

        /// Whoever begins after the instance has heard of the lock is turned away by the server, so they only become fewer, but for
        /// those that had not begun to show.
        ///
        /// - Parameters:
        ///   - id: The account.
        ///   - look: What was found.
        ///   - ownsEvent: Whether an event may be the account's.
        ///   - mayReturn: Whether sessions that have begun since are nothing to end.
        mutating func narrow(_ id: AccountId, by look: Look, ownsEvent: Bool, mayReturn: Bool) {
            let shown = Set(look.sessions[id.user] ?? [])
            let hidden = look.starting.union(look.disguised.keys).union(ownsEvent ? Array(look.events.keys) : [])
            if let before = connections[id] {
                connections[id] =
                    mayReturn ? before.intersection(hidden.union(shown)) : before.intersection(hidden).union(shown)
            } else if !look.unaware.contains(id) {
                connections[id] = hidden.union(shown)
            }
        }

        func contains(_ connection: UInt64, of id: AccountId) -> Bool { connections[id]?.contains(connection) ?? false }

        /// Which of some connections may still be whose.
        func among(_ others: Set<UInt64>) -> [AccountId: Set<UInt64>] {
            connections.mapValues { $0.intersection(others) }.filter { !$0.value.isEmpty }
        }
    }

    /// One round trip: does the instance know of the locks or losses, and who is there.
    private func look(at ids: [AccountId], until deadline: ContinuousClock.Instant) async throws -> Look {
        let results = try await watch.during {
            try await connection.execute(
                [question(about: ids), Self.sessions(of: Set(ids.map(\.user)))],
                deadline: deadline
            )
        }
        guard results.count == 2 else { throw SyncError(.server, "\(place) gave no answer about sessions") }
        let users = Set(ids.map(\.user))
        var look = Look()
        look.unaware = unaware(results[0], among: ids)
        for session in SessionCounts.Listed.all(results[1]) {
            if session.name.rawValue == SessionCounts.unauthenticated {
                look.starting.insert(session.id)
                continue
            }
            if users.contains(session.name) { look.sessions[session.name, default: []].append(session.id) }
            // Of one leaver's session it may turn out that it was another's.
            guard SessionCounts.isDisguise(session.name, among: disguises) else { continue }
            if session.isUnsure { look.disguised[session.id] = session.name }
            if session.isWorker { look.events[session.id] = session.name }
        }
        return look
    }

    /// Asks which of some accounts an instance would let in: whoever replays changes late may not have heard of a lock yet.
    static func unlocked(_ ids: [AccountId]) -> SQLText {
        "SELECT User, Host FROM mysql.user WHERE (User, Host) IN (\(pairs(ids))) AND account_locked = 'N'"
    }

    /// The accounts that ``unlocked(_:)`` has found.
    static func accounts(_ rows: MySQLResult) -> Set<AccountId> {
        (0..<rows.rowCount).reduce(into: []) { accounts, row in
            guard let user = rows.string(row, 0), let host = rows.string(row, 1) else { return }
            accounts.insert(AccountId(user: user, host: host))
        }
    }

    /// Asks for what an instance knows of some accounts: their markers, and how many roles they hold.
    ///
    /// A marker is written before a role is taken, and after it only if there is something to note, so that it alone does not tell.
    static func states(of ids: [AccountId]) -> SQLText {
        """
        SELECT u.User, u.Host, CONCAT(COALESCE(CAST(u.User_attributes AS CHAR), ''), ' ',
            (SELECT COUNT(*) FROM mysql.role_edges e WHERE e.TO_USER = u.User AND e.TO_HOST = u.Host))
        FROM mysql.user u WHERE (u.User, u.Host) IN (\(pairs(ids)))
        """
    }

    private static func pairs(_ ids: [AccountId]) -> SQLText {
        ids.map { "(\(literal: $0.user.rawValue), \(literal: $0.host.rawValue))" }.joined()
    }

    /// What ``states(of:)`` has found.
    static func states(_ rows: MySQLResult) -> [AccountId: String] {
        (0..<rows.rowCount).reduce(into: [:]) { states, row in
            guard let user = rows.string(row, 0), let host = rows.string(row, 1) else { return }
            states[AccountId(user: user, host: host)] = rows.string(row, 2)
        }
    }

    private func question(about ids: [AccountId]) -> SQLText {
        sessions.areAll ? Self.unlocked(ids) : Self.states(of: ids)
    }

    private func unaware(_ rows: MySQLResult, among ids: [AccountId]) -> Set<AccountId> {
        guard case .earlier(let states) = sessions else { return Self.accounts(rows) }
        let found = Self.states(rows)
        return Set(ids.filter { states[$0] != found[$0] })
    }

    static func sessions(of users: Set<RoleName>) -> SQLText {
        let users = users.map { SQLText.literal($0.rawValue) }.joined()
        return "SELECT id, name, unsure, worker FROM " + SessionCounts.sessions
            + " WHERE (unsure OR worker OR name IN ('unauthenticated user', \(users))) AND id <> CONNECTION_ID()"
    }

    /// A session that has ended by itself meanwhile is no trouble, and whoever is still there in the end is reported.
    ///
    /// - Returns: Why the instance refused to end a session, by connection.
    private func end(_ connections: [UInt64], until deadline: ContinuousClock.Instant) async throws -> [UInt64: String]
    {
        guard !connections.isEmpty else { return [:] }
        let statements = connections.map { [kill.sql($0)] }
        var refusals: [UInt64: String] = [:]
        // `rds_kill` looks into the list of sessions, too.
        let outcomes = try await watch.during { try await connection.pipeline(statements, deadline: deadline) }
        for (id, outcome) in zip(connections, outcomes) {
            guard case .failure(let error) = outcome, !error.isUnknownSession else { continue }
            guard !error.isConnectionLost else { throw error }
            refusals[id] = "\(error)"
        }
        return refusals
    }
}
