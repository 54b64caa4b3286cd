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
    /// How many accounts the server has kept to itself; see ``FewAccounts``.
    private(set) var unsent = 0
    /// Places in ``entries``, by user.
    private(set) var placesByUser: [RoleName: [Int]] = [:]
    /// Who holds what, by the one who does.
    private(set) var edges: [AccountId: [Edge]] = [:]
    /// All roles that somebody holds.
    private(set) var heldRoles: Set<AccountId> = []
    /// The roles that are active when somebody logs in, by member.
    private(set) var defaultRoles: [AccountId: Set<AccountId>] = [:]
    /// What accounts and roles may do to the server's own tables, and what they may grant on; in MySQL's words.
    private(set) var scopedPrivileges: [AccountId: Set<String>] = [:]
    /// What goes by an account's name, by `user@host`.
    private(set) var definitions: [String: [Definition]] = [:]
    /// Users by whose names sessions of anybody show while they are in code of theirs.
    private(set) var disguises: Set<RoleName> = []
    /// Users who have defined an event, or may have, or might when they were locked: a session of an event's may be in code that they have called.
    ///
    /// An event that was dropped while it ran is in no table any more, and goes on (measured).
    private(set) var eventOwners: Set<RoleName> = []
    /// Accounts and roles that may define events, in one schema or all.
    private(set) var eventDefiners: Set<AccountId> = []
    /// Who is connected to the writer.
    private(set) var sessions = SessionCounts()

    /// All but who holds which role.
    ///
    /// - Parameters:
    ///   - results: Of ``CatalogueQueries/allButEdges(_:)``.
    ///   - named: Of ``CatalogueQueries/entries(named:host:)``; nil if all who matter are in the results.
    init(allButEdges results: some Collection<MySQLResult>, named: MySQLResult? = nil) throws {
        let results = Array(results)
        guard results.count == CatalogueQueries.allButEdges().count else { throw Self.incomplete }
        addEntries(results[0])
        if let named { addMissing(named) }
        addPrivileges(results[1])
        addDefinitions(results[2])
        sessions = SessionCounts(results[3])
    }

    /// - Parameter results: Of ``CatalogueQueries/all``.
    init(_ results: [MySQLResult]) throws {
        // Without the last one nobody would hold anything.
        guard let edges = results.last, results.count == CatalogueQueries.all.count else { throw Self.incomplete }
        try self.init(allButEdges: results.dropLast())
        addEdges(edges)
        addEventDefiners()
    }

    /// Reads who holds which role once it is known whose roles are of interest.
    ///
    /// - Parameters:
    ///   - results: Of ``CatalogueQueries/allButEdges(_:)``.
    ///   - named: Of ``CatalogueQueries/entries(named:host:)``; nil if all who matter are in the results.
    ///   - edges: Reads ``CatalogueQueries/edges(of:heldRoles:)`` for a catalogue that lacks them.
    init(
        allButEdges results: [MySQLResult],
        named: MySQLResult? = nil,
        edges: (Catalogue) async throws -> MySQLResult
    ) async throws {
        try self.init(allButEdges: results, named: named)
        addEdges(try await edges(self))
        addEventDefiners()
    }

    private static var incomplete: SyncError {
        SyncError(.server, "the server's tables of accounts were not read whole")
    }

    /// The entry of an account or role.
    subscript(id: AccountId) -> Entry? { place(of: id).map { entries[$0] } }

    private func place(of id: AccountId) -> Int? { placesByUser[id.user]?.first { entries[$0].id.host == id.host } }

    /// Whether the server has kept an account to itself that somebody holds as if it were a role: what it may do matters then.
    var lacksHeldRole: Bool { unsent > 0 && heldRoles.contains { self[$0] == nil } }

    /// The roles that somebody holds.
    func rolesHeld(by id: AccountId) -> [Edge] { edges[id] ?? [] }

    private mutating func addEntries(_ rows: MySQLResult) {
        if rows.rowCount > 0, let count = rows.int(0, 9) { unsent = max(0, count - rows.rowCount) }
        entries.reserveCapacity(rows.rowCount)
        placesByUser.reserveCapacity(rows.rowCount)
        var noted: [String: AccountNotes] = [:]
        for row in 0..<rows.rowCount {
            if let id = Self.id(rows, row) { addEntry(rows, row, id, &noted) }
        }
    }

    /// Adds those of whom the server has not told yet.
    private mutating func addMissing(_ rows: MySQLResult) {
        var noted: [String: AccountNotes] = [:]
        for row in 0..<rows.rowCount {
            guard let id = Self.id(rows, row), place(of: id) == nil else { continue }
            addEntry(rows, row, id, &noted)
            unsent = max(0, unsent - 1)
        }
    }

    private static func id(_ rows: MySQLResult, _ row: Int) -> AccountId? {
        guard let user = rows.string(row, 0), let host = rows.string(row, 1) else { return nil }
        return AccountId(user: user, host: host)
    }

    private mutating func addEntry(
        _ rows: MySQLResult,
        _ row: Int,
        _ id: AccountId,
        _ noted: inout [String: AccountNotes]
    ) {
        placesByUser[id.user, default: []].append(entries.count)
        let privileges = rows.string(row, 4) ?? ""
        var notes = notes(granted: rows.string(row, 6), &noted)
        notes.renaming = rows.string(row, 7)
        notes.hadEvents = rows.bool(row, 8) ?? false
        let entry = Entry(
            id: id,
            usesIAM: rows.bool(row, 2) ?? false,
            isLocked: rows.bool(row, 3) ?? false,
            privileges: privileges.isEmpty ? [] : Set(privileges.split(separator: ",").map(String.init)),
            marker: MarkerReading(normalized: rows.string(row, 5)),
            notes: notes
        )
        entries.append(entry)
        if notes.hadEvents, case .marker(let marker) = entry.marker, marker.state == .locked {
            eventOwners.insert(id.user)
        }
    }

    /// Nearly everybody was granted what somebody else was.
    private func notes(granted: String?, _ noted: inout [String: AccountNotes]) -> AccountNotes {
        guard let granted else { return AccountNotes() }
        if let notes = noted[granted] { return notes }
        let notes = AccountNotes(granted: granted)
        noted[granted] = notes
        return notes
    }

    private mutating func addEdges(_ rows: MySQLResult) {
        edges.reserveCapacity(entries.count)
        defaultRoles.reserveCapacity(entries.count)
        for row in 0..<rows.rowCount {
            guard let roleUser = rows.string(row, 1), let roleHost = rows.string(row, 2),
                let user = rows.string(row, 3), let host = rows.string(row, 4)
            else { continue }
            let role = AccountId(user: roleUser, host: roleHost)
            let member = AccountId(user: user, host: host)
            if rows.bool(row, 0) ?? false {
                defaultRoles[member, default: []].insert(role)
            } else {
                edges[member, default: []].append(Edge(role: role, member: member, isAdmin: rows.bool(row, 5) ?? false))
            }
        }
    }

    private mutating func addPrivileges(_ rows: MySQLResult) {
        for row in 0..<rows.rowCount {
            guard let user = rows.string(row, 1), let host = rows.string(row, 2), let privilege = rows.string(row, 3)
            else { continue }
            let id = AccountId(user: user, host: host)
            switch rows.bool(row, 0) {
            case true?: if let place = place(of: id) { entries[place].privileges.insert(privilege) }
            case false?: scopedPrivileges[id, default: []].insert(privilege)
            case nil where privilege == "EVENT": eventDefiners.insert(id)
            case nil: heldRoles.insert(id)
            }
        }
    }

    /// Whoever may define events counts as if there were one.
    private mutating func addEventDefiners() {
        eventDefiners.formUnion(entries.lazy.filter { $0.privileges.contains("EVENT") }.map(\.id))
        var new = eventDefiners
        // Roles are held by roles, which are few.
        while !new.isEmpty {
            let holders = edges.lazy.filter { $0.value.contains { new.contains($0.role) } }.map(\.key)
            new = Set(holders).subtracting(eventDefiners)
            eventDefiners.formUnion(new)
        }
        eventOwners.formUnion(eventDefiners.map(\.user))
    }

    private mutating func addDefinitions(_ rows: MySQLResult) {
        for row in 0..<rows.rowCount {
            guard let definer = rows.string(row, 0), let definition = Definition(rows, row) else { continue }
            definitions[definer, default: []].append(definition)
        }
        let hasFunctions = definitions.values.contains { $0.contains { $0.kind == "function" } }
        for (definer, definitions) in definitions {
            guard let id = AccountId(definer: definer) else { continue }
            if definitions.contains(where: { $0.disguises && ($0.kind != "view" || hasFunctions) }) {
                disguises.insert(id.user)
            }
            if definitions.contains(where: { $0.kind == "event" }) { eventOwners.insert(id.user) }
        }
    }
}
