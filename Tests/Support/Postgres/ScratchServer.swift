// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
package import SSOSyncCore
package import SSOSyncPostgres
import SSOSyncSQL

/// A real PostgreSQL server of a test's own.
package struct ScratchServer: TestServer {
    package let version: Int
    package let process: ServerProcess

    /// Makes a server, with a streaming standby if wanted.
    package init(version: Int, standby: Bool = false) async throws {
        self.version = version
        process = try await ServerProcess(version: "\(version)", standby: standby)
    }

    package var engine: TestEngine { .postgres(version) }
    package var name: String { process.name }
    package var facts: [String: String] { process.facts }
    package var writer: PostgresEndpoint { PostgresEndpoint(host: "localhost", port: port) }
    package var standby: PostgresEndpoint { PostgresEndpoint(host: "localhost", port: standbyPort) }

    /// The master user's password.
    package var masterSecret: StaticSecret { StaticSecret(Secret(process.masterPassword)) }

    /// Runs SQL as the superuser over the server's socket, past everything that is tested, and returns its rows.
    @discardableResult
    package func superuser(_ sql: String, database: String = "postgres", standby: Bool = false) async throws -> [String]
    {
        let options = ["-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql]
        return try await process.run(client: "psql", standby: standby, options)
    }

    package func replay(_ goesOn: Bool) async throws {
        _ = try await superuser("SELECT \(goesOn ? "pg_wal_replay_resume" : "pg_wal_replay_pause")()", standby: true)
    }

    /// Starts the server again as a replica, which it is until further notice: of nobody.
    package func restartAsReplica() async throws {
        let data = URL(filePath: facts["DATA"] ?? "/nowhere")
        try Data().write(to: data.appending(path: "standby.signal"))
        try await restart()
    }

    // MARK: The provisioner

    /// How the provisioner reaches the server, or some proxy before it.
    package func configuration(user: String = "sso_provisioner", port: Int? = nil) -> PostgresConfiguration {
        var configuration = PostgresConfiguration(
            writer: PostgresEndpoint(host: "localhost", port: port ?? self.port),
            user: user
        )
        configuration.caFile = authority
        if hasStandby { configuration.readers = [standby] }
        return configuration
    }

    package func provisioner(_ settings: ProvisionerSettings) -> any DatabaseProvisioner {
        provisioner(settings) { _ in }
    }

    /// A provisioner of this server, with something that there is for PostgreSQL only.
    package func provisioner(
        _ settings: ProvisionerSettings = ProvisionerSettings(),
        _ change: (inout PostgresConfiguration) -> Void
    ) -> PostgresProvisioner {
        var configuration = configuration(user: settings.user, port: settings.writerPort)
        configuration.unknownReaders = settings.unknownReaders
        if let ports = settings.readerPorts {
            configuration.readers = ports.map { PostgresEndpoint(host: "localhost", port: $0) }
        }
        configuration.database = settings.database ?? configuration.database
        configuration.caFile = settings.caFile ?? configuration.caFile
        configuration.connectTimeout = settings.connectTimeout ?? configuration.connectTimeout
        configuration.lockTimeout = settings.lockTimeout ?? configuration.lockTimeout
        configuration.outTimeout = settings.outTimeout ?? configuration.outTimeout
        change(&configuration)
        guard let logger = settings.logger else {
            return PostgresProvisioner(configuration, owner: settings.owner, secrets: settings.secrets)
        }
        return PostgresProvisioner(configuration, owner: settings.owner, secrets: settings.secrets, logger: logger)
    }

    package func bootstrap(roles: [RoleName], capacity: Int) async throws {
        let master = try await connect(as: "postgres", secret: masterSecret.secret)
        for role in roles {
            try await master.execute("CREATE ROLE \(identifier: role.rawValue) NOLOGIN")
        }
        await master.close()
        try await makeProvisioner(roles: roles, capacity: capacity)
    }

    /// Makes what is missing for a provisioner that may grant these roles, as the master user would.
    func makeProvisioner(roles: [RoleName], capacity: Int = 1_000) async throws {
        _ = try await PostgresBootstrap.run(
            configuration(user: "postgres"),
            secrets: masterSecret,
            login: "sso_provisioner",
            owner: "test",
            roles: Set(roles),
            capacity: capacity,
            dryRun: false
        )
    }

    // MARK: People

    package func logIn(
        as account: AccountName,
        standby: Bool,
        database: String?
    ) async throws -> PostgresConnection {
        let port = standby ? standbyPort : port
        let token = try await IAMStandIn.tokens.secret(host: "localhost", port: port, user: account.rawValue)
        return try await connect(as: account.rawValue, secret: token, port: port, database: database ?? "postgres")
    }

    package func logIn(as account: AccountName, password: Secret) async throws -> PostgresConnection {
        try await connect(as: account.rawValue, secret: password)
    }

    /// Logs in with whatever secret.
    package func connect(
        as user: String,
        secret: Secret,
        port: Int? = nil,
        database: String = "postgres"
    ) async throws -> PostgresConnection {
        try await PostgresConnection.open(options(as: user, port: port, database: database), secret: secret)
    }

    /// Where and as whom to log in.
    package func options(
        as user: String,
        port: Int? = nil,
        database: String = "postgres"
    ) -> PostgresConnectionOptions {
        PostgresConnectionOptions(
            host: "localhost",
            port: port ?? self.port,
            database: database,
            user: user,
            caFile: authority
        )
    }
}
