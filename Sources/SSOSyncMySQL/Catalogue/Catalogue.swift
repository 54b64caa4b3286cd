// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// The tables that say who may do what, read raw and joined here: the server has no index for such joins, and one that
/// goes by members takes more than a minute with 10,000 accounts (measured).
struct Catalogue: Sendable {
    /// A row of `mysql.user`: an account or a role, which are the same to MySQL.
    struct Entry: Sendable {
        let id: AccountId
        let usesIAM: Bool
        let isLocked: Bool
        /// Global privileges that matter here, in MySQL's words.
        var privileges: Set<String>
        /// What stands where a marker would stand.
        let marker: MarkerReading
        /// What else was noted with the account.
        let notes: AccountNotes
    }

    /// A row of `mysql.role_edges`: somebody holds a role.
    struct Edge: Hashable, Sendable {
        let role: AccountId
        let member: AccountId
        let isAdmin: Bool
    }

    /// In no order.
    private(set) var entries: [Entry] = []
    /// Places in ``entries``, by account.
    private(set) var places: [AccountId: Int] = [:]
    /// Places in ``entries``, by user.
    private(set) var placesByUser: [RoleName: [Int]] = [:]
    private(set) var edges: [Edge] = []
    /// Places in ``edges``, by member.
    private(set) var edgesOf: [AccountId: [Int]] = [:]
    /// The roles that are active when somebody logs in, by member.
    private(set) var defaultRoles: [AccountId: Set<AccountId>] = [:]
    /// What accounts and roles may do to the server's own tables, and what they may grant on; in MySQL's words.
    private(set) var scopedPrivileges: [AccountId: Set<String>] = [:]
    /// What goes by an account's name, by `user@host`.
    private(set) var definitions: [String: [Definition]] = [:]
    /// Who is connected to the writer.
    private(set) var sessions = SessionCounts()

    init(_ results: [MySQLResult]) throws {
        guard results.count == CatalogueQueries.count else {
            throw SyncError(.server, "the server's tables of accounts were not read whole")
        }
        addEntries(results[0])
        addEdges(results[1])
        addPrivileges(results[2])
        addDefinitions(results[3])
        sessions = SessionCounts(results[4])
    }

    /// The entry of an account or role.
    subscript(id: AccountId) -> Entry? { places[id].map { entries[$0] } }

    /// The roles that somebody holds.
    func rolesHeld(by id: AccountId) -> [Edge] { (edgesOf[id] ?? []).map { edges[$0] } }

    private mutating func addEntries(_ rows: MySQLResult) {
        entries.reserveCapacity(rows.rowCount)
        places.reserveCapacity(rows.rowCount)
        for row in 0..<rows.rowCount {
            guard let user = rows.string(row, 0), let host = rows.string(row, 1) else { continue }
            let id = AccountId(user: user, host: host)
            places[id] = entries.count
            placesByUser[id.user, default: []].append(entries.count)
            let privileges = rows.string(row, 4) ?? ""
            entries.append(
                Entry(
                    id: id,
                    usesIAM: rows.bool(row, 2) ?? false,
                    isLocked: rows.bool(row, 3) ?? false,
                    privileges: privileges.isEmpty ? [] : Set(privileges.split(separator: ",").map(String.init)),
                    marker: MarkerReading(normalized: rows.string(row, 5)),
                    notes: AccountNotes(granted: rows.string(row, 6), renaming: rows.string(row, 7))
                )
            )
        }
    }

    private mutating func addEdges(_ rows: MySQLResult) {
        edges.reserveCapacity(rows.rowCount)
        for row in 0..<rows.rowCount {
            guard let roleUser = rows.string(row, 1), let roleHost = rows.string(row, 2),
                let user = rows.string(row, 3), let host = rows.string(row, 4)
            else { continue }
            let role = AccountId(user: roleUser, host: roleHost)
            let member = AccountId(user: user, host: host)
            if rows.bool(row, 0) ?? false {
                defaultRoles[member, default: []].insert(role)
            } else {
                edgesOf[member, default: []].append(edges.count)
                edges.append(Edge(role: role, member: member, isAdmin: rows.bool(row, 5) ?? false))
            }
        }
    }

    private mutating func addPrivileges(_ rows: MySQLResult) {
        for row in 0..<rows.rowCount {
            guard let user = rows.string(row, 1), let host = rows.string(row, 2), let privilege = rows.string(row, 3)
            else { continue }
            let id = AccountId(user: user, host: host)
            if rows.bool(row, 0) ?? false {
                if let place = places[id] { entries[place].privileges.insert(privilege) }
            } else {
                scopedPrivileges[id, default: []].insert(privilege)
            }
        }
    }

    private mutating func addDefinitions(_ rows: MySQLResult) {
        for row in 0..<rows.rowCount {
            guard let definer = rows.string(row, 0), let definition = Definition(rows, row) else { continue }
            definitions[definer, default: []].append(definition)
        }
    }
}
