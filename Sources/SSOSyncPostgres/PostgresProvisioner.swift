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
        let readers = configuration.readers.map(\.host)
        if let refusal = SharedEndpoint.refusal(writer: configuration.writer.host, readers: readers) { throw refusal }
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
}
