// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// The lock that lets one writer at a time change a server's accounts.
///
/// It is an advisory lock of the session, so that the server lets go of it when the session ends, however that comes
/// about (<https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS>). Three traps are seen to:
/// advisory locks are per database, so the same key held in another one counts as held; every login may take it, so a
/// holder that is no provisioner is ended; and the session's `idle_session_timeout` frees it from a frozen holder.
struct ProvisionerLock {
    let connection: PostgresConnection
    let target: String
    let login: String

    /// "SSO" and "sync" in ASCII; there is one lock for all deployments, since they change the same catalogues.
    static let key = (first: 0x53_534F, second: 0x7379_6E63)

    /// Who holds the lock.
    private struct Holder {
        let pid: Int
        let user: String
        let application: String
        let isProvisioner: Bool
    }

    /// Takes the lock, or throws busy.
    ///
    /// - Returns: What people should know: holders that had no business with the lock and were ended.
    func acquire(wait: Int, deadline: ContinuousClock.Instant) async throws -> [String] {
        let giveUp = min(deadline, ContinuousClock.now.advanced(by: .seconds(wait)))
        var notices: [String] = []
        var attempt = 0
        while true {
            let holders = try await attemptToTake(deadline: deadline)
            if holders.isEmpty { return notices }
            let intruders = holders.filter { !$0.isProvisioner }
            for intruder in intruders where try await end(intruder, deadline: deadline) {
                notices.append("\(intruder.user) held the provisioner's lock and its session was ended")
            }
            attempt += 1
            let mayEvict = !intruders.isEmpty && attempt < Self.evictions
            guard mayEvict || ContinuousClock.now < giveUp else { throw busy(holders) }
            try await Task.sleep(for: .milliseconds(Int.random(in: 50...250)))
        }
    }

    /// How often an intruder is ended before it counts as a holder like any other.
    private static let evictions = 20

    private func busy(_ holders: [Holder]) -> SyncError {
        let names = holders.map { "\($0.user) (\($0.application), pid \($0.pid))" }.joined(separator: ", ")
        return SyncError(.busy, "another writer holds the lock of \(target): \(names)")
    }

    /// - Returns: Who else holds the lock, in whatever database; if nobody does, it is ours now.
    private func attemptToTake(deadline: ContinuousClock.Instant) async throws -> [Holder] {
        let (first, second) = Self.key
        let results = try await connection.execute(
            """
            SELECT pg_try_advisory_lock(\(first), \(second));
            SELECT l.pid, coalesce(a.usename, '?'), coalesce(a.application_name, '?'),
                (a.usename = session_user
                    OR r.rolcreaterole
                    OR EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles o ON o.oid = m.roleid
                        WHERE m.member = r.oid AND o.rolcreaterole AND NOT o.rolcanlogin))
                AND NOT EXISTS (SELECT FROM pg_shdescription d WHERE d.objoid = r.oid
                    AND d.classoid = 'pg_authid'::regclass AND d.description LIKE '%"sso-sync"%')
            FROM pg_locks l
                LEFT JOIN pg_stat_activity a ON a.pid = l.pid
                LEFT JOIN pg_roles r ON r.oid = a.usesysid
            WHERE l.locktype = 'advisory' AND l.classid = \(first) AND l.objid = \(second) AND l.objsubid = 2
                AND l.granted AND l.pid <> pg_backend_pid()
            """,
            deadline: deadline
        )
        guard results.count == 2, let isOurs = results[0].bool(0, 0) else {
            throw SyncError(.server, "\(target) gave no answer about its lock")
        }
        let rows = results[1]
        let holders = (0..<rows.rowCount).map { row in
            Holder(
                pid: rows.int(row, 0) ?? 0, user: rows.string(row, 1) ?? "?", application: rows.string(row, 2) ?? "?",
                isProvisioner: rows.bool(row, 3) ?? false
            )
        }
        guard isOurs, !holders.isEmpty else {
            return isOurs ? [] : (holders.isEmpty ? [Self.vanished] : holders)
        }
        // Held in another database as well: whoever comes second steps back.
        try await connection.execute("SELECT pg_advisory_unlock(\(first), \(second))", deadline: deadline)
        return holders
    }

    /// A holder that let go between the attempt and the look at it.
    private static let vanished = Holder(pid: 0, user: "somebody", application: "gone by now", isProvisioner: true)

    private func end(_ holder: Holder, deadline: ContinuousClock.Instant) async throws -> Bool {
        do {
            let result = try await connection.query("SELECT pg_terminate_backend(\(holder.pid))", deadline: deadline)
            return result.bool(0, 0) ?? false
        } catch let error as PostgresError where error.sqlState == "42501" {
            return false
        }
    }
}
