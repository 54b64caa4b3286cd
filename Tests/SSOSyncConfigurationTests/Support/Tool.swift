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
    private static let sanitizerOptions = ProcessInfo.processInfo.environment.filter { $0.key.hasSuffix("SAN_OPTIONS") }

    var environment: [String: String] = ["AWS_REGION": "eu-west-1"]

    func run(_ arguments: String...) throws -> ChildProcess.Outcome { try run(arguments) }

    func run(_ arguments: [String]) throws -> ChildProcess.Outcome {
        let variables = environment.merging(Self.sanitizerOptions) { $1 }.map { "\($0)=\($1)" }
        return try ChildProcess.runBlocking(["-i", "-C", folder.path] + variables + [Self.path] + arguments)
    }
}
