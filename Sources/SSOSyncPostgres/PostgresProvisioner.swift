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
    private let connections: PostgresConnections?

    /// A provisioner of one target.
    ///
    /// - Parameters:
    ///   - configuration: How the target is reached.
    ///   - owner: The deployment.
    ///   - secrets: What the provisioner logs in with.
    ///   - connections: Keeps connections to the writer from run to run; nil to make each session a new one.
    ///   - logger: Where the provisioner logs, at debug level and below.
    public init(
        _ configuration: PostgresConfiguration,
        owner: DeploymentOwner,
        secrets: any LoginSecretProvider,
        keeping connections: PostgresConnections? = nil,
        logger: Logger = Logger(label: "sso-sync.postgres")
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
        let connector = InstanceConnector(configuration: configuration, secrets: secrets, runId: access.runId)
        let (line, facts) = try await greetedLine(connector, access)
        let connection = line.connection
        do {
            var notices: [String] = []
            if access.kind == .writing {
                let lock = ProvisionerLock(connection: connection, target: connection.endpoint)
                notices = try await lock.acquire(wait: access.lockWait, deadline: access.deadline)
            }
            return PostgresSession(
                line: line,
                connections: connections,
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

    private typealias Greeted = (line: PostgresConnections.Line, facts: ServerFacts)

    private func greetedLine(_ connector: InstanceConnector, _ access: SessionAccess) async throws -> Greeted {
        if let kept = await keptLine(connector, access) { return kept }
        return try await newLine(connector, access)
    }

    /// A connection that was kept, is still the right one, and on which the server says what it has to; nil if there is none.
    private func keptLine(_ connector: InstanceConnector, _ access: SessionAccess) async -> Greeted? {
        let options = connector.options(of: configuration.writer)
        guard let line = connections?.take(options) else { return nil }
        do {
            let deadline = min(access.deadline, ContinuousClock.now.advanced(by: Self.patienceWithKept))
            return (line, try await greet(line, options, access, until: deadline))
        } catch {
            // Whatever it is: a new connection finds out, and says so better.
            logger.debug("a connection is kept no longer: \(error)", metadata: ["run": "\(access.runId)"])
            await line.connection.close()
            return nil
        }
    }

    /// Greets on a connection that was kept.
    ///
    /// - Throws: What makes a new one necessary: the server to work on may be another by now, and this one might refuse a login.
    private func greet(
        _ line: PostgresConnections.Line,
        _ options: PostgresConnectionOptions,
        _ access: SessionAccess,
        until deadline: ContinuousClock.Instant
    ) async throws -> ServerFacts {
        let (connection, name) = (line.connection, options.applicationName)
        guard try await connection.addresses(of: options, deadline: deadline).contains(connection.address) else {
            throw SyncError(.unreachable, "the host's name leads to another address")
        }
        let facts = try await greet(connection, access, renamed: name, until: deadline)
        guard facts.admission == line.admission else {
            throw SyncError(.authentication, "the provisioner's login has changed")
        }
        return facts
    }

    /// How long a kept connection may take to answer: whatever was between here and the server may have forgotten it.
    private static let patienceWithKept: Duration = .seconds(2)

    private func newLine(_ connector: InstanceConnector, _ access: SessionAccess) async throws -> Greeted {
        let connection = try await connector.connect(to: configuration.writer, deadline: access.deadline)
        do {
            let facts = try await greet(connection, access, until: access.deadline)
            return (PostgresConnections.Line(connection, connector.options(of: configuration.writer), facts), facts)
        } catch {
            await connection.close()
            throw SyncError(postgres: error, at: connection.endpoint)
        }
    }

    private func greet(
        _ connection: PostgresConnection,
        _ access: SessionAccess,
        renamed name: String? = nil,
        until deadline: ContinuousClock.Instant
    ) async throws -> ServerFacts {
        let facts = try await ServerFacts.read(connection, renamed: name, deadline: deadline)
        try facts.check(
            configuration: configuration,
            backendPID: connection.backendPID,
            isWriting: access.kind == .writing
        )
        logger.debug(
            "connected",
            metadata: [
                "place": "\(connection.endpoint)", "version": "\(facts.version)", "run": "\(access.runId)",
                "kept": "\(name != nil)",
            ]
        )
        return facts
    }
}
