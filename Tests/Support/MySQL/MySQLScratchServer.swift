// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
package import SSOSyncCore
package import SSOSyncMySQL
import SSOSyncSQL

/// A real MySQL server of a test's own.
package struct MySQLScratchServer: TestServer {
    package let process: ServerProcess

    /// Whose master user the server's has the rights of.
    package enum Master: String, Sendable, CaseIterable {
        case aurora, rds
    }

    /// Makes a server, with a replica if wanted.
    ///
    /// - Parameters:
    ///   - standby: Whether there is to be a replica that serves reads.
    ///   - options: More options of the server, as its command line has them.
    ///   - hasPlugin: Whether it has the plugin that checks login tokens.
    ///   - master: What the master user may do.
    package init(
        standby: Bool = false,
        options: [String] = [],
        hasPlugin: Bool = true,
        master: Master = .aurora
    ) async throws {
        var environment = ["MASTER_OF": master.rawValue]
        if !options.isEmpty { environment["MYSQL_OPTIONS"] = options.joined(separator: " ") }
        if !hasPlugin { environment["PLUGIN"] = "off" }
        process = try await ServerProcess(version: "mysql", standby: standby, environment: environment)
    }

    package var engine: TestEngine { .mysql }
    package var facts: [String: String] { process.facts }
    package var writer: MySQLEndpoint { MySQLEndpoint(host: "localhost", port: port) }
    package var standby: MySQLEndpoint { MySQLEndpoint(host: "localhost", port: standbyPort) }

    /// The master user's password.
    package var masterSecret: StaticSecret { StaticSecret(Secret(process.masterPassword)) }

    /// Runs SQL as the superuser over the server's socket, past everything that is tested, and returns its rows.
    @discardableResult
    package func superuser(_ sql: String, standby: Bool = false) async throws -> [String] {
        try await process.run(
            client: "mysql",
            standby: standby,
            ["--skip-column-names", "--batch", "--raw", "-e", sql]
        )
    }

    package func replay(_ goesOn: Bool) async throws {
        _ = try await superuser(goesOn ? "START REPLICA SQL_THREAD" : "STOP REPLICA SQL_THREAD", standby: true)
    }

    /// Runs SQL with the server's own client as the master user, and stops at the first error.
    package func runAsMaster(_ script: String) async throws {
        let arguments = [
            facts["MYSQL"] ?? "", "--no-defaults", "--host=localhost", "--port=\(port)", "--protocol=TCP",
            "--user=admin",
            "--ssl-mode=VERIFY_IDENTITY", "--ssl-ca=\(authority)", "--execute=\(script)",
        ]
        try await ChildProcess.output(arguments, environment: ["MYSQL_PWD": process.masterPassword])
    }

    // MARK: The provisioner

    /// How the provisioner reaches the server, or some proxy before it.
    package func configuration(user: String = "sso_provisioner", port: Int? = nil) -> MySQLConfiguration {
        var configuration = MySQLConfiguration(
            writer: MySQLEndpoint(host: "localhost", port: port ?? self.port),
            user: user
        )
        configuration.caFile = authority
        if hasStandby { configuration.readers = [standby] }
        return configuration
    }

    package func provisioner(_ settings: ProvisionerSettings) -> any DatabaseProvisioner {
        provisioner(settings) { _ in }
    }

    /// A provisioner of this server, with something that there is for MySQL only.
    package func provisioner(
        _ settings: ProvisionerSettings = ProvisionerSettings(),
        _ change: (inout MySQLConfiguration) -> Void
    ) -> MySQLProvisioner {
        var configuration = configuration(user: settings.user, port: settings.writerPort)
        configuration.unknownReaders = settings.unknownReaders
        if let ports = settings.readerPorts {
            configuration.readers = ports.map { MySQLEndpoint(host: "localhost", port: $0) }
        }
        configuration.caFile = settings.caFile ?? configuration.caFile
        configuration.connectTimeout = settings.connectTimeout ?? configuration.connectTimeout
        configuration.lockTimeout = settings.lockTimeout ?? configuration.lockTimeout
        configuration.outTimeout = settings.outTimeout ?? configuration.outTimeout
        change(&configuration)
        guard let logger = settings.logger else {
            return MySQLProvisioner(configuration, owner: settings.owner, secrets: settings.secrets)
        }
        return MySQLProvisioner(configuration, owner: settings.owner, secrets: settings.secrets, logger: logger)
    }

    package func bootstrap(roles: [RoleName], capacity: Int) async throws {
        let master = try await connect(as: "admin", secret: masterSecret.secret)
        for role in roles { try await master.query("CREATE ROLE \(literal: role.rawValue)") }
        await master.close()
        try await makeProvisioner(roles: roles)
    }

    /// Makes what is missing for a provisioner that may grant these roles, as the master user would.
    @discardableResult
    package func makeProvisioner(login: String = "sso_provisioner", roles: [RoleName]) async throws -> [String] {
        try await MySQLBootstrap.run(
            configuration(user: "admin"),
            secrets: masterSecret,
            login: login,
            roles: Set(roles),
            dryRun: false
        )
    }

    /// Lets the provisioner end sessions by the procedure only that RDS has for it.
    package func limitKilling() async throws {
        try await superuser(
            """
            REVOKE CONNECTION_ADMIN ON *.* FROM sso_provisioner;
            GRANT EXECUTE ON PROCEDURE mysql.rds_kill TO sso_provisioner
            """
        )
    }

    /// The server asks for this right with each grant, so that an open session loses it too.
    package func hinderAdmission(to role: RoleName) async throws {
        try await superuser("REVOKE ROLE_ADMIN ON *.* FROM sso_provisioner")
    }

    package func allowAdmission(to role: RoleName) async throws { try await makeProvisioner(roles: [role]) }

    package func grantAsMaster(_ role: RoleName, to account: AccountName) async throws {
        let master = try await connect(as: "admin", secret: masterSecret.secret)
        try await master.query("GRANT \(literal: role.rawValue) TO \(literal: account.rawValue)")
        await master.close()
    }

    // MARK: People

    package func logIn(as account: AccountName, standby: Bool, database: String?) async throws -> MySQLConnection {
        let port = standby ? standbyPort : port
        let token = try await IAMStandIn.tokens.secret(host: "localhost", port: port, user: account.rawValue)
        let connection = try await connect(as: account.rawValue, secret: token, port: port)
        if let database { try await connection.query("USE \(identifier: database)") }
        return connection
    }

    package func logIn(as account: AccountName, password: Secret) async throws -> MySQLConnection {
        try await connect(as: account.rawValue, secret: password)
    }

    /// Logs in with whatever secret.
    package func connect(as user: String, secret: Secret, port: Int? = nil) async throws -> MySQLConnection {
        let options = MySQLConnectionOptions(
            host: "localhost",
            port: port ?? self.port,
            user: user,
            caFile: authority,
            statementTimeout: 0
        )
        return try await MySQLConnection.open(options, secret: secret)
    }
}
