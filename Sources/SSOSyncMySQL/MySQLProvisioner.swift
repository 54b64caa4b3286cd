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
    private let connections: MySQLConnections?

    /// A provisioner of one target.
    ///
    /// - Parameters:
    ///   - configuration: How the target is reached.
    ///   - owner: The deployment.
    ///   - secrets: What the provisioner logs in with.
    ///   - connections: Keeps connections to the writer from run to run; nil to make each session a new one.
    ///   - logger: Where the provisioner logs, at debug level and below; and, as warnings, whose sessions it had to end to go on.
    public init(
        _ configuration: MySQLConfiguration,
        owner: DeploymentOwner,
        secrets: any LoginSecretProvider,
        keeping connections: MySQLConnections? = nil,
        logger: Logger = Logger(label: "sso-sync.mysql")
    ) {
        self.configuration = configuration
        self.owner = owner
        self.secrets = secrets
        self.connections = connections
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
        let (line, facts) = try await greetedLine(connector, access)
        let connection = line.connection
        do {
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
                line: line,
                connections: connections,
                connector: connector,
                facts: facts,
                owner: owner,
                notices: notices,
                access: access.kind
            )
            if let expected = access.expected { try await session.readEarly(for: expected, until: access.deadline) }
            return session
        } catch {
            await connection.close()
            throw SyncError(mysql: error, at: connection.endpoint)
        }
    }

    private typealias Greeted = (line: MySQLConnections.Line, facts: ServerFacts)

    private func greetedLine(_ connector: InstanceConnector, _ access: SessionAccess) async throws -> Greeted {
        if let kept = await keptLine(connector, access) { return kept }
        return try await newLine(connector, access)
    }

    /// A connection that was kept, on which the server has let the provisioner in anew and says what it has to; nil if there is
    /// none.
    private func keptLine(_ connector: InstanceConnector, _ access: SessionAccess) async -> Greeted? {
        let options = connector.options(of: configuration.writer)
        guard let line = connections?.take(options) else { return nil }
        do {
            let deadline = min(access.deadline, ContinuousClock.now.advanced(by: Self.patienceWithKept))
            guard try await options.addresses(until: deadline).contains(line.connection.address) else {
                throw SyncError(.unreachable, "the host's name leads to another address")
            }
            let secret = try await connector.secret(for: configuration.writer)
            try await line.connection.renew(options, secret: secret, deadline: deadline)
            return (line, try await greet(line.connection, access, isKept: true, until: deadline))
        } catch {
            // Whatever it is: a new connection finds out, and says so better.
            logger.debug("a connection is kept no longer: \(error)", metadata: ["run": "\(access.runId)"])
            await line.connection.close()
            return nil
        }
    }

    /// How long a kept connection may take to answer: whatever was between here and the server may have forgotten it.
    private static let patienceWithKept: Duration = .seconds(2)

    private func newLine(_ connector: InstanceConnector, _ access: SessionAccess) async throws -> Greeted {
        let connection = try await connector.connect(to: configuration.writer, deadline: access.deadline)
        do {
            let facts = try await greet(connection, access, isKept: false, until: access.deadline)
            return (MySQLConnections.Line(connection, connector.options(of: configuration.writer)), facts)
        } catch {
            await connection.close()
            throw SyncError(mysql: error, at: connection.endpoint)
        }
    }

    private func greet(
        _ connection: MySQLConnection,
        _ access: SessionAccess,
        isKept: Bool,
        until deadline: ContinuousClock.Instant
    ) async throws -> ServerFacts {
        let facts = try await ServerFacts.read(connection, deadline: deadline)
        try facts.check(connection)
        logger.debug(
            "connected",
            metadata: [
                "place": "\(connection.endpoint)", "version": "\(facts.version)", "run": "\(access.runId)",
                "kept": "\(isKept)",
            ]
        )
        return facts
    }
}
