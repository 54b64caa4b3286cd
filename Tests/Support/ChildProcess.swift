// SPDX-License-Identifier: Apache-2.0

package import Foundation

/// A program that a test runs to its end.
package enum ChildProcess {
    /// What a program left behind.
    package struct Outcome: Sendable {
        package let status: Int32
        package let output: String
        package let errors: String
    }

    /// The program could not be started, or failed.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// The repository's root.
    package static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The program that makes servers for tests.
    package static let servers = root.appendingPathComponent("dev/servers").path

    /// Runs a program and waits for it, without blocking a thread of the cooperative pool.
    package static func run(
        _ arguments: [String],
        environment: [String: String] = [:]
    ) async throws -> Outcome {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try runBlocking(arguments, environment: environment) })
            }
        }
    }

    /// Runs a program, and throws what it wrote to standard error if it fails.
    @discardableResult
    package static func output(_ arguments: [String], environment: [String: String] = [:]) async throws -> String {
        let outcome = try await run(arguments, environment: environment)
        guard outcome.status == 0 else {
            throw Failure(description: "\(arguments.joined(separator: " ")): \(outcome.status): \(outcome.errors)")
        }
        return outcome.output
    }

    /// Runs a program and waits for it.
    static func runBlocking(_ arguments: [String], environment: [String: String] = [:]) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        // Files, not pipes: what the program starts in the background may keep a pipe open for ever.
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = ["out", "err"].map { folder.appendingPathComponent($0) }
        for file in files { try Data().write(to: file) }
        process.standardOutput = try FileHandle(forWritingTo: files[0])
        process.standardError = try FileHandle(forWritingTo: files[1])
        try process.run()
        process.waitUntilExit()
        let texts = try files.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
        return Outcome(status: process.terminationStatus, output: texts[0], errors: texts[1])
    }
}
