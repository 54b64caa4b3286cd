// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncSQL

/// The catalogues that say who may do what, read raw: the server's planner goes astray on joins of them after a bulk
/// change, since nobody but a superuser can refresh their statistics.
///
/// They are joined here.
struct Catalogue: Sendable {
    /// A row of `pg_roles`.
    struct Role: Sendable {
        let id: Int
        let name: String
        let canLogIn: Bool
        let isSuperuser: Bool
        let createsRoles: Bool
        let createsDatabases: Bool
        let replicates: Bool
        let bypassesRowSecurity: Bool
    }

    /// A row of `pg_auth_members`.
    struct Member: Sendable {
        let role: Int
        let member: Int
        let grantor: Int
        let isAdmin: Bool
        let inherits: Bool
        /// Whether the member may `SET ROLE` to the role.
        let canSet: Bool

        var isUsable: Bool { inherits || canSet }
    }

    /// By id.
    private(set) var roles: [Int: Role] = [:]
    /// By name.
    ///
    /// Names are compared by their bytes, as the server does; Swift's strings take some for the same.
    private(set) var roleIds: [RoleName: Int] = [:]
    private(set) var members: [Member] = []
    /// Indices into ``members``, by the role that is a member.
    private(set) var membershipsOf: [Int: [Int]] = [:]
    /// What comments that look like markers say, by role.
    private(set) var markers: [Int: MarkerReading] = [:]
    /// Who is connected to the writer.
    private(set) var sessions = SessionCounts()

    /// Figures over all markers, where only some were kept.
    private(set) var counts: TargetCounts?
    /// How many accounts each owner role has made, where their memberships were not read.
    private(set) var accountCounts: [Int: Int]?
    private var knownMembers: Set<MemberKey>?

    private struct MemberKey: Hashable {
        let role: Int
        let member: Int
        let grantor: Int
    }

    // MARK: Statements

    static let roleColumns: SQLText = """
        oid, rolname, rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls
        """

    static func memberColumns(version: Int) -> SQLText {
        let options: SQLText = version >= 160_000 ? "inherit_option, set_option" : "true, true"
        return "roleid, member, grantor, admin_option, \(options)"
    }

    static let markerQuery: SQLText = """
        SELECT objoid, description FROM pg_shdescription
        WHERE classoid = 'pg_authid'::regclass AND description LIKE '%"sso-sync"%'
        """

    /// What ``init(_:)`` reads: four statements, one round trip, whatever the number of accounts.
    static func script(version: Int) -> SQLText {
        """
        SELECT \(roleColumns) FROM pg_roles;
        SELECT \(memberColumns(version: version)) FROM pg_auth_members;
        \(markerQuery);
        \(SessionCounts.query)
        """
    }

    init(_ results: [PostgresResult]) throws {
        guard results.count == 4 else { throw SyncError(.server, "the catalogue was not read whole") }
        knownMembers = nil
        addRoles(results[0])
        addMembers(results[1])
        markers.reserveCapacity(results[2].rowCount)
        addMarkers(results[2])
        addSessions(results[3])
    }

    /// Nothing, to which parts are added.
    ///
    /// They may overlap.
    init() { knownMembers = [] }

    mutating func setMarkers(_ survey: MarkerSurvey) {
        markers = survey.markers
        counts = survey.tally.counts
    }

    mutating func addMarkers(_ rows: some CatalogueRows) {
        for row in 0..<rows.rowCount {
            if let role = rows.int(row, 0) { markers[role] = MarkerReading(rows.string(row, 1)) }
        }
    }

    mutating func setAccountCounts(_ rows: some CatalogueRows) {
        var counts: [Int: Int] = [:]
        for row in 0..<rows.rowCount { if let owner = rows.int(row, 0) { counts[owner] = rows.int(row, 1) } }
        accountCounts = counts
    }

    mutating func addSessions(_ rows: some CatalogueRows) {
        sessions = SessionCounts(rows)
    }

    mutating func addRoles(_ rows: some CatalogueRows) {
        roles.reserveCapacity(rows.rowCount)
        roleIds.reserveCapacity(rows.rowCount)
        for row in 0..<rows.rowCount {
            guard let id = rows.int(row, 0), let name = rows.string(row, 1) else { continue }
            func flag(_ column: Int) -> Bool { rows.bool(row, column) ?? false }
            roleIds[RoleName(name)] = id
            roles[id] = Role(
                id: id,
                name: name,
                canLogIn: flag(2),
                isSuperuser: flag(3),
                createsRoles: flag(4),
                createsDatabases: flag(5),
                replicates: flag(6),
                bypassesRowSecurity: flag(7)
            )
        }
    }

    mutating func addMembers(_ rows: some CatalogueRows) {
        members.reserveCapacity(members.count + rows.rowCount)
        for row in 0..<rows.rowCount {
            guard let role = rows.int(row, 0), let member = rows.int(row, 1) else { continue }
            add(
                Member(
                    role: role,
                    member: member,
                    grantor: rows.int(row, 2) ?? 0,
                    isAdmin: rows.bool(row, 3) ?? false,
                    inherits: rows.bool(row, 4) ?? true,
                    canSet: rows.bool(row, 5) ?? true
                )
            )
        }
    }

    private mutating func add(_ row: Member) {
        let key = MemberKey(role: row.role, member: row.member, grantor: row.grantor)
        guard knownMembers?.insert(key).inserted ?? true else { return }
        membershipsOf[row.member, default: []].append(members.count)
        members.append(row)
    }

    /// The memberships of a role in others.
    func memberships(of role: Int) -> [Member] {
        (membershipsOf[role] ?? []).map { members[$0] }
    }
}

extension Catalogue.Role {
    /// Attributes that we never give, in PostgreSQL's words.
    var foreignAttributes: [String] {
        var names: [String] = []
        if isSuperuser { names.append("SUPERUSER") }
        if createsRoles { names.append("CREATEROLE") }
        if createsDatabases { names.append("CREATEDB") }
        if replicates { names.append("REPLICATION") }
        if bypassesRowSecurity { names.append("BYPASSRLS") }
        return names
    }
}
