// SPDX-License-Identifier: Apache-2.0

import Foundation

/// `mysql`, Oracle's client.
struct MySQLClient: ClientProgram {
    let name = "mysql"

    func command(for server: Server, user: String) -> [String] {
        Self.start(server.facts["MYSQL"] ?? "mysql") + [
            "--no-defaults", "--batch", "--skip-column-names", "--unbuffered", "--protocol=TCP",
            "--enable-cleartext-plugin", "--ssl-mode=VERIFY_IDENTITY", "--ssl-ca=\(server.authority)",
            "--host=localhost", "--port=\(server.port)", "--user=\(user)",
        ]
    }

    /// What the script around the client would start, or the script would be measured too.
    ///
    /// `dev/servers` puts one around each program that needs the C library which it came with.
    private static func start(_ script: String) -> [String] {
        let programs = URL(fileURLWithPath: script).deletingLastPathComponent()
        let program = programs.appendingPathComponent(".real/mysql")
        let libraries = programs.deletingLastPathComponent().appendingPathComponent("lib")
        let loader = files(libraries).filter { $0.lastPathComponent.contains("-linux-gnu") }.flatMap(files)
            .first { $0.lastPathComponent.hasPrefix("ld-linux") }
        guard let loader, FileManager.default.isExecutableFile(atPath: program.path) else { return [script] }
        return [loader.path, "--library-path", loader.deletingLastPathComponent().path, program.path]
    }

    private static func files(_ folder: URL) -> [URL] {
        (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
    }

    func environment(for server: Server, user: String) async throws -> [String: String] {
        ["MYSQL_PWD": try await server.token(user)]
    }

    /// The client takes what stands between two delimiters for one statement, and sends it as it is.
    func text(_ statements: [String], _ batching: Client.Batching) -> String {
        let text = statements.joined(separator: "\n") + "\n"
        return switch batching {
        case .oneByOne: text
        case .oneMessage: "delimiter $$\n\(text)$$\ndelimiter ;\n"
        }
    }

    func timed(_ text: String) -> String { Self.clock + text + Self.clock }

    private static let clock = "SELECT CONCAT('Time: ', UNIX_TIMESTAMP(SYSDATE(6)));\n"

    func time(_ output: String) -> Double? {
        let lines = output.split(separator: "\n").filter { $0.hasPrefix("Time: ") }
        let times = lines.compactMap { Double($0.dropFirst(6)) }
        return times.count == 2 ? times[1] - times[0] : nil
    }
}
