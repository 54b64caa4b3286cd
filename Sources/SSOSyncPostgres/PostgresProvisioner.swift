// SPDX-License-Identifier: Apache-2.0

public import Logging
public import SSOSyncCore

/// Provisions accounts on PostgreSQL 15 and later, as Amazon RDS and Aurora run it: without a superuser.
///
/// The provisioner logs in as a role that `PostgresBootstrap` makes, with an IAM token (or, for local use, with a
/// password). Before any secret leaves, the server's certificate and host name are verified.
public struct PostgresProvisioner: DatabaseProvisioner {
    let configuration: PostgresConfiguration
    let owner: DeploymentOwner
    let secrets: any LoginSecretProvider
    let logger: Logger

    /// A provisioner of one target.
    ///
    /// - Parameters:
    ///   - configuration: How the target is reached.
    ///   - owner: The deployment.
    ///   - secrets: What the provisioner logs in with.
    ///   - logger: Where the provisioner logs, at debug level and below.
    public init(
        _ configuration: PostgresConfiguration,
        owner: DeploymentOwner,
        secrets: any LoginSecretProvider,
        logger: Logger = Logger(label: "sso-sync.postgres")
    ) {
        self.configuration = configuration
        self.owner = owner
        self.secrets = secrets
        self.logger = logger
    }

    /// Connects to the writer; for a session that writes, takes the target's lock.
    ///
    /// - Throws: `SyncError`: busy, unreachable, tls, authentication, read-only, unsupported or privilege.
    public func openSession(_ access: SessionAccess) async throws -> any ProvisioningSession {
        try refuseProxy()
        let connector = InstanceConnector(configuration: configuration, secrets: secrets, runId: access.runId)
        let connection = try await connector.connect(to: configuration.writer, deadline: access.deadline)
        do {
            let facts = try await ServerFacts.read(connection, deadline: access.deadline)
            try facts.check(
                configuration: configuration,
                backendPID: connection.backendPID,
                isWriting: access.kind == .writing
            )
            logger.debug(
                "connected",
                metadata: ["place": "\(connection.endpoint)", "version": "\(facts.version)", "run": "\(access.runId)"]
            )
            var notices: [String] = []
            if access.kind == .writing {
                let lock = ProvisionerLock(connection: connection, target: connection.endpoint)
                notices = try await lock.acquire(wait: access.lockWait, deadline: access.deadline)
            }
            return PostgresSession(
                connection: connection,
                connector: connector,
                facts: facts,
                owner: owner,
                notices: notices,
                holdsLock: access.kind == .writing
            )
        } catch {
            await connection.close()
            throw SyncError(postgres: error, at: connection.endpoint)
        }
    }

    /// Amazon RDS Proxy shares connections between clients, so that neither the lock nor a session's settings hold
    /// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-pinning.html>).
    ///
    /// Its endpoints are named so.
    private func refuseProxy() throws {
        let hosts = [configuration.writer.host] + configuration.readers.map(\.host)
        guard let host = hosts.first(where: { $0.contains(".proxy-") }) else { return }
        throw SyncError(
            .unsupported,
            "\(host) is an RDS Proxy endpoint, behind which no lock holds: give the cluster's or instance's own endpoint"
        )
    }
}
