// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

extension MySQLSession {
    /// Reads what an inspection will want, as far as it is known by now.
    ///
    /// Whatever goes wrong, the inspection meets it as well, and says so.
    ///
    /// - Parameter deadline: When the session has to be open.
    /// - Throws: What the connection was lost by: the inspection would find no more than that.
    func readEarly(for expected: InspectionRequest, until deadline: ContinuousClock.Instant) async throws {
        guard let few = FewAccounts(expected, facts: facts, host: configuration.accountHost) else { return }
        let beganAt = ContinuousClock.now
        do {
            let results = try await allButEdges(few, until: min(inspectionDeadline, deadline))
            early = EarlyReading(results, for: expected, beganAt: beganAt)
        } catch {
            guard await !connection.isClosed else { throw error }
        }
    }

    /// Reads as much of the server's tables as an inspection needs.
    func catalogue(
        for request: InspectionRequest,
        until deadline: ContinuousClock.Instant
    ) async throws -> Catalogue {
        do {
            guard case .people = request.scope, request.holdersOf.isEmpty else {
                return try Catalogue(
                    try await listing { try await connection.execute(CatalogueQueries.all, deadline: deadline) }
                )
            }
            if let few = FewAccounts(request, facts: facts, host: configuration.accountHost) {
                let catalogue = try await catalogue(of: few, for: request, until: deadline)
                if !catalogue.lacksHeldRole { return catalogue }
            }
            return try await catalogue(of: nil, for: request, until: deadline)
        } catch let error as MySQLError where error.isPrivilegeMissing {
            // Error 1142 names the table, without its schema.
            let named = MySQLBootstrap.tables.filter {
                error.message.contains("table '\($0.dropFirst("mysql.".count))'")
            }
            let tables = (named.isEmpty ? MySQLBootstrap.tables : named).map {
                "GRANT SELECT ON \($0) TO \(facts.login.forPeople)"
            }
            throw SyncError(
                .privilege,
                "\(connection.endpoint): \(error.message) Run \(tables.joined(separator: "; ")), or sso-sync bootstrap"
            )
        }
    }

    private func catalogue(
        of few: FewAccounts?,
        for request: InspectionRequest,
        until deadline: ContinuousClock.Instant
    ) async throws -> Catalogue {
        let early = self.early
        self.early = nil
        if few != nil, let early, early.serves(request) {
            return try await catalogue(early, for: request, until: deadline)
        }
        return try await Catalogue(allButEdges: try await allButEdges(few, until: deadline)) { catalogue in
            let members = AccountSelection.members(catalogue, request, facts)
            let edges = CatalogueQueries.edges(of: members, heldRoles: catalogue.heldRoles)
            return try await connection.query(edges, deadline: deadline)
        }
    }

    private func allButEdges(_ few: FewAccounts?, until deadline: ContinuousClock.Instant) async throws -> [MySQLResult]
    {
        try await listing { try await connection.execute(CatalogueQueries.allButEdges(few), deadline: deadline) }
    }

    /// Adds to an early reading who has one of the wanted names, and who holds which role.
    ///
    /// In one round trip, as long as nobody has such a name whose roles are not known to matter yet.
    private func catalogue(
        _ early: EarlyReading,
        for request: InspectionRequest,
        until deadline: ContinuousClock.Instant
    ) async throws -> Catalogue {
        let sketch = try Catalogue(allButEdges: early.results)
        let wanted = request.names.map { AccountId(user: $0.rawValue, host: configuration.accountHost) }
        let known = AccountSelection.members(sketch, request, facts).union(wanted)
        let statements = [
            CatalogueQueries.entries(named: request.names, host: configuration.accountHost),
            CatalogueQueries.edges(of: known, heldRoles: sketch.heldRoles),
        ]
        let results = try await connection.execute(statements.compactMap(\.self), deadline: deadline)
        return try await Catalogue(allButEdges: early.results, named: results.dropLast().first) { catalogue in
            let members = AccountSelection.members(catalogue, request, facts)
            if let edges = results.last, members.isSubset(of: known) { return edges }
            let edges = CatalogueQueries.edges(of: members, heldRoles: catalogue.heldRoles)
            return try await connection.query(edges, deadline: deadline)
        }
    }
}
