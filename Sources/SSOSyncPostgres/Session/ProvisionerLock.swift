// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncSQL

/// The lock that lets one writer at a time change a server's accounts.
///
/// It is an advisory lock of the session, so that the server lets go of it when the session ends, however that comes
/// about (<https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS>). Three traps are seen to:
/// advisory locks are per database, so the same key held by a provisioner in another one counts as held; every login may
/// take it, so whoever holds it or waits for it and is no provisioner is ended; and the session's `idle_session_timeout`
/// frees it from a frozen holder.
struct ProvisionerLock {
    let connection: PostgresConnection
    let target: String

    /// "SSO" and "sync" in ASCII; there is one lock for all deployments, since they change the same catalogues.
    static let key = (first: 0x53_534F, second: 0x7379_6E63)

    /// Another provisioner that holds the lock.
    private struct Holder {
        let pid: Int
        let user: String
        let application: String
    }

    /// What an attempt to take the lock came to.
    private struct Attempt {
        let isOurs: Bool
        let rivals: [Holder]
        /// Logins without any business with the lock whose sessions were told to end.
        let ended: Set<String>
    }

    /// Takes the lock, or throws busy.
    ///
    /// - Returns: What people should know: holders that had no business with the lock and were ended.
    func acquire(wait: Int, deadline: ContinuousClock.Instant) async throws -> [String] {
        let giveUp = min(deadline, ContinuousClock.now.advanced(by: .seconds(wait)))
        var intruders: Set<String> = []
        var evictions = 0
        while true {
            let attempt = try await attempt(deadline: deadline)
            intruders.formUnion(attempt.ended)
            if attempt.isOurs, attempt.rivals.isEmpty { return Self.notices(intruders) }
            if attempt.isOurs { try await letGo(deadline: deadline) }
            if attempt.rivals.isEmpty, !attempt.ended.isEmpty, evictions < Self.maximumEvictions {
                evictions += 1
                try await queue(deadline: deadline)
                continue
            }
            guard ContinuousClock.now < giveUp else { throw await busy(attempt.rivals, deadline) }
            try await Task.sleep(for: .milliseconds(Int.random(in: 50...250)))
        }
    }

    /// How often intruders are ended before the lock counts as held like any other.
    private static let maximumEvictions = 20

    private static func notices(_ intruders: Set<String>) -> [String] {
        intruders.sorted().map { "\($0) held the provisioner's lock, or waited for it, and its session was ended" }
    }

    private func busy(_ rivals: [Holder], _ deadline: ContinuousClock.Instant) async -> SyncError {
        let names = rivals.map { "\($0.user) (\($0.application), pid \($0.pid))" }.joined(separator: ", ")
        let holder =
            if names.isEmpty { await preparedHolder(deadline) ?? "somebody who let go just now" } else { names }
        return SyncError(.busy, "another writer holds the lock of \(target): \(holder)")
    }

    /// A prepared transaction that holds the lock: it has no session that could be ended, and outlives restarts.
    ///
    /// Its locks have no process and one virtual transaction, among them that of the transaction's own number
    /// (<https://www.postgresql.org/docs/current/view-pg-locks.html>; what `pg_prepared_xacts` is joined by there, 15 to 18 have after a restart
    /// only).
    private func preparedHolder(_ deadline: ContinuousClock.Instant) async -> String? {
        let rows = try? await connection.query(
            """
            SELECT p.gid, p.owner, p.database FROM pg_locks l
                JOIN pg_locks t ON t.locktype = 'transactionid' AND t.pid IS NULL AND t.virtualtransaction = l.virtualtransaction
                JOIN pg_prepared_xacts p ON p.transaction = t.transactionid
            WHERE \(Self.isTheLock) AND l.pid IS NULL
                AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 1
            """,
            deadline: deadline
        )
        guard let rows, rows.rowCount > 0, let gid = rows.string(0, 0) else { return nil }
        let (owner, database) = (rows.string(0, 1) ?? "?", rows.string(0, 2) ?? "?")
        return
            "the transaction \(Printable.quoted(gid)) that \(owner) has prepared in \(database): end it there with ROLLBACK PREPARED, "
            + "and set max_prepared_transactions to 0 if nobody needs them"
    }

    private func attempt(deadline: ContinuousClock.Instant) async throws -> Attempt {
        let rows = try await connection.query(Self.attempt, deadline: deadline)
        guard rows.rowCount > 0, let isOurs = rows.bool(0, 5) else {
            throw SyncError(.server, "\(target) gave no answer about its lock")
        }
        var rivals: [Holder] = []
        var ended: Set<String> = []
        for row in 0..<rows.rowCount {
            // Without rivals there is one row, of nobody.
            guard let pid = rows.int(row, 0) else { continue }
            let user = rows.string(row, 1) ?? "?"
            if rows.bool(row, 4) ?? false {
                ended.insert(user)
            } else if rows.bool(row, 3) ?? false {
                rivals.append(Holder(pid: pid, user: user, application: rows.string(row, 2) ?? "?"))
            }
        }
        return Attempt(isOurs: isOurs, rivals: rivals, ended: ended)
    }

    /// Everybody else who holds the lock or waits for it, in whatever database: process, login, application, whether it
    /// is a provisioner that holds it, whether it is an intruder that was told to end.
    ///
    /// A provisioner never waits in the server's queue but behind intruders. It is a superuser, creates roles or can act
    /// as a role that does, and is nobody whom we have marked.
    private static let eviction: SQLText = "SELECT \(others)"

    /// Takes the lock if nobody has it, and then looks who else there is.
    ///
    /// In this order: of two who take it in two databases, whoever took it later sees the other. The server does so, for
    /// it has to have a row of what comes first before it can begin with what refers to it, and `OFFSET 0` keeps it from
    /// putting the two together.
    private static let attempt: SQLText = """
        WITH attempt AS MATERIALIZED (SELECT pg_try_advisory_lock(\(key.first), \(key.second)) AS is_ours)
        SELECT x.*, is_ours FROM attempt LEFT JOIN LATERAL (SELECT \(others) WHERE is_ours IS NOT NULL OFFSET 0) x ON true
        """

    private static let isTheLock: SQLText = """
        l.locktype = 'advisory' AND l.classid = \(key.first) AND l.objid = \(key.second) AND l.objsubid = 2
        """

    private static let others: SQLText = """
        pid, login, application, is_provisioner AND granted,
            CASE WHEN is_provisioner THEN false ELSE pg_terminate_backend(pid) END
        FROM (
            SELECT l.pid, a.usename AS login, a.application_name AS application, l.granted,
                coalesce(r.rolsuper OR (a.usename = session_user
                        OR r.rolcreaterole
                        OR EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles o ON o.oid = m.roleid
                            WHERE m.member = r.oid AND o.rolcreaterole AND NOT o.rolcanlogin))
                    AND NOT EXISTS (SELECT FROM pg_shdescription d WHERE d.objoid = r.oid
                        AND d.classoid = 'pg_authid'::regclass AND d.description LIKE '%"sso-sync"%'), false)
                    AS is_provisioner
            FROM pg_locks l
                JOIN pg_stat_activity a ON a.pid = l.pid
                LEFT JOIN pg_roles r ON r.oid = a.usesysid
            WHERE \(isTheLock) AND l.pid <> pg_backend_pid()
        ) others
        """

    /// Ends whoever came back in the meantime, and queues up for the lock before they can come back again: the server
    /// gives it to those who wait in turn, and `pg_try_advisory_lock` to nobody while somebody waits.
    private func queue(deadline: ContinuousClock.Instant) async throws {
        let (first, second) = Self.key
        do {
            try await connection.execute(
                """
                SET LOCAL lock_timeout = 2000;
                \(Self.eviction);
                SELECT pg_advisory_lock(\(first), \(second))
                """,
                deadline: deadline
            )
        } catch let error as PostgresError where ["55P03", "40P01"].contains(error.sqlState) {
            // Somebody else was quicker: the next look will tell who.
        }
    }

    private func letGo(deadline: ContinuousClock.Instant) async throws {
        try await connection.execute("SELECT pg_advisory_unlock_all()", deadline: deadline)
    }

    /// Lets go of the lock, or leaves that to the server if it does not answer at once.
    static func release(on connection: PostgresConnection) async {
        let deadline = ContinuousClock.now.advanced(by: .seconds(2))
        _ = try? await connection.execute("SELECT pg_advisory_unlock_all()", deadline: deadline)
    }
}
