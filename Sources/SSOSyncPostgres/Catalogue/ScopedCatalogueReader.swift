// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncSQL

/// Reads as much of the catalogues as an inspection of a few people needs, in two round trips.
///
/// With ten thousand accounts on the server that is several times faster than to read everything. Whatever joins rows is
/// done with ids as constants, or one index look-up after the other (`OFFSET 0` keeps the server's planner from anything
/// cleverer, which its stale statistics would lead astray).
struct ScopedCatalogueReader {
    let connection: PostgresConnection
    let facts: ServerFacts
    let request: InspectionRequest
    let people: Set<UserId>

    /// For more people than this everything is read.
    private static let maximumPeople = 250

    /// - Returns: Nil if everything has to be read.
    init?(_ connection: PostgresConnection, facts: ServerFacts, request: InspectionRequest) {
        guard case .people(let people) = request.scope, people.count <= Self.maximumPeople,
            request.names.count <= Self.maximumPeople, request.holdersOf.isEmpty
        else { return nil }
        (self.connection, self.facts, self.request, self.people) = (connection, facts, request, people)
    }

    func read(until deadline: ContinuousClock.Instant) async throws -> Catalogue {
        let first = try await connection.query(firstQuery.text, deadline: deadline)
        let comments = UnitedCatalogueRows(first, .counts)
        guard comments.rowCount == 1, let count = comments.int(0, 1) else {
            throw SyncError(.server, "the catalogue was not read whole")
        }
        var catalogue = Catalogue()
        catalogue.addRoles(UnitedCatalogueRows(first, .roles))
        catalogue.addMembers(UnitedCatalogueRows(first, .members))
        catalogue.addSessions(UnitedCatalogueRows(first, .sessions))
        let named = names.union(lookAlikes.names(in: catalogue).map { RoleName($0.rawValue) })
            .compactMap { catalogue.roleIds[$0] }
        let rows = UnitedCatalogueRows(first, .markers)
        let survey = MarkerSurvey(rows, count: count, request: request, people: people)
        catalogue.setMarkers(survey)
        let seeds = Set(named).union(survey.markers.keys).sorted()
        guard !seeds.isEmpty else { return catalogue }
        let second = try await connection.query(secondQuery(seeds, catalogue).text, deadline: deadline)
        catalogue.addMarkers(UnitedCatalogueRows(second, .markers))
        catalogue.addMembers(UnitedCatalogueRows(second, .members))
        catalogue.addRoles(UnitedCatalogueRows(second, .roles))
        if facts.hasOwnerRoles { catalogue.setAccountCounts(UnitedCatalogueRows(second, .counts)) }
        return catalogue
    }

    private var names: Set<RoleName> {
        Set(request.names.map { RoleName($0.rawValue) } + request.roles + [PostgresDialect.iamRole])
    }

    private var lookAlikes: LookAlikes { LookAlikes(names: request.names) }

    // MARK: Statements

    /// Roles that have one of the names or that the login may act as, its memberships, markers, sessions.
    private var firstQuery: UnitedCatalogueQuery {
        let names = (self.names.sorted().map(\.rawValue) + [facts.login]).map(SQLText.literal).joined()
        let isNamed = [("rolname IN (\(names))" as SQLText)] + [lookAlikes.condition].compactMap(\.self)
        return UnitedCatalogueQuery([
            (.roles, "SELECT \(Catalogue.roleColumns) FROM pg_roles WHERE \(isNamed.joined(separator: " OR "))"),
            (
                .roles,
                """
                SELECT r.* FROM (SELECT roleid FROM pg_auth_members WHERE member = \(facts.loginId) OFFSET 0) m
                    CROSS JOIN LATERAL (SELECT \(Catalogue.roleColumns) FROM pg_roles WHERE oid = m.roleid OFFSET 0) r
                """
            ),
            (.members, "SELECT \(memberColumns) FROM pg_auth_members WHERE member = \(facts.loginId)"),
            (.markers, MarkerSurvey.comments(request, people: people)),
            (.counts, MarkerSurvey.count),
            (.sessions, SessionCounts.query),
        ])
    }

    private var memberColumns: SQLText { Catalogue.memberColumns(version: facts.version) }

    /// The seeds' markers; what they are members of, and what those are members of in turn; the roles that this names, with
    /// those who granted it.
    ///
    /// From PostgreSQL 16 on also what the seeds passed on, and what the owner roles may do.
    private func secondQuery(_ seeds: [Int], _ catalogue: Catalogue) -> UnitedCatalogueQuery {
        let ids = seeds.map(SQLText.integer).joined()
        let held: SQLText = """
            WITH RECURSIVE reached(id) AS (
                SELECT oid FROM pg_roles WHERE oid IN (\(ids))
                UNION SELECT m.roleid FROM reached
                    CROSS JOIN LATERAL (SELECT roleid FROM pg_auth_members WHERE member = reached.id OFFSET 0) m
            ), held AS (
                SELECT m.* FROM reached
                    CROSS JOIN LATERAL (SELECT * FROM pg_auth_members WHERE member = reached.id OFFSET 0) m
            ),
            """
        let always: [UnitedCatalogueQuery.Part] = [
            (.roles, Self.rolesInvolved),
            (.markers, "\(Catalogue.markerQuery) AND objoid IN (\(ids))"),
            (.members, "SELECT \(memberColumns) FROM held"),
        ]
        guard facts.hasOwnerRoles else {
            let involved: SQLText = "involved(id) AS (SELECT id FROM reached UNION SELECT grantor FROM held)"
            return UnitedCatalogueQuery(always, with: "\(held) \(involved)\n")
        }
        let roles = OwnerRoles(catalogue, facts: facts, owner: request.owner)
        let involved: SQLText = """
            involved(id) AS (
                SELECT id FROM reached UNION SELECT grantor FROM held UNION SELECT id FROM passing
                UNION SELECT roleid FROM passed UNION SELECT member FROM passed
            )
            """
        let more: [UnitedCatalogueQuery.Part] = [
            (.members, "SELECT \(memberColumns) FROM passed"),
            (.members, makers(catalogue)),
        ]
        return UnitedCatalogueQuery(
            always + more + ownerQueries(ids, roles),
            with: "\(held) \(passedOn(ids, roles)), \(involved), \(grantors(catalogue, roles))\n"
        )
    }

    private static let rolesInvolved: SQLText = """
        SELECT r.* FROM involved
            CROSS JOIN LATERAL (SELECT \(Catalogue.roleColumns) FROM pg_roles WHERE oid = involved.id OFFSET 0) r
        """

    /// What the seeds granted to others, and those in turn.
    ///
    /// What owner roles and the grantor granted are their accounts' memberships, and nothing that was passed on.
    private func passedOn(_ ids: SQLText, _ roles: OwnerRoles) -> SQLText {
        let owners = list(roles.all)
        return """
            passing(id) AS (
                SELECT oid FROM pg_roles WHERE oid IN (\(ids)) AND oid NOT IN (\(owners))
                UNION SELECT m.member FROM passing
                    CROSS JOIN LATERAL (SELECT member FROM pg_auth_members WHERE grantor = passing.id OFFSET 0) m
                WHERE m.member NOT IN (\(owners))
            ), passed AS (
                SELECT m.* FROM passing
                    CROSS JOIN LATERAL (SELECT * FROM pg_auth_members WHERE grantor = passing.id OFFSET 0) m
            )
            """
    }

    /// Those besides our own roles who granted the provisioner or somebody else something.
    private func grantors(_ catalogue: Catalogue, _ roles: OwnerRoles) -> SQLText {
        let owners = list(roles.all + [CatalogueReading.bootstrapSuperuser])
        let known = list(catalogue.members.map(\.grantor))
        return """
            grantors(id) AS (
                SELECT oid FROM pg_roles WHERE oid IN (\(known)) AND oid NOT IN (\(owners))
                UNION SELECT grantor FROM held WHERE grantor NOT IN (\(owners)) AND member NOT IN (\(owners))
                UNION SELECT grantor FROM passed WHERE grantor NOT IN (\(owners)) AND member NOT IN (\(owners))
            )
            """
    }

    /// What the roles that the login may act as may do with those: the owner roles that made them lend their rights to whoever
    /// takes back what they granted.
    private func makers(_ catalogue: Catalogue) -> SQLText {
        let acting = list(catalogue.memberships(of: facts.loginId).map(\.role))
        return """
            SELECT \(memberColumns) FROM grantors
                CROSS JOIN LATERAL (
                    SELECT * FROM pg_auth_members WHERE roleid = grantors.id AND member IN (\(acting)) OFFSET 0
                ) m
            """
    }

    /// A list that is never empty.
    private func list(_ roles: [Int]) -> SQLText { ([0] + Set(roles).sorted()).map(SQLText.integer).joined() }

    /// What the owner roles may do with the seeds and the grantor, and how many accounts each of them has made.
    private func ownerQueries(_ ids: SQLText, _ roles: OwnerRoles) -> [UnitedCatalogueQuery.Part] {
        let grantor = roles.grantorId ?? 0
        let made: SQLText = """
            SELECT \(memberColumns) FROM pg_auth_members
            WHERE member IN (\(list(roles.all))) AND roleid IN (\(ids), \(grantor))
            """
        let counts: SQLText = """
            SELECT member, count(*) FROM pg_auth_members
            WHERE member IN (\(list(roles.ids))) AND roleid <> \(grantor) GROUP BY member
            """
        return [(.members, made), (.counts, counts)]
    }
}
