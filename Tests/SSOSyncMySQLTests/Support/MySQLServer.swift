// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncMySQL
import SSOSyncTestSupport
import Testing

/// A real MySQL server of a suite's own.
struct MySQLServer: Sendable {
    let process: ServerProcess

    /// The server of the suite that runs.
    @TaskLocal fileprivate static var ofSuite: MySQLServer?

    init() async throws {
        process = try await ServerProcess(version: "mysql", standby: false)
    }

    /// The running suite's server.
    static func required() throws -> MySQLServer {
        try #require(ofSuite)
    }

    /// A connection of the master user to the running suite's server.
    static func connect() async throws -> MySQLConnection {
        let server = try required()
        return try await MySQLConnection.open(server.options(), secret: server.secret)
    }

    /// The password of the master user.
    var secret: Secret { Secret(process.masterPassword) }

    /// Options of a login, by default as the master user.
    func options(as user: String = "admin", port: Int? = nil) -> MySQLConnectionOptions {
        MySQLConnectionOptions(host: "localhost", port: port ?? process.port, user: user, caFile: process.authority)
    }

    /// Runs SQL as the superuser over the server's socket, past everything that is tested, and returns its rows.
    @discardableResult
    func superuser(_ sql: String) async throws -> [String] {
        try await process.run(client: "mysql", standby: false, ["--batch", "--skip-column-names", "--execute=\(sql)"])
    }

    /// Makes an account that logs in by IAM token.
    func makeAccount(_ user: String) async throws {
        try await superuser("CREATE USER '\(user)'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL")
    }

    /// A login token.
    func token(for user: String) async throws -> Secret {
        try await IAMStandIn.tokens.secret(host: "localhost", port: process.port, user: user)
    }

    /// Waits until the server runs a statement for a connection.
    func waitUntilActive(_ connection: MySQLConnection) async throws {
        try await eventually("the server works on a statement") {
            try await isListed(connection, "AND command = 'Query'")
        }
    }

    /// Whether the server lists a connection.
    func isListed(_ connection: MySQLConnection, _ condition: String = "") async throws -> Bool {
        let list = "SELECT id FROM information_schema.processlist WHERE id = \(connection.connectionId) \(condition)"
        return try await !superuser(list).isEmpty
    }
}

/// Gives a suite a server of its own.
struct MySQLServerTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        let server = try await MySQLServer()
        do {
            try await MySQLServer.$ofSuite.withValue(server) { try await function() }
        } catch {
            try await server.process.drop()
            throw error
        }
        try await server.process.drop()
    }
}

extension Trait where Self == MySQLServerTrait {
    /// A server of the suite's own.
    static var server: Self { Self() }
}
