// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncCore
import SSOSyncPostgres
import Testing

/// A real PostgreSQL server of one suite, made and dropped by dev/servers.
struct TestServer: Sendable {
    /// The server of the suite that runs.
    @TaskLocal static var current: TestServer?

    /// Whether servers can be made here.
    static var isAvailable: Bool { FileManager.default.isExecutableFile(atPath: script) }

    /// `SSOSYNC_TEST_POSTGRES` in the environment chooses the version.
    static var version: String { ProcessInfo.processInfo.environment["SSOSYNC_TEST_POSTGRES"] ?? "15" }

    private static let script = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("dev/servers").path

    private let name: String
    private let facts: [String: String]

    /// Makes a server.
    init() throws {
        name = "test-" + UUID().uuidString.prefix(8).lowercased()
        let lines = try ChildProcess.run([Self.script, "new", name, Self.version])
        facts = Dictionary(
            lines.compactMap { line in
                guard let equals = line.firstIndex(of: "=") else { return nil }
                return (String(line[..<equals]), String(line[line.index(after: equals)...]))
            },
            uniquingKeysWith: { $1 }
        )
    }

    /// Stops and removes it.
    func drop() throws {
        _ = try ChildProcess.run([Self.script, "drop", name])
    }

    /// Runs SQL as the superuser, past everything that is tested here.
    @discardableResult
    func superuser(_ sql: String) throws -> [String] {
        try ChildProcess.run([Self.script, "psql", name, "-X", "-q", "-A", "-t", "-c", sql])
    }

    /// The password of the master user.
    var secret: Secret { Secret(facts["MASTER_PASSWORD"] ?? "") }

    /// The file with the authority.
    var authority: String { facts["CA"] ?? "" }

    /// An authority that signed nothing.
    var otherAuthority: String { facts["OTHER_CA"] ?? "" }

    /// The TCP port.
    var port: Int { facts["PORT"].flatMap { Int($0) } ?? 0 }

    /// Options of a login as the master user.
    var options: PostgresConnectionOptions {
        PostgresConnectionOptions(
            host: facts["HOST"] ?? "",
            port: port,
            user: facts["MASTER"] ?? "",
            caFile: authority
        )
    }

    /// The running suite's server.
    static func required() throws -> TestServer {
        try #require(current)
    }

    /// A connection to the running suite's server.
    static func connect() async throws -> PostgresConnection {
        let server = try required()
        return try await PostgresConnection.open(server.options, secret: server.secret)
    }
}

/// Gives a suite a server of its own.
struct TestServerTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        let server = try TestServer()
        defer { try? server.drop() }
        try await TestServer.$current.withValue(server) { try await function() }
    }
}

extension Trait where Self == TestServerTrait {
    /// A server of the suite's own.
    static var server: Self { Self() }
}
