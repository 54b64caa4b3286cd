// SPDX-License-Identifier: Apache-2.0

import Foundation
package import SSOSyncAWS
package import SSOSyncCore
package import SSOSyncPostgres
import SSOSyncSQL

/// A real PostgreSQL server of a test's own, made and removed by `dev/servers`.
package struct ScratchServer: Sendable {
    package let name: String
    package let version: Int
    package let facts: [String: String]

    private static let script = ChildProcess.servers

    /// Makes a server, with a streaming standby if wanted.
    package init(version: Int, standby: Bool = false, environment: [String: String] = [:]) async throws {
        name = "t-" + UUID().uuidString.prefix(12).lowercased()
        self.version = version
        let arguments = [Self.script, "new", name, "\(version)"] + (standby ? ["--standby"] : [])
        let text = try await ChildProcess.output(arguments, environment: environment)
        facts = Dictionary(
            text.split(separator: "\n").compactMap { line in
                let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2 else { return nil }
                let value = parts[1].trimmingCharacters(in: CharacterSet(charactersIn: "'\""))
                return (String(parts[0]), value)
            },
            uniquingKeysWith: { $1 }
        )
    }

    /// Stops and removes it.
    package func drop() async throws {
        try await ChildProcess.output([Self.script, "drop", name])
    }

    /// Sends a signal to the server and all its backends.
    package func signal(_ signal: String, standby: Bool = false) async throws {
        try await ChildProcess.output([Self.script, "signal", name, signal] + (standby ? ["--standby"] : []))
    }

    /// Starts it again after it was killed.
    package func restart(standby: Bool = false) async throws {
        try await ChildProcess.output([Self.script, "restart", name] + (standby ? ["--standby"] : []))
    }

    /// Runs SQL as the superuser over the server's socket, past everything that is tested, and returns its rows.
    @discardableResult
    package func superuser(_ sql: String, database: String = "postgres", standby: Bool = false) async throws -> [String]
    {
        let arguments =
            [Self.script, "psql", name] + (standby ? ["--standby"] : [])
            + ["-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql]
        return try await ChildProcess.output(arguments).split(separator: "\n").map(String.init)
    }

    package var port: Int { facts["PORT"].flatMap(Int.init) ?? 0 }
    package var standbyPort: Int { facts["STANDBY_PORT"].flatMap(Int.init) ?? 0 }
    package var authority: String { facts["CA"] ?? "" }
    /// An authority that signed nothing.
    package var otherAuthority: String { facts["OTHER_CA"] ?? "" }
    package var writer: PostgresEndpoint { PostgresEndpoint(host: "localhost", port: port) }
    package var standby: PostgresEndpoint { PostgresEndpoint(host: "localhost", port: standbyPort) }

    /// The key that the servers' stand-in for IAM knows.
    package static let credentials = Credentials(
        accessKeyId: "AKIDTESTTESTTEST0001",
        secretAccessKey: "secretsecretsecretsecret"
    )

    /// Login tokens of whoever is asked for.
    package static let tokens = RDSLoginTokenProvider(
        region: "eu-west-1",
        credentials: StaticCredentialsProvider(credentials)
    )

    /// The master user's password.
    package var masterSecret: StaticSecret { StaticSecret(Secret(facts["MASTER_PASSWORD"] ?? "")) }

    /// How the provisioner reaches the server, or some proxy before it.
    package func configuration(user: String = "sso_provisioner", port: Int? = nil) -> PostgresConfiguration {
        var configuration = PostgresConfiguration(
            writer: PostgresEndpoint(host: "localhost", port: port ?? self.port),
            user: user
        )
        configuration.caFile = authority
        if standbyPort != 0 { configuration.readers = [standby] }
        return configuration
    }

    /// Makes the mapped roles and the provisioner, as the master user would.
    package func bootstrap(
        roles: [RoleName],
        owner: DeploymentOwner = "test",
        login: String = "sso_provisioner",
        capacity: Int = 1_000
    ) async throws {
        let master = try await connect(as: "postgres", secret: masterSecret.secret)
        for role in roles {
            try await master.execute("CREATE ROLE \(identifier: role.rawValue) NOLOGIN")
        }
        await master.close()
        _ = try await PostgresBootstrap.run(
            configuration(user: "postgres"),
            secrets: masterSecret,
            login: login,
            owner: owner,
            roles: Set(roles),
            capacity: capacity,
            dryRun: false
        )
    }

    /// Logs in by IAM token, as a person would.
    package func logIn(
        as user: String,
        standby: Bool = false,
        database: String = "postgres"
    ) async throws -> PostgresConnection {
        let port = standby ? standbyPort : port
        let token = try await Self.tokens.secret(host: "localhost", port: port, user: user)
        return try await connect(as: user, secret: token, port: port, database: database)
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

/// One secret for every login.
package struct StaticSecret: LoginSecretProvider {
    package let secret: Secret
    package init(_ secret: Secret) { self.secret = secret }
    package func secret(host: String, port: Int, user: String) async throws -> Secret { secret }
}
