// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncTestSupport

/// The program, as a process of its own.
struct Tool {
    /// Built beside the tests.
    static let path = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "sso-sync")
        .path()
    static let exists = FileManager.default.isExecutableFile(atPath: path)

    let folder: TemporaryFolder
    /// Or a program that is built with a sanitizer would judge what its libraries leave to the end of the process.
    static let sanitizerOptions = ProcessInfo.processInfo.environment.filter { $0.key.hasSuffix("SAN_OPTIONS") }

    var environment: [String: String] = ["AWS_REGION": "eu-west-1"]

    /// Runs the program in a world, with these targets, and a directory in which nobody is in the group `dba`, `g-1`.
    ///
    /// - Parameter targets: Elements of the list, in YAML.
    static func run(
        _ arguments: [String],
        in world: AWSStandIn.World,
        folder: TemporaryFolder,
        targets: [String]
    ) async throws -> ChildProcess.Outcome {
        let text = """
            version: 1
            owner: prod
            directory: { file: { path: people.yaml } }
            targets:
            \(targets.joined(separator: "\n"))
            """
        try folder.write(text, to: "sso-sync.yaml")
        try folder.write("people: []\ngroups: [{ id: g-1, name: dba, members: [] }]", to: "people.yaml")
        var tool = Tool(folder: folder)
        tool.environment = world.environment.merging(["HOME": folder.path, "AWS_MAX_ATTEMPTS": "1"]) { $1 }
        return try await blocking { [tool] in try tool.run(arguments) }
    }

    func run(_ arguments: String...) throws -> ChildProcess.Outcome { try run(arguments) }

    func run(_ arguments: [String]) throws -> ChildProcess.Outcome {
        let variables = environment.merging(Self.sanitizerOptions) { $1 }.map { "\($0)=\($1)" }
        return try ChildProcess.runBlocking(["-i", "-C", folder.path] + variables + [Self.path] + arguments)
    }
}
