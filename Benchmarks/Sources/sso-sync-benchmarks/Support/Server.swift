// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncCore
import SSOSyncPostgres

/// A PostgreSQL server of a benchmark's own, durable as a real one, made and removed by `dev/servers`.
struct Server: Sendable {
    static let script = Repository.root + "/dev/servers"

    let name: String
    let facts: [String: String]

    private init(version: Int) throws {
        name = "b-" + UUID().uuidString.prefix(12).lowercased()
        let text = try Program.output([Self.script, "new", name, "\(version)"], environment: ["FSYNC": "on"])
        let lines = text.split(separator: "\n").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
        facts = Dictionary(lines.filter { $0.count == 2 }.map { ($0[0], $0[1]) }, uniquingKeysWith: { $1 })
    }

    /// Makes a server for the time that the body takes.
    static func with<Value>(_ version: Int, _ body: (Server) async throws -> Value) async throws -> Value {
        let server = try Server(version: version)
        CleanUp.add(server: server.name)
        let result: Result<Value, any Error>
        do { result = .success(try await body(server)) } catch { result = .failure(error) }
        try Program.output([script, "drop", server.name])
        CleanUp.remove(server: server.name)
        return try result.get()
    }

    func restart() throws { try Program.output([Self.script, "restart", name]) }

    var port: Int { facts["PORT"].flatMap(Int.init) ?? 0 }

    /// Runs SQL as the superuser over the server's socket, past everything that is measured, and returns its rows.
    @discardableResult
    func superuser(_ statements: String...) throws -> [String] {
        let file = try TemporaryFile(statements.joined(separator: ";\n") + ";\n")
        let arguments = [Self.script, "psql", name, "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", file.path]
        return try Program.output(arguments).split(separator: "\n").map(String.init)
    }

    /// Writes everything out and brings the catalogues in order, so that no round pays for the one before.
    func settle() throws {
        let catalogues = ["pg_authid", "pg_auth_members", "pg_shdescription", "pg_shdepend"]
        try superuser((catalogues.map { "VACUUM \($0)" } + ["CHECKPOINT"]).joined(separator: ";\n"))
        // Whoever connects first now reads catalogues without indexes to find out who is in rds_iam; from PostgreSQL 16 on
        // the provisioner is so by way of every account, and would wait for seconds. This one is by way of none.
        try superuser("SELECT 1")
    }
}

// MARK: Logging in

extension Server {
    /// The key that the servers' stand-in for IAM knows.
    static let credentials = Credentials(
        accessKeyId: "AKIDTESTTESTTEST0001",
        secretAccessKey: "secretsecretsecretsecret"
    )
    static let region = "eu-west-1"
    static let tokens = RDSLoginTokenProvider(region: region, credentials: StaticCredentialsProvider(credentials))

    /// How the provisioner reaches the server, or a proxy before it.
    func configuration(user: String, port: Int? = nil) -> PostgresConfiguration {
        var configuration = PostgresConfiguration(
            writer: PostgresEndpoint(host: "localhost", port: port ?? self.port),
            user: user
        )
        configuration.caFile = facts["CA"]
        return configuration
    }

    /// The environment in which psql logs in by token over verified TLS.
    func environment(user: String) async throws -> [String: String] {
        let token = try await Self.tokens.secret(host: "localhost", port: port, user: user)
        return [
            "PGHOST": "localhost", "PGPORT": "\(port)", "PGDATABASE": "postgres", "PGUSER": user,
            "PGPASSWORD": token.exposed, "PGSSLMODE": "verify-full", "PGSSLROOTCERT": facts["CA"] ?? "",
            "PGGSSENCMODE": "disable",
        ]
    }

    /// psql, if there is one that needs no wrapper: a shell script would be measured too.
    var psql: String { Self.installedPsql ?? facts["PSQL"] ?? "psql" }

    private static let installedPsql = (15...18).map { "/usr/lib/postgresql/\($0)/bin/psql" }
        .first { FileManager.default.isExecutableFile(atPath: $0) }
}

/// A file that is gone when nobody needs it any more.
final class TemporaryFile: Sendable {
    let path: String

    init(_ text: String, suffix: String = ".sql") throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString + suffix).path
        try text.write(toFile: path, atomically: false, encoding: .utf8)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
