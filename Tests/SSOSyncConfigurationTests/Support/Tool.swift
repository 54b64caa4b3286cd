// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The program, as a process of its own.
struct Tool {
    struct Result {
        let status: Int32
        let output: String
        let errors: String
    }

    /// Built beside the tests.
    static let path = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "sso-sync")
        .path()
    static let exists = FileManager.default.isExecutableFile(atPath: path)

    let folder: TemporaryFolder
    var environment: [String: String] = ["AWS_REGION": "eu-west-1"]

    func run(_ arguments: String...) throws -> Result {
        let process = Process()
        process.executableURL = URL(filePath: Self.path)
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: folder.path)
        process.environment = environment
        // Files, since a pipe that nobody reads fills up.
        let files = ["out", "err"].map { "\(folder.path)/\($0)-\(UUID().uuidString)" }
        for file in files { try Data().write(to: URL(filePath: file)) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: files[0])
        process.standardError = FileHandle(forWritingAtPath: files[1])
        try process.run()
        process.waitUntilExit()
        let texts = try files.map { try String(contentsOfFile: $0, encoding: .utf8) }
        return Result(status: process.terminationStatus, output: texts[0], errors: texts[1])
    }
}
