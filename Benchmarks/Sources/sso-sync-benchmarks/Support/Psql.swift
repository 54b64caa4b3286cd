// SPDX-License-Identifier: Apache-2.0

import Foundation

/// psql, logged in as the provisioner by token and over verified TLS: what a person with the same rights would run.
struct Psql {
    let server: Server
    let user: String

    /// How statements are handed to psql.
    enum Batching: String, CaseIterable {
        /// All of them as one message: one round trip (`\;` between them).
        case oneMessage = "one message"
        /// One message for each of them.
        case oneByOne = "a message each"
    }

    /// Runs the statements of one transaction.
    ///
    /// - Returns: How long the process took, from its start to its end.
    func run(_ statements: [String], _ batching: Batching) async throws -> Double {
        let file = try TemporaryFile(Self.text(statements, batching))
        return try await run(["-f", file.path])
    }

    func run(_ arguments: [String]) async throws -> Double {
        let environment = try await server.environment(user: user)
        return try await seconds { try Program.output(Self.command(server) + arguments, environment: environment) }
    }

    /// Runs statements.
    ///
    /// - Returns: How long they took, without connecting, as psql says it.
    func timeStatements(_ statements: [String], _ batching: Batching) async throws -> Double {
        let file = try TemporaryFile("\\timing on\nSELECT 1;\n" + Self.text(statements, batching))
        let environment = try await server.environment(user: user)
        let output = try Program.output(Self.command(server) + ["-f", file.path], environment: environment)
        let times = output.split(separator: "\n").filter { $0.hasPrefix("Time: ") }.compactMap { line in
            Double(line.dropFirst(6).prefix { $0.isNumber || $0 == "." })
        }
        guard times.count >= 2 else { throw Trouble("psql tells no times: \(output)") }
        return times.dropFirst().reduce(0, +) / 1_000
    }

    private static func command(_ server: Server) -> [String] { [server.psql, "-X", "-q", "-v", "ON_ERROR_STOP=1"] }

    private static func text(_ statements: [String], _ batching: Batching) -> String {
        switch batching {
        case .oneByOne: statements.joined(separator: "\n") + "\n"
        case .oneMessage:
            statements.map { $0.hasSuffix(";") ? String($0.dropLast()) : $0 }.joined(separator: "\\;\n") + ";\n"
        }
    }
}
