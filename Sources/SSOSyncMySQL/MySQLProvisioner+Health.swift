// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncConcurrency
public import SSOSyncCore
internal import SSOSyncSQL

extension MySQLProvisioner: HealthExamining {
    /// Looks at the login, the server, the provisioner's rights, the mapped roles, and the readers.
    public func healthChecks(for policy: Policy) async -> [HealthCheck] {
        let readers = configuration.readers.map(\.host)
        if let refusal = SharedEndpoint.refusal(writer: configuration.writer.host, readers: readers) {
            return [HealthCheck("endpoints", failedBy: refusal)]
        }
        let connector = InstanceConnector(
            configuration: configuration,
            secrets: secrets,
            runId: "doctor",
            logger: logger
        )
        let deadline = ContinuousClock.now.advanced(by: .seconds(60))
        async let ofReaders = configuration.readers.concurrently { reader in
            let connection = try await connector.connect(to: reader, deadline: deadline)
            let greeting = await Greeting(connection, deadline)
            await connection.close()
            return greeting
        }
        var checks = await examineWriter(connector, policy, until: deadline)
        for (reader, result) in await ofReaders { checks += Self.login("reader", reader, result, connector) }
        return checks
    }

    private func examineWriter(
        _ connector: InstanceConnector,
        _ policy: Policy,
        until deadline: ContinuousClock.Instant
    ) async -> [HealthCheck] {
        do {
            let connection = try await connector.connect(to: configuration.writer, deadline: deadline)
            let greeting = await Greeting(connection, deadline)
            let login = Self.login("login", configuration.writer, .success(greeting), connector)
            let checks = await examine(connection, policy, until: deadline)
            await connection.close()
            return login + checks
        } catch {
            return Self.login("login", configuration.writer, .failure(error), connector)
        }
    }

    /// What an endpoint has said of itself to whoever got in.
    private struct Greeting {
        let version: String
        let certificateEnd: Timestamp?
        /// Whether it says who logged in, whoever's rights a session has now.
        let tellsWhoLoggedIn: Result<Bool, any Error>

        init(_ connection: MySQLConnection, _ deadline: ContinuousClock.Instant) async {
            version = connection.serverVersion
            certificateEnd = await connection.certificateEnd(deadline: deadline)
            tellsWhoLoggedIn = await Result.catching {
                try await connection.query("SELECT @@GLOBAL.performance_schema", deadline: deadline).bool(0, 0) ?? false
            }
        }
    }

    private static func login(
        _ name: String,
        _ endpoint: MySQLEndpoint,
        _ greeting: Result<Greeting, any Error>,
        _ connector: InstanceConnector
    ) -> [HealthCheck] {
        let place = "\(endpoint)"
        switch greeting {
        case .success(let greeting):
            let user = connector.configuration.user
            let found = "\(user) gets in to \(place), MySQL \(greeting.version), certificate verified"
            let certificate = HealthCheck.ofCertificate(until: greeting.certificateEnd, at: place)
            return [HealthCheck(name, .good, found), certificate] + sessions(greeting, place)
        case .failure(let error):
            return [HealthCheck(name, failedBy: SyncError(mysql: error, at: place))]
        }
    }

    private func examine(
        _ connection: MySQLConnection,
        _ policy: Policy,
        until deadline: ContinuousClock.Instant
    ) async -> [HealthCheck] {
        var (checks, next): ([HealthCheck], String) = ([], "server")
        do {
            let facts = try await ServerFacts.read(connection, deadline: deadline)
            try facts.check(connection)
            checks.append(HealthCheck("server", .good, "takes writes, speaks for itself, and has the IAM plugin"))
            next = "rights"
            let catalogue = try Catalogue(try await connection.execute(CatalogueQueries.all, deadline: deadline))
            let reading = CatalogueReading(catalogue, facts: facts, owner: owner)
            let rights = ProvisionerRights(rights: reading.rights, login: facts.login)
            // What else keeps a role from being granted, no right mends: the plan says it.
            let ungrantable = policy.roles.filter { catalogue[AccountId(role: $0)] != nil && !reading.mayGrant($0) }
            checks.append(rights.health(ungrantable: ungrantable.sorted()))
            checks.append(Self.roles(policy, catalogue))
        } catch {
            checks.append(HealthCheck(next, failedBy: SyncError(mysql: error, at: connection.endpoint)))
        }
        return checks
    }

    /// Whether leavers are out as soon as their sessions have been ended.
    private static func sessions(_ greeting: Greeting, _ place: String) -> [HealthCheck] {
        switch greeting.tellsWhoLoggedIn {
        case .failure(let error): return [HealthCheck("sessions", failedBy: SyncError(mysql: error, at: place))]
        case .success(true): return [HealthCheck("sessions", .good, "\(place) tells whose session each is")]
        case .success(false): break
        }
        return [
            HealthCheck(
                "sessions",
                .warning,
                "performance_schema is off at \(place), so it does not tell whose a session is that is in a routine or trigger with "
                    + "its definer's rights: nobody counts as out while there is one, and whoever is in a leaver's is ended",
                remedy: [Exits.performanceSchemaRemedy]
            )
        ]
    }

    /// Whether the roles that groups are mapped to exist.
    private static func roles(_ policy: Policy, _ catalogue: Catalogue) -> HealthCheck {
        .ofRoles(policy.roles, missing: policy.roles.filter { catalogue[AccountId(role: $0)] == nil }) { role in
            "CREATE ROLE \(AccountId(role: role).forPeople);"
        }
    }
}
