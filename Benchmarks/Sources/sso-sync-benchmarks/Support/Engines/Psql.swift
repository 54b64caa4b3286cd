// SPDX-License-Identifier: Apache-2.0

import Foundation

struct Psql: ClientProgram {
    let name = "psql"

    func command(for server: Server, user: String) -> [String] {
        [Self.installed ?? server.facts["PSQL"] ?? "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", user]
    }

    /// One that needs no wrapper, if there is any: a shell script would be measured too.
    private static let installed = (15...18).map { "/usr/lib/postgresql/\($0)/bin/psql" }
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    func environment(for server: Server, user: String) async throws -> [String: String] {
        [
            "PGHOST": "localhost", "PGPORT": "\(server.port)", "PGDATABASE": "postgres",
            "PGPASSWORD": try await server.token(user), "PGSSLMODE": "verify-full", "PGSSLROOTCERT": server.authority,
            "PGGSSENCMODE": "disable",
        ]
    }

    func text(_ statements: [String], _ batching: Client.Batching) -> String {
        switch batching {
        case .oneByOne: statements.joined(separator: "\n") + "\n"
        case .oneMessage:
            statements.map { $0.hasSuffix(";") ? String($0.dropLast()) : $0 }.joined(separator: "\\;\n") + ";\n"
        }
    }

    func timed(_ text: String) -> String { "\\timing on\nSELECT 1;\n" + text }

    func time(_ output: String) -> Double? {
        let times = output.split(separator: "\n").filter { $0.hasPrefix("Time: ") }.compactMap { line in
            Double(line.dropFirst(6).prefix { $0.isNumber || $0 == "." })
        }
        return times.count >= 2 ? times.dropFirst().reduce(0, +) / 1_000 : nil
    }
}
