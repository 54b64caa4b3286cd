// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncConcurrency
internal import SSOSyncCore
internal import SSOSyncSQL

/// The lock that lets one writer at a time change a server's accounts.
///
/// It is a user-level lock of the session, so that the server lets go of it when the session ends, however that comes about
/// (<https://dev.mysql.com/doc/refman/8.4/en/locking-functions.html#function_get-lock>). Two traps are seen to: every login
/// may take it, so whoever holds it or waits for it and is no provisioner is ended, with all of that user's sessions that wait; and the session's `wait_timeout` frees
/// it from a frozen holder. (It is one for the whole server, unlike PostgreSQL's.)
struct ProvisionerLock {
    let connection: MySQLConnection
    /// The provisioner.
    let login: AccountId
    let watch: StallWatch

    /// Another session that holds the lock or waits for it.
    private struct Rival {
        let id: UInt64
        let user: String
        let host: String
        /// What the session calls itself, where that is known: the run's id.
        let program: String?
        let isProvisioner: Bool
        /// Whether it is shown as the server's own, for a moment.
        let isDisguised: Bool
        /// Whether it may be anybody's, in code that runs with the shown user's rights.
        let isUnsure: Bool
        /// Whether it holds the lock, or its statement names it; else it waits for some lock or other.
        let isKnown: Bool
        var isStranger: Bool { !isProvisioner && !isDisguised }
    }

    /// Takes the lock, or throws busy.
    ///
    /// - Returns: What people should know: holders that had no business with the lock and were ended.
    /// - Throws: `SyncError`; of privilege, if such a holder may not be ended.
    func acquire(wait: Int, deadline: ContinuousClock.Instant) async throws -> [String] {
        let giveUp = min(deadline, ContinuousClock.now.advanced(by: .seconds(wait)))
        var intruders: Set<String> = []
        var lastEviction: ContinuousClock.Instant?
        var lastDoubt: ContinuousClock.Instant?
        while true {
            // Behind intruders in the server's queue, which gives the lock to those who wait in turn.
            if try await take(queueing: lastEviction != nil, deadline: deadline) {
                return Self.notices(intruders) + watch.notices()
            }
            let sessions = try await sessions(deadline: deadline)
            let rivals = sessions.filter(\.isKnown)
            intruders.formUnion(rivals.filter(\.isStranger).map(\.user))
            let strangers = sessions.filter { $0.isStranger && intruders.contains($0.user) }
            let last = lastEviction ?? min(deadline, ContinuousClock.now.advanced(by: Self.evictionTime))
            if !strangers.isEmpty, ContinuousClock.now < last {
                lastEviction = last
                try await end(strangers, deadline: deadline)
                continue
            }
            let doubt = lastDoubt ?? min(deadline, ContinuousClock.now.advanced(by: Self.doubtTime))
            if rivals.contains(where: \.isDisguised) { lastDoubt = doubt }
            guard ContinuousClock.now < max(giveUp, lastDoubt ?? giveUp) else {
                throw await busy(rivals, deadline: deadline)
            }
            try await Task.sleep(for: .milliseconds(Int.random(in: 50...250)))
        }
    }

    /// How long intruders are ended before the lock counts as held like any other.
    private static let evictionTime: Duration = .seconds(20)

    /// How long to look again who has the lock, where the server does not say who that is.
    private static let doubtTime: Duration = .seconds(1)

    /// Ends sessions by whichever statement the server takes: what the provisioner may do is read only after the lock is had.
    ///
    /// - Throws: `SyncError` of privilege if it takes neither.
    private func end(_ strangers: [Rival], deadline: ContinuousClock.Instant) async throws {
        var left = strangers
        var reason = ""
        for kill in ProvisionerRights.Kill.allCases where !left.isEmpty {
            let statements = left.map { [kill.sql($0.id)] }
            let outcomes = try await watch.during { try await connection.pipeline(statements, deadline: deadline) }
            var refused: [Rival] = []
            for (rival, outcome) in zip(left, outcomes) {
                guard case .failure(let error) = outcome, !error.isUnknownSession else { continue }
                guard !error.isConnectionLost else { throw error }
                refused.append(rival)
                reason = reason.isEmpty ? "\(error)" : reason
            }
            left = refused
        }
        guard let first = left.first else { return }
        throw SyncError(
            .privilege,
            "\(Self.forPeople(first)) has no business with the provisioner's lock, but is not to be ended: \(reason). "
                + ProvisionerRights.killRemedy(for: login, place: connection.endpoint)
        )
    }

    private func take(queueing: Bool, deadline: ContinuousClock.Instant) async throws -> Bool {
        let rows = try await connection.query(
            "SELECT GET_LOCK('sso-sync', \(queueing ? 1 : 0))",
            deadline: deadline
        )
        return rows.bool(0, 0) ?? false
    }

    private static func notices(_ intruders: Set<String>) -> [String] {
        intruders.sorted().map { "\($0) held the provisioner's lock, or waited for it, and its session was ended" }
    }

    private func busy(_ rivals: [Rival], deadline: ContinuousClock.Instant) async -> SyncError {
        let names = rivals.map(Self.forPeople).joined(separator: ", ")
        let holder = names.isEmpty ? await unseenHolder(deadline: deadline) : names
        return SyncError(.busy, "another writer holds the lock of \(connection.endpoint): \(holder)")
    }

    private func unseenHolder(deadline: ContinuousClock.Instant) async -> String {
        let anybody = "somebody who let go just now"
        let isShown = try? await connection.query("SELECT @@GLOBAL.performance_schema", deadline: deadline).bool(0, 0)
        guard isShown == false else { return anybody }
        return "\(anybody). If this goes on, it may be an event that takes the lock for moments, again and again: with "
            + "performance_schema off it looks like a login. Look for it in information_schema.EVENTS, or let a run tell it from a "
            + "login: \(Exits.performanceSchemaRemedy)"
    }

    private static func forPeople(_ rival: Rival) -> String {
        let program = rival.program.map { "\($0), " } ?? ""
        let doubt = rival.isUnsure ? ", or somebody in code of theirs, since performance_schema is off" : ""
        return "\(rival.user) (\(program)from \(rival.host), connection \(rival.id)\(doubt))"
    }

    /// Who holds the lock, and everybody who waits for any.
    ///
    /// A provisioner may create accounts, by itself or by a role, which may hold another, and is nobody whom we have marked.
    ///
    /// An event may take it, too, and holds it as long as it runs: its session shows as its definer's, logging in for ever
    /// (measured). No event has any business with it. Without `performance_schema` one is told by the time that it takes from somebody
    /// who has only just got in.
    ///
    /// Some of those who wait are known by their statement; `GET_LOCK(@name, -1)` does not say for which lock. What a session
    /// calls itself can be seen of one's own account only
    /// (<https://dev.mysql.com/doc/refman/8.4/en/performance-schema-session-account-connect-attrs-table.html>).
    ///
    /// The list is made before the server looks who has the lock: somebody who was still logging in then, with no user's name
    /// yet, may have it now (measured; it was taken for an intruder).
    ///
    /// Who logged in is known to `performance_schema`, where it is turned on. Else whoever is reading who defined what is shown as
    /// `mysql.infoschema` (measured; a provisioner was ended as an intruder, one in eight runs of ten at once): nobody logs in by
    /// that name, so who it is shows a moment later.
    private func sessions(deadline: ContinuousClock.Instant) async throws -> [Rival] {
        let rows = try await watch.during { try await connection.query(Self.sessionsQuery, deadline: deadline) }
        return (0..<rows.rowCount).map { row in
            Rival(
                id: UInt64(rows.string(row, 0) ?? "") ?? 0,
                user: rows.string(row, 1) ?? "?",
                host: rows.string(row, 2) ?? "?",
                program: rows.string(row, 4),
                isProvisioner: rows.bool(row, 3) ?? false,
                isDisguised: rows.bool(row, 6) ?? false,
                isUnsure: rows.bool(row, 7) ?? false,
                isKnown: rows.bool(row, 5) ?? false
            )
        }
    }

    static let sessionsQuery: SQLText = """
        SELECT p.ID, p.USER, p.HOST,
            NOT p.isWorker AND p.USER COLLATE utf8mb3_bin IN (
                WITH RECURSIVE provisioners AS (SELECT User, Host FROM mysql.user WHERE Create_user_priv = 'Y'
                    UNION SELECT e.TO_USER, e.TO_HOST FROM mysql.role_edges e
                        JOIN provisioners r ON e.FROM_USER = r.User AND e.FROM_HOST = r.Host)
                SELECT User FROM provisioners)
            AND NOT EXISTS (SELECT 1 FROM mysql.user m WHERE m.User = p.USER COLLATE utf8mb3_bin
                AND JSON_CONTAINS_PATH(m.User_attributes, 'one', '$.metadata."sso-sync"')),
            (SELECT ATTR_VALUE FROM performance_schema.session_account_connect_attrs a
                WHERE a.PROCESSLIST_ID = p.ID AND a.ATTR_NAME = 'program_name'),
            p.ID <=> IS_USED_LOCK('sso-sync') OR COALESCE(p.INFO LIKE '%sso-sync%', FALSE),
            p.isUnsure AND p.USER LIKE 'mysql.%', p.isUnsure
        FROM (SELECT l.ID, CONVERT(IF(l.COMMAND = 'Connect', l.USER, COALESCE(t.USER, l.USER)) USING utf8mb3) AS USER,
                COALESCE(t.HOST, l.HOST) AS HOST,
                l.STATE, l.INFO, l.COMMAND = 'Connect' AS isConnecting,
                l.COMMAND = 'Connect' AND l.USER <> 'unauthenticated user'
                    AND COALESCE(t.USER = 'system user', l.TIME >= 2) AS isWorker,
                t.USER IS NULL AND l.COMMAND NOT IN ('Sleep', 'Connect') AS isUnsure
            FROM information_schema.PROCESSLIST l LEFT JOIN performance_schema.processlist t ON t.ID = l.ID) AS p
        WHERE p.ID <> CONNECTION_ID() AND (p.isWorker OR NOT p.isConnecting) AND (p.ID = IS_USED_LOCK('sso-sync')
            OR p.STATE = 'User lock')
        """

    /// Lets go of the lock, also if the run was cancelled, or leaves that to the server if it does not answer at once.
    ///
    /// - Returns: Whether it is let go of.
    @discardableResult
    static func release(on connection: MySQLConnection) async -> Bool {
        let deadline = ContinuousClock.now.advanced(by: .seconds(2))
        let rows = try? await noticingCancellation { _ in
            try await connection.query("SELECT RELEASE_LOCK('sso-sync')", deadline: deadline)
        }
        return rows?.bool(0, 0) ?? false
    }
}
