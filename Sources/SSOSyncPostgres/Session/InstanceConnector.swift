// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Connects to the instances of a target, each time with a new secret.
struct InstanceConnector: Sendable {
    let configuration: PostgresConfiguration
    let secrets: any LoginSecretProvider
    let runId: String

    func connect(
        to endpoint: PostgresEndpoint,
        deadline: ContinuousClock.Instant,
        database: String? = nil
    ) async throws -> PostgresConnection {
        let secret = try await secrets.secret(host: endpoint.host, port: endpoint.port, user: configuration.user)
        let options = options(of: endpoint, database: database)
        do {
            return try await PostgresConnection.open(options, secret: secret, deadline: deadline)
        } catch {
            throw SyncError(postgres: error, at: "\(endpoint.host):\(endpoint.port)")
        }
    }

    /// Where and how to connect, but for the secret.
    func options(of endpoint: PostgresEndpoint, database: String? = nil) -> PostgresConnectionOptions {
        PostgresConnectionOptions(
            host: endpoint.host,
            port: endpoint.port,
            database: database ?? configuration.database,
            user: configuration.user,
            caFile: configuration.caFile,
            applicationName: "sso-sync/\(runId)",
            connectTimeout: configuration.connectTimeout,
            statementTimeout: configuration.statementTimeout,
            lockTimeout: configuration.lockTimeout
        )
    }
}
