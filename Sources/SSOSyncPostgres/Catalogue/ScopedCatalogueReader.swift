// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

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
        guard first.count == 4 else { throw Self.incomplete }
        var catalogue = Catalogue()
        catalogue.addRoles(first[0])
        catalogue.addMembers(first[1])
        catalogue.addSessions(first[3])
        let named = wantedNames.compactMap { catalogue.roleIds[$0] }
        let survey = MarkerSurvey(first[2], request: request, people: people, roles: Set(named))
        catalogue.setMarkers(survey)
        let seeds = Set(named).union(survey.markers.keys).sorted()
        guard !seeds.isEmpty else { return catalogue }
        let second = try await connection.execute(secondScript(seeds, catalogue, survey), deadline: deadline)
        guard second.count == (facts.hasOwnerRoles ? 5 : 2) else { throw Self.incomplete }
        catalogue.addMembers(second[0])
        catalogue.addRoles(second[1])
        if facts.hasOwnerRoles {
            catalogue.addMembers(second[2])
            catalogue.addMembers(second[3])
            catalogue.setAccountCounts(second[4])
        }
        return catalogue
    }

    private static var incomplete: SyncError { SyncError(.server, "the catalogue was not read whole") }

    private var wantedNames: Set<RoleName> {
        Set(request.names.map { RoleName($0.rawValue) } + request.roles + [PostgresDialect.iamRole])
    }

    // MARK: Statements

    /// Roles that are no logins or have one of the names, what the login may act as, all markers, sessions.
    private var firstScript: SQLText {
        let names = (wantedNames.sorted().map(\.rawValue) + [facts.login]).map(SQLText.literal).joined()
        return """
            SELECT \(Catalogue.roleColumns) FROM pg_roles WHERE NOT rolcanlogin OR rolname IN (\(names));
            SELECT \(memberColumns) FROM pg_auth_members WHERE member = \(facts.loginId);
            \(Catalogue.markerQuery);
            \(SessionCounts.query)
            """
    }

    private var memberColumns: SQLText { Catalogue.memberColumns(version: facts.version) }

    /// What the seeds are members of, and what those are members of in turn; the roles that this names, with those who
    /// granted it.
    ///
    /// From PostgreSQL 16 on also what the seeds passed on, and what the owner roles may do.
    private func secondScript(_ seeds: [Int], _ catalogue: Catalogue, _ survey: MarkerSurvey) -> SQLText {
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
                \(held) SELECT \(memberColumns) FROM held;
                \(held), involved(id) AS (SELECT id FROM reached UNION SELECT grantor FROM held)
                \(Self.rolesInvolved)
                """
        }
        return """
            \(held) SELECT \(memberColumns) FROM held;
            \(held), \(passedOn(ids, catalogue)), involved(id) AS (
                SELECT id FROM reached UNION SELECT grantor FROM held UNION SELECT id FROM passing
                UNION SELECT roleid FROM passed UNION SELECT member FROM passed
            )
            \(Self.rolesInvolved);
            WITH RECURSIVE \(passedOn(ids, catalogue)) SELECT \(memberColumns) FROM passed;
            \(ownerQueries(ids, catalogue, survey))
            """
    }

    private static let rolesInvolved: SQLText = """
        SELECT r.* FROM involved
            CROSS JOIN LATERAL (SELECT \(Catalogue.roleColumns) FROM pg_roles WHERE oid = involved.id OFFSET 0) r
        """

    /// What the seeds granted to others, and those in turn.
    ///
    /// What owner roles granted are their accounts' memberships, and nothing that was passed on.
    private func passedOn(_ ids: SQLText, _ catalogue: Catalogue) -> SQLText {
        let owners = ownerIds(catalogue)
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

    private func ownerIds(_ catalogue: Catalogue) -> SQLText {
        ([0] + OwnerRoles(catalogue, facts: facts).ids).map(SQLText.integer).joined()
    }

    /// What the owner roles may do with the seeds, and how many accounts each of them has made: roles that it has ADMIN on
    /// and that carry a marker or can log in.
    private func ownerQueries(_ ids: SQLText, _ catalogue: Catalogue, _ survey: MarkerSurvey) -> SQLText {
        let owners = ownerIds(catalogue)
        let noAccounts = catalogue.roles.values.filter { !$0.canLogIn && !survey.marked.contains($0.id) }
        let excluded = ([0] + noAccounts.map(\.id).sorted()).map(SQLText.integer).joined()
        return """
            SELECT \(memberColumns) FROM pg_auth_members WHERE member IN (\(owners)) AND roleid IN (\(ids));
            SELECT member, count(*) FROM pg_auth_members
            WHERE member IN (\(owners)) AND admin_option AND roleid NOT IN (\(excluded)) GROUP BY member
            """
    }
}
