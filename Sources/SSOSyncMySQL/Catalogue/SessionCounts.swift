// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncSQL

/// Who is connected to an instance.
struct SessionCounts: Sendable {
    private var byUser: [RoleName: Int] = [:]
    /// For how long somebody has been about to log in, in seconds; nil if nobody is.
    ///
    /// They may be anybody: the server looked their account up when they gave their name, and will not do so again.
    private var longestLogin: Int?

    static let unauthenticated = "unauthenticated user"

    /// The sessions there are, each with the name of the user who logged in: `id`, `name`, `seconds`.
    ///
    /// `information_schema` shows whose rights count now: inside a routine that runs with its definer's rights the definer, and
    /// while a view of that schema is opened `mysql.infoschema` (both measured). So a leaver could hide in somebody's procedure.
    /// `performance_schema` knows who logged in (from 8.0.22 on, with PROCESS alone:
    /// <https://dev.mysql.com/doc/refman/8.0/en/performance-schema-processlist-table.html>); but it may be turned off, and is on
    /// small instances of RDS, and it does not say who is about to log in.
    ///
    /// Names are compared as bytes: in those tables' own collations `rene` and `René` are one user
    /// (<https://dev.mysql.com/doc/refman/8.4/en/charset-collation-information-schema.html>).
    static let sessions: SQLText = """
        (SELECT p.ID AS id, COALESCE(CAST(t.USER AS BINARY), CAST(p.USER AS BINARY)) AS name, p.TIME AS seconds
        FROM information_schema.PROCESSLIST p LEFT JOIN performance_schema.processlist t ON t.ID = p.ID) AS sessions
        """

    /// What ``init(_:)`` reads.
    static let query: SQLText = "SELECT name, COUNT(*), MAX(seconds) FROM " + sessions + " GROUP BY name"

    init() {}

    init(_ rows: MySQLResult) {
        for row in 0..<rows.rowCount {
            guard let user = rows.string(row, 0), let count = rows.int(row, 1) else { continue }
            if user == Self.unauthenticated {
                longestLogin = rows.int(row, 2) ?? 0
            } else {
                byUser[RoleName(user)] = count
            }
        }
    }

    /// How many sessions an account has.
    ///
    /// - Parameters:
    ///   - user: The account's user.
    ///   - lockedFor: For how many seconds it has been locked, if it is. A login that began before may be its own, and counts as a session.
    func count(of user: RoleName, lockedFor seconds: Int64?) -> Int {
        let sessions = byUser[user] ?? 0
        guard let seconds, let longestLogin, Int64(longestLogin) + Self.clockTolerance >= seconds else {
            return sessions
        }
        return sessions + 1
    }

    /// By how much the time since the lock may be told wrong, in seconds.
    private static let clockTolerance: Int64 = 60
}
