// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncCore

/// A database server of a benchmark's own, durable as a real one, made and removed by `dev/servers`.
struct Server: Sendable {
    static let script = Repository.root + "/dev/servers"

    let engine: any Engine
    let name: String
    let facts: [String: String]

    private init(_ engine: any Engine) throws {
        self.engine = engine
        name = "b-" + UUID().uuidString.prefix(12).lowercased()
        let text = try Program.output([Self.script, "new", name, engine.version], environment: ["FSYNC": "on"])
        let lines = text.split(separator: "\n").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
        facts = Dictionary(lines.filter { $0.count == 2 }.map { ($0[0], $0[1]) }, uniquingKeysWith: { $1 })
    }

    /// Makes a server for the time that the body takes.
    static func with<Value>(_ engine: any Engine, _ body: (Server) async throws -> Value) async throws -> Value {
        let server = try Server(engine)
        CleanUp.add(server: server.name)
        let result: Result<Value, any Error>
        do { result = .success(try await body(server)) } catch { result = .failure(error) }
        try Program.output([script, "drop", server.name])
        CleanUp.remove(server: server.name)
        return try result.get()
    }

    func restart() throws { try Program.output([Self.script, "restart", name]) }

    var port: Int { facts["PORT"].flatMap(Int.init) ?? 0 }
    var authority: String { facts["CA"] ?? "" }

    /// Runs SQL as the superuser over the server's socket, past everything that is measured, and returns its rows.
    @discardableResult
    func superuser(_ statements: String...) throws -> [String] {
        let file = try TemporaryFile(statements.joined(separator: ";\n") + ";\n")
        let arguments = [Self.script] + engine.superuserArguments(server: name)
        return try Program.output(arguments, reading: file).split(separator: "\n").map(String.init)
    }

    /// The number that a query answers.
    func count(_ query: String) throws -> Int {
        let rows = try superuser(query)
        guard let count = rows.first.flatMap({ Int($0) }) else { throw Trouble("\(rows) is no number: \(query)") }
        return count
    }

    func settle() async throws { try await engine.settle(self) }
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

    func token(_ user: String) async throws -> String {
        try await Self.tokens.secret(host: "localhost", port: port, user: user).exposed
    }

    /// What the master user logs in with.
    var masterSecret: any LoginSecretProvider { StaticSecret(value: facts["MASTER_PASSWORD"] ?? "") }
    var master: String { facts["MASTER"] ?? "postgres" }
}

/// One secret for every login.
private struct StaticSecret: LoginSecretProvider {
    let value: String
    func secret(host: String, port: Int, user: String) async throws -> Secret { Secret(value) }
}

/// A file that is gone when nobody needs it any more.
final class TemporaryFile: Sendable {
    let path: String

    init(_ text: String, suffix: String = ".sql") throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString + suffix).path
        try text.write(toFile: path, atomically: false, encoding: .utf8)
    }

    func open() throws -> FileHandle { try FileHandle(forReadingFrom: URL(fileURLWithPath: path)) }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
