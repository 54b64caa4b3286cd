// SPDX-License-Identifier: Apache-2.0

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
        var ended: [Int: Int] = [:]
        /// Sessions that are still there, by account.
        var left: [Int: Int] = [:]
        /// Backends that were already starting up when an account was locked, and still are, by account.
        ///
        /// They passed the login check and have not said yet whose they are.
        var starting: [Int: [Int]] = [:]
        /// Accounts of whose lock, or loss, this instance has not heard yet: it would still let them in, or in a role.
        var unaware: Set<Int> = []

        var isOut: Bool { left.isEmpty && starting.isEmpty && unaware.isEmpty }
    }

    let connection: PostgresConnection
    let place: String
    let sessions: EndingSessions
    /// How often to look again.
    private static let pauses: [Duration] = [
        .milliseconds(5), .milliseconds(10), .milliseconds(20), .milliseconds(20), .milliseconds(50),
        .milliseconds(100),
    ]

    /// Ends sessions, over and over, until none is left or the time is up.
    ///
    /// - Parameters:
    ///   - ids: The accounts' ids.
    ///   - deadline: When to look for the last time.
    ///   - limit: When to wait no longer for the answer to that: a connection is lost by it.
    ///   - told: Is called each time that sessions have been told to end.
    func end(
        _ ids: [Int],
        until deadline: ContinuousClock.Instant,
        limit: ContinuousClock.Instant,
        told: () -> Void = {}
    ) async throws -> Outcome {
        var outcome = Outcome(place: place)
        var suspects: [Int: Set<String>] = [:]
        var seen: Set<Int> = []
        var earlier: Set<Int> = []
        outcome.unaware = Set(ids)
        var round = 0
        while true {
            let look = try await look(
                at: ids,
                allOf: sessions.areAll ? Set(ids) : outcome.unaware,
                earlier,
                until: limit
            )
            told()
            outcome.unaware = look.unaware
            // Whoever starts up after the instance has heard of the lock is turned away by the server; and of a loss, is in no role
            // that is lost.
            let starting = Set(look.starting.keys)
            for id in ids where suspects[id] == nil && !look.unaware.contains(id) { suspects[id] = starting }
            outcome.starting = suspects.compactMapValues { suspects in
                let left = suspects.intersection(starting)
                return left.isEmpty ? nil : left.compactMap { look.starting[$0] }.sorted()
            }
            outcome.left = look.sessions.mapValues(\.count)
            earlier.formUnion(look.sessions.values.joined())
            earlier.formUnion(outcome.starting.values.joined())
            for (id, pids) in look.sessions {
                outcome.ended[id, default: 0] += pids.count { look.told.contains($0) && seen.insert($0).inserted }
            }
            if outcome.isOut || ContinuousClock.now >= deadline { return outcome }
            let pause = Self.pauses[min(round, Self.pauses.count - 1)]
            round += 1
            try await Task.sleep(for: pause)
        }
    }

    private struct Look {
        var unaware: Set<Int> = []
        /// Process ids by process and transaction, so that a process id that is used again is not mistaken.
        var starting: [String: Int] = [:]
        var sessions: [Int: [Int]] = [:]
        /// Process ids of those that were told to end.
        var told: Set<Int> = []
    }

    /// Asks which of some roles an instance would let in: whoever replays changes late may not have heard of a lock yet.
    static func unlocked(_ ids: some Sequence<Int>) -> SQLText {
        "SELECT oid FROM pg_roles WHERE oid IN (\(ids.map(SQLText.integer).joined())) AND rolcanlogin"
    }

    /// Asks for the markers of some roles.
    static func markers(of ids: some Sequence<Int>) -> SQLText {
        """
        SELECT objoid, description FROM pg_shdescription
        WHERE classoid = 'pg_authid'::regclass AND objoid IN (\(ids.map(SQLText.integer).joined()))
        """
    }

    /// The markers that ``markers(of:)`` has found.
    static func markers(_ rows: PostgresResult) -> [Int: String] {
        (0..<rows.rowCount).reduce(into: [:]) { markers, row in
            if let id = rows.int(row, 0) { markers[id] = rows.string(row, 1) }
        }
    }

    private func unaware(_ rows: PostgresResult, among ids: [Int]) -> Set<Int> {
        guard case .earlier(let markers) = sessions else {
            return Set((0..<rows.rowCount).compactMap { rows.int($0, 0) })
        }
        let found = Self.markers(rows)
        return Set(ids.filter { markers[$0] != found[$0] })
    }

    /// One round trip: does the instance know of the locks or losses, who is starting up, and whose sessions are ended now.
    ///
    /// A backend that starts up holds the lock of its transaction before `pg_stat_activity` shows it (PostgreSQL 15 to
    /// 17, measured), or shows there without a user (18). Those are looked for before the sessions, so that none slips
    /// from one list past the other; and since a transaction sees `pg_stat_activity` as it was at its first look, that
    /// is forgotten in between. A superuser's sessions are left alone: to end them would be refused, and fail the
    /// statement for all others.
    ///
    /// - Parameters:
    ///   - ids: The accounts.
    ///   - whole: Those of whom all sessions end.
    ///   - pids: The processes that end besides if they are theirs.
    ///   - deadline: When to wait no longer.
    private func look(
        at ids: [Int],
        allOf whole: Set<Int>,
        _ pids: Set<Int>,
        until deadline: ContinuousClock.Instant
    ) async throws -> Look {
        let list = ids.map(SQLText.integer).joined()
        // No role and no process has the number 0.
        let all = ([0] + whole.sorted()).map(SQLText.integer).joined()
        let others = ([0] + pids.sorted()).map(SQLText.integer).joined()
        let results = try await connection.execute(
            """
            \(sessions.areAll ? Self.unlocked(ids) : Self.markers(of: ids));
            SELECT DISTINCT l.pid, l.virtualtransaction FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
            WHERE l.pid IS NOT NULL
                AND (a.pid IS NULL OR (a.usesysid IS NULL AND a.backend_type = 'client backend'));
            SELECT pg_stat_clear_snapshot();
            SELECT a.usesysid, a.pid, CASE WHEN r.rolsuper THEN false ELSE pg_terminate_backend(a.pid) END
            FROM pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid
            WHERE a.usesysid IN (\(list)) AND (a.usesysid IN (\(all)) OR a.pid IN (\(others)))
            """,
            deadline: deadline
        )
        guard results.count == 4 else { throw SyncError(.server, "\(place) gave no answer about sessions") }
        var look = Look()
        look.unaware = unaware(results[0], among: ids)
        for row in 0..<results[1].rowCount {
            guard let pid = results[1].int(row, 0) else { continue }
            look.starting["\(pid) \(results[1].string(row, 1) ?? "")"] = pid
        }
        for row in 0..<results[3].rowCount {
            guard let id = results[3].int(row, 0), let pid = results[3].int(row, 1) else { continue }
            look.sessions[id, default: []].append(pid)
            if results[3].bool(row, 2) ?? false { look.told.insert(pid) }
        }
        return look
    }
}
