// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncSQL

/// Who is connected to an instance, and since when somebody has been waiting to be.
struct SessionCounts: Sendable {
    /// Numbers of sessions, by role.
    private var byRole: [Int: Int] = [:]
    /// When the login began to wait that has waited longest inside start-up, by the server's clock.
    ///
    /// It has passed the login check and does not say whose it is. Nil if none waits.
    private var oldestWait: Timestamp?

    /// By how much the clocks of the server and of whoever locked an account may differ, in seconds.
    private static let clockTolerance: Int64 = 300

    /// No role has this id, so the row with the oldest wait has it.
    private static let nobody = 0

    /// What ``init(_:)`` reads.
    ///
    /// `waitstart` is empty for a moment after a wait began: <https://www.postgresql.org/docs/current/view-pg-locks.html>.
    static let query: SQLText = """
        SELECT usesysid, count(*) FROM pg_stat_activity WHERE usesysid IS NOT NULL GROUP BY usesysid
        UNION ALL
        SELECT \(nobody), floor(extract(epoch FROM min(coalesce(l.waitstart, now()))))::bigint
        FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
        WHERE NOT l.granted AND l.pid IS NOT NULL
            AND (a.pid IS NULL OR (a.usesysid IS NULL AND a.backend_type = 'client backend'))
        HAVING count(*) > 0
        """

    init(_ rows: some CatalogueRows) {
        for row in 0..<rows.rowCount {
            guard let role = rows.int(row, 0), let number = rows.int(row, 1) else { continue }
            if role == Self.nobody {
                oldestWait = Timestamp(secondsSince1970: Int64(number))
            } else {
                byRole[role] = number
            }
        }
    }

    /// Nobody is connected.
    init() {}

    /// How many sessions an account has.
    ///
    /// - Parameter lockedAt: Since when it is locked, if it is. A login that has been waiting since before may be its own,
    ///   and counts as a session.
    func count(of role: Int, lockedAt: Timestamp?) -> Int {
        let sessions = byRole[role] ?? 0
        guard let lockedAt, let oldestWait else { return sessions }
        return oldestWait <= lockedAt.advanced(bySeconds: Self.clockTolerance) ? sessions + 1 : sessions
    }
}
