// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

extension MySQLSession {
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
        let results = try await listing {
            try await connection.execute(CatalogueQueries.allButEdges(few), deadline: deadline)
        }
        return try await Catalogue(allButEdges: results) { catalogue in
            let members = AccountSelection.members(catalogue, request, facts)
            let edges = CatalogueQueries.edges(of: members, heldRoles: catalogue.heldRoles)
            return try await connection.query(edges, deadline: deadline)
        }
    }
}
