// SPDX-License-Identifier: Apache-2.0

import Foundation

/// `sso-sync serve`, beside a test.
package final class ServeProcess: Sendable {
    /// What the health file says.
    package struct Health: Decodable, Sendable, Hashable {
        package struct Run: Decodable, Sendable, Hashable {
            package let run: String
            package let verdict: String
            package let finishedAt: String
        }

        package let version: Int
        package let startedAt: String
        package let time: String
        package let lastRun: Run?
        package let lastFullRun: Run?
        package let lastGoodFullRun: String?
    }

    /// The name of the health file, in the folder that it runs in.
    private static let healthFile = "health.json"

    private let folder: TemporaryFolder
    private let process: BackgroundProcess

    /// Starts it.
    ///
    /// - Parameters:
    ///   - tool: The program.
    ///   - folder: Where it runs, beside its configuration; its output and its health file are there, too.
    ///   - environment: More variables.
    ///   - options: What it is given.
    package init(
        _ tool: String,
        in folder: TemporaryFolder,
        environment: [String: String] = [:],
        _ options: [String]
    ) throws {
        self.folder = folder
        for name in [Self.healthFile, "out", "err"] { try? FileManager.default.removeItem(atPath: folder.file(name)) }
        let variables = environment.map { "\($0)=\($1)" }
        let script = #"exec "$0" serve "$@" >out 2>err"#
        process = try BackgroundProcess(
            ["env", "-C", folder.path] + variables + ["sh", "-c", script, tool, "--health-file", Self.healthFile]
                + options
        )
    }

    /// What it has logged.
    package var log: String { String(decoding: folder.contents("err"), as: UTF8.self) }

    /// What it has written to standard output, line by line.
    package var output: [String] {
        String(decoding: folder.contents("out"), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// What the health file says; nil if there is none.
    ///
    /// - Throws: If it is anything else, such as half of one.
    package func health() throws -> Health? {
        let bytes = folder.contents(Self.healthFile)
        return bytes.isEmpty ? nil : try JSONDecoder().decode(Health.self, from: Data(bytes))
    }

    /// How it ended; nil if it goes on.
    package var status: Int32? { process.status }

    /// Sends it a signal.
    package func send(_ signal: Int32) { process.send(signal) }

    /// Waits for a condition, and says what was logged if it does not come true in time.
    package func eventually(
        _ what: String,
        within limit: Duration = .seconds(60),
        _ condition: (ServeProcess) async throws -> Bool
    ) async throws {
        do {
            try await SSOSyncTestSupport.eventually(what, within: limit) { try await condition(self) }
        } catch let error as NeverHappened {
            throw NeverHappened(
                description: "\(error.description); \(status.map { "it ended with \($0); " } ?? "")\(log)"
            )
        }
    }

    /// Asks it to end, and waits for that.
    ///
    /// - Returns: How it ended.
    package func end(within limit: Duration = .seconds(20)) async throws -> Int32 {
        send(SIGTERM)
        try await eventually("it ends", within: limit) { $0.status != nil }
        return status ?? -1
    }
}
