// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A program that the tests start, with its output as lines.
final class ChildProcess {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let process = Process()
    private let output = Pipe()
    private var buffer: [UInt8] = []

    /// Starts a program that is looked up in the PATH.
    init(_ arguments: [String]) throws {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    deinit {
        process.terminate()
    }

    /// The next line of its output, or nil at the end.
    func readLine() -> String? {
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                defer { buffer.removeSubrange(...end) }
                return String(decoding: buffer[..<end], as: UTF8.self)
            }
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { return nil }
            buffer.append(contentsOf: data)
        }
    }

    /// Ends it.
    func stop() {
        process.terminate()
        process.waitUntilExit()
    }

    /// Runs a program to its end.
    /// - Returns: the lines of its output.
    static func run(_ arguments: [String]) throws -> [String] {
        let child = try ChildProcess(arguments)
        var lines: [String] = []
        while let line = child.readLine() { lines.append(line) }
        child.process.waitUntilExit()
        guard child.process.terminationStatus == 0 else {
            throw Failure(description: "\(arguments) ended with \(child.process.terminationStatus)")
        }
        return lines
    }
}
