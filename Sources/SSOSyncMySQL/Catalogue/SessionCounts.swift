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
    /// The names by which sessions show of which the server does not say who logged in.
    private var unsure: Set<RoleName> = []
    /// The names by which events run.
    private var working: Set<RoleName> = []
    /// As far as ``lookAgain(on:disguises:deadline:)`` could tell.
    private(set) var hidden = Hidden.nobody

    /// Whose session there may be, whatever the server shows.
    enum Hidden: Comparable {
        case nobody
        /// That of anybody's event.
        case eventOwners
        case anybody

        /// - Parameter ownsEvent: Whether somebody has defined an event, or may have.
        func mayBe(ownsEvent: Bool) -> Bool {
            switch self {
            case .nobody: false
            case .eventOwners: ownsEvent
            case .anybody: true
            }
        }
    }

    static let unauthenticated = "unauthenticated user"

    /// The sessions there are, each with the name of the user who logged in: `id`, `name`, `seconds`, `unsure`, `worker`.
    ///
    /// `information_schema` shows whose rights count now: inside a routine that runs with its definer's rights the definer, and
    /// while a view of that schema is opened `mysql.infoschema` (both measured). So a leaver could hide in somebody's procedure.
    /// `performance_schema` knows who logged in (from 8.0.22 on, with PROCESS alone:
    /// <https://dev.mysql.com/doc/refman/8.0/en/performance-schema-processlist-table.html>); but it may be turned off, and is on
    /// small instances of RDS, and it does not say who is about to log in, nor whose an event is that runs (`system user`; both
    /// measured). Without it a session that does something is `unsure`: by whose rights it does that is all that is known. One
    /// that does nothing, one that feeds a replica, or one of the server's own has its own name. A `worker` runs an event, and does
    /// so until it is gone, also when it was told to end (`Killed`): nothing says whose, if it is in somebody else's code.
    ///
    /// Somebody who is changing to another user is never in the list of MySQL 9.7: as long as that lasts, there is none
    /// (``StallWatch``). Where there is one, they may be anybody's login.
    ///
    /// Names are compared as bytes: in those tables' own collations `rene` and `René` are one user
    /// (<https://dev.mysql.com/doc/refman/8.4/en/charset-collation-information-schema.html>).
    static let sessions: SQLText = """
        (SELECT p.ID AS id, CAST(IF(p.COMMAND = 'Change user', 'unauthenticated user',
                IF(p.COMMAND = 'Connect' OR t.USER = 'system user', p.USER, COALESCE(t.USER, p.USER))) AS BINARY) AS name,
            p.TIME AS seconds, t.USER IS NULL
                AND p.COMMAND NOT IN ('Sleep', 'Connect', 'Daemon', 'Binlog Dump', 'Binlog Dump GTID') AS unsure,
            (p.COMMAND = 'Connect' OR COALESCE(t.USER = 'system user', FALSE))
                AND p.USER NOT IN ('unauthenticated user', 'system user') AS worker
        FROM information_schema.PROCESSLIST p LEFT JOIN performance_schema.processlist t ON t.ID = p.ID) AS sessions
        """

    /// What ``init(_:)`` reads.
    static let query: SQLText =
        "SELECT name, COUNT(*), MAX(seconds), MAX(unsure), MAX(worker) FROM " + sessions
        + " WHERE id <> CONNECTION_ID() GROUP BY name"

    init() {}

    init(_ rows: MySQLResult) {
        for row in 0..<rows.rowCount {
            guard let user = rows.string(row, 0), let count = rows.int(row, 1) else { continue }
            if user == Self.unauthenticated {
                longestLogin = rows.int(row, 2) ?? 0
            } else {
                byUser[RoleName(user)] = count
                if rows.bool(row, 3) ?? false { unsure.insert(RoleName(user)) }
                if rows.bool(row, 4) ?? false { working.insert(RoleName(user)) }
            }
        }
    }

    /// How many sessions an account has.
    ///
    /// - Parameters:
    ///   - user: The account's user.
    ///   - lockedFor: For how many seconds it has been locked, if it is. A login that began before may be its own, and counts as a
    ///     session; and so does a session that may be anybody's, for it does not tell when it began.
    ///   - ownsEvent: Whether it has defined an event, or may have.
    func count(of user: RoleName, lockedFor seconds: Int64?, ownsEvent: Bool) -> Int {
        let isHidden = seconds != nil && hidden.mayBe(ownsEvent: ownsEvent)
        let sessions = (byUser[user] ?? 0) + (isHidden ? 1 : 0)
        guard let seconds, let longestLogin, Int64(longestLogin) + Self.clockTolerance >= seconds else {
            return sessions
        }
        return sessions + 1
    }

    /// By how much the time since the lock may be told wrong, in seconds.
    private static let clockTolerance: Int64 = 60

    // MARK: Sessions that may be anybody's

    /// A session as an instance lists it.
    struct Listed {
        let id: UInt64
        let name: RoleName
        let isUnsure: Bool
        let isWorker: Bool

        /// What the rows of ``listQuery`` say.
        static func all(_ rows: MySQLResult) -> [Listed] {
            (0..<rows.rowCount).compactMap { row in
                guard let id = rows.string(row, 0).flatMap(UInt64.init), let name = rows.string(row, 1) else {
                    return nil
                }
                let (isUnsure, isWorker) = (rows.bool(row, 2) ?? false, rows.bool(row, 3) ?? false)
                return Listed(id: id, name: RoleName(name), isUnsure: isUnsure, isWorker: isWorker)
            }
        }
    }

    /// Whether a session that shows by this name, and is unsure, may be anybody's.
    ///
    /// RDS's own login has defined the procedures that RDS lends to everybody.
    ///
    /// - Parameter disguises: Users who have defined code that runs with their rights.
    static func isDisguise(_ name: RoleName, among disguises: Set<RoleName>) -> Bool {
        name.rawValue.hasPrefix("mysql.") || name == "rdsadmin" || disguises.contains(name)
    }

    /// Looks again, for a while, whether a session is what it seems, if there is one that may be anybody's.
    ///
    /// Most are: a definer works too. One that did nothing once, or has gone, was not in anybody's code for long, and whoever it
    /// turned out to be counts.
    mutating func lookAgain(
        on connection: MySQLConnection,
        disguises: Set<RoleName>,
        deadline: ContinuousClock.Instant
    ) async throws {
        guard unsure.union(working).contains(where: { Self.isDisguise($0, among: disguises) }) else { return }
        var suspects: Suspects?
        for pause in Self.pauses {
            let sessions = Listed.all(try await connection.query(Self.listQuery, deadline: deadline))
            let left = add(sessions, suspects: suspects, disguises: disguises)
            guard !left.sessions.isEmpty || !left.events.isEmpty else { return }
            suspects = left
            try await Task.sleep(for: pause)
        }
        guard let suspects else { return }
        hidden = !suspects.sessions.isEmpty ? .anybody : suspects.events.isEmpty ? .nobody : .eventOwners
    }

    /// Connections that may be of others than they show.
    struct Suspects: Equatable {
        var sessions: Set<UInt64>
        var events: Set<UInt64>
    }

    /// Counts what another look has found.
    ///
    /// - Parameter suspects: Those that may be anybody's since the first look; nil at the first.
    /// - Returns: Which of them still are.
    mutating func add(_ sessions: [Listed], suspects: Suspects?, disguises: Set<RoleName>) -> Suspects {
        byUser.merge(Dictionary(grouping: sessions, by: \.name).mapValues(\.count), uniquingKeysWith: max)
        let hidden = sessions.filter { Self.isDisguise($0.name, among: disguises) }
        let found = Set(hidden.filter(\.isUnsure).map(\.id))
        let events = Set(hidden.filter(\.isWorker).map(\.id))
        return Suspects(
            sessions: suspects?.sessions.intersection(found) ?? found,
            events: suspects?.events.intersection(events) ?? events
        )
    }

    /// A quarter of a second in all.
    private static let pauses: [Duration] = [10, 20, 40, 80, 100].map { .milliseconds($0) }

    static let listQuery: SQLText =
        "SELECT id, name, unsure, worker FROM " + sessions + " WHERE id <> CONNECTION_ID()"
}
