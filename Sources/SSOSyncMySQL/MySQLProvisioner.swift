// SPDX-License-Identifier: Apache-2.0

public import Logging
public import SSOSyncCore

/// Provisions accounts on MySQL 8.0.23 and later and Aurora MySQL 3, as Amazon RDS runs them: without SUPER.
///
/// The provisioner logs in as an account that `MySQLBootstrap` makes, with an IAM token (or, for local use, with a
/// password). Before any secret leaves, the server's certificate and host name are verified.
public struct MySQLProvisioner: DatabaseProvisioner {
    let configuration: MySQLConfiguration
    let owner: DeploymentOwner
    let secrets: any LoginSecretProvider
    let logger: Logger

    /// A provisioner of one target.
    ///
    /// - Parameters:
    ///   - configuration: How the target is reached.
    ///   - owner: The deployment.
    ///   - secrets: What the provisioner logs in with.
    ///   - logger: Where the provisioner logs, at debug level and below; and, as warnings, whose sessions it had to end to go on.
    public init(
        _ configuration: MySQLConfiguration,
        owner: DeploymentOwner,
        secrets: any LoginSecretProvider,
        logger: Logger = Logger(label: "sso-sync.mysql")
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
        let connector = InstanceConnector(
            configuration: configuration,
            secrets: secrets,
            runId: access.runId,
            logger: logger
        )
        let connection = try await connector.connect(to: configuration.writer, deadline: access.deadline)
        do {
            let facts = try await ServerFacts.read(connection, deadline: access.deadline)
            try facts.check(connection)
            logger.debug(
                "connected",
                metadata: ["place": "\(connection.endpoint)", "version": "\(facts.version)", "run": "\(access.runId)"]
            )
            var notices: [String] = []
            if access.kind == .writing {
                let lock = ProvisionerLock(
                    connection: connection,
                    login: facts.login,
                    watch: StallWatch(connector: connector, endpoint: configuration.writer)
                )
                notices = try await lock.acquire(wait: access.lockWait, deadline: access.deadline)
            }
            let session = MySQLSession(
                connection: connection,
                connector: connector,
                facts: facts,
                owner: owner,
                notices: notices,
                access: access.kind
            )
            if let expected = access.expected { await session.readEarly(for: expected) }
            return session
        } catch {
            await connection.close()
            throw SyncError(mysql: error, at: connection.endpoint)
        }
    }
}
