// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A throw-away server of whatever engine, made and removed by `dev/servers`.
package struct ServerProcess: Sendable {
    package let name: String
    /// What `dev/servers` says about it: ports, files, passwords.
    package let facts: [String: String]

    private static let script = ChildProcess.servers

    /// Makes a server, with a standby if wanted.
    ///
    /// - Parameters:
    ///   - version: What `dev/servers new` is to make.
    ///   - standby: Whether there is to be a replica that serves reads.
    package init(version: String, standby: Bool) async throws {
        name = "t-" + UUID().uuidString.prefix(12).lowercased()
        let arguments = [Self.script, "new", name, version] + (standby ? ["--standby"] : [])
        let text = try await ChildProcess.output(arguments)
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

    /// Runs the engine's own client as the superuser over the server's socket, and returns the rows that it prints.
    ///
    /// - Parameters:
    ///   - client: The word of `dev/servers` for the client.
    ///   - standby: Whether to ask the standby.
    ///   - arguments: For the client.
    package func run(client: String, standby: Bool, _ arguments: [String]) async throws -> [String] {
        let command = [Self.script, client, name] + (standby ? ["--standby"] : [])
        return try await ChildProcess.output(command + arguments).split(separator: "\n").map(String.init)
    }

    package var port: Int { facts["PORT"].flatMap(Int.init) ?? 0 }
    package var standbyPort: Int { facts["STANDBY_PORT"].flatMap(Int.init) ?? 0 }
    package var authority: String { facts["CA"] ?? "" }
    /// An authority that signed nothing.
    package var otherAuthority: String { facts["OTHER_CA"] ?? "" }
    package var masterPassword: String { facts["MASTER_PASSWORD"] ?? "" }
}
