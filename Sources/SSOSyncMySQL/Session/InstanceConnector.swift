// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SSOSyncCore

/// Connects to the instances of a target, each time with a new secret.
struct InstanceConnector: Sendable {
    let configuration: MySQLConfiguration
    let secrets: any LoginSecretProvider
    let runId: String
    let logger: Logger

    func connect(to endpoint: MySQLEndpoint, deadline: ContinuousClock.Instant) async throws -> MySQLConnection {
        let secret = try await secret(for: endpoint)
        do {
            return try await MySQLConnection.open(options(of: endpoint), secret: secret, deadline: deadline)
        } catch {
            throw SyncError(mysql: error, at: "\(endpoint)")
        }
    }

    /// What the provisioner logs in with now.
    func secret(for endpoint: MySQLEndpoint) async throws -> Secret {
        try await secrets.secret(host: endpoint.host, port: endpoint.port, user: configuration.user)
    }

    func options(of endpoint: MySQLEndpoint) -> MySQLConnectionOptions {
        MySQLConnectionOptions(
            host: endpoint.host,
            port: endpoint.port,
            user: configuration.user,
            caFile: configuration.caFile,
            programName: "sso-sync/\(runId)",
            connectTimeout: configuration.connectTimeout,
            statementTimeout: configuration.statementTimeout,
            lockWaitTimeout: configuration.lockTimeoutSeconds
        )
    }
}
