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
        let first = try await connection.execute(firstScript, deadline: deadline)
        guard first.count == 5, let comments = first[3].rowCount == 1 ? first[3].int(0, 0) : nil else {
            throw Self.incomplete
        }
        var catalogue = Catalogue()
        catalogue.addRoles(first[0])
        catalogue.addMembers(first[1])
        catalogue.addSessions(first[4])
        let named = names.union(lookAlikes.names(in: catalogue).map { RoleName($0.rawValue) })
            .compactMap { catalogue.roleIds[$0] }
        let survey = MarkerSurvey(first[2], count: comments, request: request, people: people)
        catalogue.setMarkers(survey)
        let seeds = Set(named).union(survey.markers.keys).sorted()
        guard !seeds.isEmpty else { return catalogue }
        let second = try await connection.execute(secondScript(seeds, catalogue), deadline: deadline)
        guard second.count == (facts.hasOwnerRoles ? 6 : 3) else { throw Self.incomplete }
        catalogue.addMarkers(second[0])
        catalogue.addMembers(second[1])
        catalogue.addRoles(second[2])
        if facts.hasOwnerRoles {
            catalogue.addMembers(second[3])
            catalogue.addMembers(second[4])
            catalogue.setAccountCounts(second[5])
        }
        return catalogue
    }

    private static var incomplete: SyncError { SyncError(.server, "the catalogue was not read whole") }

    private var names: Set<RoleName> {
        Set(request.names.map { RoleName($0.rawValue) } + request.roles + [PostgresDialect.iamRole])
    }

    private var lookAlikes: LookAlikes { LookAlikes(names: request.names) }

    // MARK: Statements

    /// Roles that have one of the names or that the login may act as, its memberships, markers, sessions.
    private var firstScript: SQLText {
        let names = (self.names.sorted().map(\.rawValue) + [facts.login]).map(SQLText.literal).joined()
        let isNamed = [("rolname IN (\(names))" as SQLText)] + [lookAlikes.condition].compactMap(\.self)
        return """
            SELECT \(Catalogue.roleColumns) FROM pg_roles WHERE \(isNamed.joined(separator: " OR "))
            UNION ALL SELECT r.* FROM (SELECT roleid FROM pg_auth_members WHERE member = \(facts.loginId) OFFSET 0) m
                CROSS JOIN LATERAL (SELECT \(Catalogue.roleColumns) FROM pg_roles WHERE oid = m.roleid OFFSET 0) r;
            SELECT \(memberColumns) FROM pg_auth_members WHERE member = \(facts.loginId);
            \(MarkerSurvey.queries(request, people: people).joined(separator: ";\n"));
            \(SessionCounts.query)
            """
    }

    private var memberColumns: SQLText { Catalogue.memberColumns(version: facts.version) }

    /// The seeds' markers; what they are members of, and what those are members of in turn; the roles that this names, with
    /// those who granted it.
    ///
    /// From PostgreSQL 16 on also what the seeds passed on, and what the owner roles may do.
    private func secondScript(_ seeds: [Int], _ catalogue: Catalogue) -> SQLText {
        let ids = seeds.map(SQLText.integer).joined()
        let held: SQLText = """
            WITH RECURSIVE reached(id) AS (
                SELECT oid FROM pg_roles WHERE oid IN (\(ids))
                UNION SELECT m.roleid FROM reached
                    CROSS JOIN LATERAL (SELECT roleid FROM pg_auth_members WHERE member = reached.id OFFSET 0) m
            ), held AS (
                SELECT m.* FROM reached
                    CROSS JOIN LATERAL (SELECT * FROM pg_auth_members WHERE member = reached.id OFFSET 0) m
            )
            """
        guard facts.hasOwnerRoles else {
            return """
                \(Catalogue.markerQuery) AND objoid IN (\(ids));
                \(held) SELECT \(memberColumns) FROM held;
                \(held), involved(id) AS (SELECT id FROM reached UNION SELECT grantor FROM held)
                \(Self.rolesInvolved)
                """
        }
        return """
            \(Catalogue.markerQuery) AND objoid IN (\(ids));
            \(held) SELECT \(memberColumns) FROM held;
            \(held), \(passedOn(ids, catalogue)), involved(id) AS (
                SELECT id FROM reached UNION SELECT grantor FROM held UNION SELECT id FROM passing
                UNION SELECT roleid FROM passed UNION SELECT member FROM passed
            )
            \(Self.rolesInvolved);
            WITH RECURSIVE \(passedOn(ids, catalogue)) SELECT \(memberColumns) FROM passed;
            \(ownerQueries(ids, catalogue))
            """
    }

    private static let rolesInvolved: SQLText = """
        SELECT r.* FROM involved
            CROSS JOIN LATERAL (SELECT \(Catalogue.roleColumns) FROM pg_roles WHERE oid = involved.id OFFSET 0) r
        """

    /// What the seeds granted to others, and those in turn.
    ///
    /// What owner roles and the grantor granted are their accounts' memberships, and nothing that was passed on.
    private func passedOn(_ ids: SQLText, _ catalogue: Catalogue) -> SQLText {
        let owners = list(OwnerRoles(catalogue, facts: facts, owner: request.owner).all)
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

    /// A list that is never empty.
    private func list(_ roles: [Int]) -> SQLText { ([0] + roles).map(SQLText.integer).joined() }

    /// What the owner roles may do with the seeds and the grantor, and how many accounts each of them has made.
    private func ownerQueries(_ ids: SQLText, _ catalogue: Catalogue) -> SQLText {
        let roles = OwnerRoles(catalogue, facts: facts, owner: request.owner)
        let grantor = roles.grantorId ?? 0
        return """
            SELECT \(memberColumns) FROM pg_auth_members
            WHERE member IN (\(list(roles.all))) AND roleid IN (\(ids), \(grantor));
            SELECT member, count(*) FROM pg_auth_members
            WHERE member IN (\(list(roles.ids))) AND roleid <> \(grantor) GROUP BY member
            """
    }
}
