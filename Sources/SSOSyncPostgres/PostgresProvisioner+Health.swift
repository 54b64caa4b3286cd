// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncConcurrency
public import SSOSyncCore

extension PostgresProvisioner: HealthExamining {
    /// Looks at the login, the server, the provisioner's rights, its owner roles, the mapped roles, and the readers.
    public func healthChecks(for policy: Policy) async -> [HealthCheck] {
        let readers = configuration.readers.map(\.host)
        if let refusal = SharedEndpoint.refusal(writer: configuration.writer.host, readers: readers) {
            return [HealthCheck("endpoints", failedBy: refusal)]
        }
        let connector = InstanceConnector(configuration: configuration, secrets: secrets, runId: "doctor")
        let deadline = ContinuousClock.now.advanced(by: .seconds(60))
        async let ofReaders = configuration.readers.concurrently { reader in
            let connection = try await connector.connect(to: reader, deadline: deadline)
            await connection.close()
            return Greeting(connection)
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
            let login = Self.login("login", configuration.writer, .success(Greeting(connection)), connector)
            let checks = await examine(connection, policy, until: deadline)
            await connection.close()
            return login + checks
        } catch {
            return Self.login("login", configuration.writer, .failure(error), connector)
        }
    }

    /// What an endpoint has said of itself to whoever got in.
    private struct Greeting {
        let version: Int
        let certificateEnd: Timestamp?

        init(_ connection: PostgresConnection) {
            (version, certificateEnd) = (connection.serverVersion, connection.certificateEnd)
        }
    }

    private static func login(
        _ name: String,
        _ endpoint: PostgresEndpoint,
        _ greeting: Result<Greeting, any Error>,
        _ connector: InstanceConnector
    ) -> [HealthCheck] {
        let place = "\(endpoint.host):\(endpoint.port)"
        switch greeting {
        case .success(let greeting):
            let version = greeting.version
            let user = connector.configuration.user
            let found =
                "\(user) gets in to \(place), PostgreSQL \(version / 10_000).\(version % 10_000), certificate verified"
            let certificate = HealthCheck.ofCertificate(until: greeting.certificateEnd, at: place)
            return [HealthCheck(name, .good, found), certificate]
        case .failure(let error):
            return [HealthCheck(name, failedBy: SyncError(postgres: error, at: place))]
        }
    }

    private func examine(
        _ connection: PostgresConnection,
        _ policy: Policy,
        until deadline: ContinuousClock.Instant
    ) async -> [HealthCheck] {
        var (checks, next): ([HealthCheck], String) = ([], "server")
        do {
            let facts = try await ServerFacts.read(connection, deadline: deadline)
            try facts.check(configuration: configuration, backendPID: connection.backendPID, isWriting: false)
            checks.append(HealthCheck("server", .good, "takes writes, speaks for itself, and has rds_iam"))
            next = "rights"
            let script = Catalogue.script(version: facts.version)
            let catalogue = try Catalogue(try await connection.execute(script, deadline: deadline))
            let health = PostgresHealth(catalogue: catalogue, facts: facts, owner: owner, policy: policy)
            checks += [rights(health, facts, connection), health.ownerRoles, health.roles].compactMap(\.self)
        } catch {
            checks.append(HealthCheck(next, failedBy: SyncError(postgres: error, at: connection.endpoint)))
        }
        return checks
    }

    private func rights(
        _ health: PostgresHealth,
        _ facts: ServerFacts,
        _ connection: PostgresConnection
    ) -> HealthCheck {
        let missing = health.missingRights
        guard missing.isEmpty else {
            let found = "\(facts.login) lacks rights that a run needs; the master user can give them"
            let warning =
                health.losesPassword
                ? ". With them it gets in by token alone, and by no password: take passwordFile or passwordVariable out of the "
                    + "configuration first"
                : ""
            return HealthCheck("rights", .failed, found + warning, remedy: missing)
        }
        do {
            try facts.check(configuration: configuration, backendPID: connection.backendPID, isWriting: true)
        } catch {
            return HealthCheck("rights", failedBy: SyncError(postgres: error, at: connection.endpoint))
        }
        return HealthCheck("rights", .good, "\(facts.login) may do all that a run does")
    }
}
