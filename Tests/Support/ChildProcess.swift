// SPDX-License-Identifier: Apache-2.0

package import Foundation

/// A program that a test runs to its end; one that runs beside the test is a ``BackgroundProcess``.
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
        package init(description: String) { self.description = description }
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
        try await blocking { try runBlocking(arguments, environment: environment) }
    }

    /// Runs a program, and throws what it wrote to standard error if it fails.
    @discardableResult
    package static func output(_ arguments: [String], environment: [String: String] = [:]) async throws -> String {
        try await blocking { try outputBlocking(arguments, environment: environment) }
    }

    /// Runs a program, and throws what it wrote to standard error if it fails.
    @discardableResult
    package static func outputBlocking(_ arguments: [String], environment: [String: String] = [:]) throws -> String {
        let outcome = try runBlocking(arguments, environment: environment)
        guard outcome.status == 0 else {
            throw Failure(description: "\(arguments.joined(separator: " ")): \(outcome.status): \(outcome.errors)")
        }
        return outcome.output
    }

    /// Runs a program and waits for it.
    package static func runBlocking(
        _ arguments: [String],
        environment: [String: String] = [:],
        input: String = ""
    ) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        // Files, not pipes: what the program starts in the background may keep a pipe open for ever.
        let folder = try TemporaryFolder()
        process.standardInput = FileHandle(forReadingAtPath: try folder.write(input, to: "in"))
        process.standardOutput = FileHandle(forWritingAtPath: try folder.write("", to: "out"))
        process.standardError = FileHandle(forWritingAtPath: try folder.write("", to: "err"))
        try process.run()
        process.waitUntilExit()
        let texts = ["out", "err"].map { String(decoding: folder.contents($0), as: UTF8.self) }
        return Outcome(status: process.terminationStatus, output: texts[0], errors: texts[1])
    }
}
