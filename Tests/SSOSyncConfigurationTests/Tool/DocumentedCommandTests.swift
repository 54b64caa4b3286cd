// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncTestSupport
import Testing

/// What the documentation has people type.
@Suite(.enabled(if: Tool.exists, "the program is not built beside the tests"), .timeLimit(.minutes(2)))
struct DocumentedCommandTests {
    /// The command lines of the pages, and of live checks those in tables, too, whoever runs them.
    private static func commands() throws -> [String] {
        let root = ChildProcess.root
        let pages = try FileManager.default.contentsOfDirectory(atPath: root.appending(path: "Docs").path)
            .filter { $0.hasSuffix(".md") }.sorted().map { "Docs/\($0)" }
        return try (["README.md"] + pages).flatMap { page in
            let text = try String(contentsOf: root.appending(path: page), encoding: .utf8)
            // Those below an item of a list stand further in.
            let code = text.split(separator: "\n").filter { $0.hasPrefix("    ") }.map { $0.drop { $0 == " " } }
            let blocks = code.filter { $0.hasPrefix("sso-sync ") }.map(String.init)
            let cells =
                page == "Docs/live-checks.md"
                ? text.matches(of: /`(?:ann )?(sso-sync [^`]+)`/).map { String($0.1) } : []
            return blocks + cells
        }
    }

    @Test func `the program takes each command line of the documentation`() async throws {
        let folder = try TemporaryFolder()
        let variables = Tool.sanitizerOptions.merging([
            "PATH": "\((Tool.path as NSString).deletingLastPathComponent):/usr/bin:/bin", "HOME": folder.path,
            "AWS_REGION": "eu-west-1", "AWS_EC2_METADATA_DISABLED": "true",
        ]) { $1 }
        let commands = try Self.commands()
        #expect(commands.count > 30)
        for command in commands {
            // That of removals is shorter than that of a plan.
            let line = command.replacing("--allow-removals HASH", with: "--allow-removals 0123456789abcdef")
                .replacing("HASH", with: String(repeating: "a", count: 64))
            let arguments = ["-i", "-C", folder.path] + variables.map { "\($0)=\($1)" } + ["bash", "-c", line]
            let outcome = try await blocking { try ChildProcess.runBlocking(arguments) }
            // It fails for want of a configuration, or of credentials.
            #expect([4, 78].contains(outcome.status), "\(line): \(outcome)")
        }
    }
}
