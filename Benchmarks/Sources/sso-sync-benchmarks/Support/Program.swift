// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The repository that this package is in.
enum Repository {
    static let root = URL(fileURLWithPath: #filePath).pathComponents.dropLast(5).joined(separator: "/")
        .replacingOccurrences(of: "//", with: "/")
}

/// Another program, run as a process.
final class Program {
    let pid: pid_t
    private let folder: URL

    /// Starts it, with its output in files: a pipe would have to be read, which takes time of the measurement.
    ///
    /// - Parameters:
    ///   - input: What it reads; nothing by default.
    ///   - output: What it writes to, if somebody waits for that.
    init(
        _ arguments: [String],
        environment: [String: String] = [:],
        input: FileHandle = .nullDevice,
        output: FileHandle? = nil
    ) throws {
        guard let program = arguments.first else { throw Trouble("which program?") }
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input.fileDescriptor, 0)
        for (descriptor, name) in [(1, "out"), (2, "err")] {
            let path = folder.appendingPathComponent(name).path
            posix_spawn_file_actions_addopen(&actions, Int32(descriptor), path, O_CREAT | O_WRONLY | O_TRUNC, 0o600)
        }
        if let output { posix_spawn_file_actions_adddup2(&actions, output.fileDescriptor, 1) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        Self.takeSignals(&attributes)
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
        var pid: pid_t = 0
        let status = Self.withPointers(arguments) { arguments in
            Self.withPointers(variables) { posix_spawnp(&pid, program, &actions, &attributes, arguments, $0) }
        }
        self.pid = pid
        guard status == 0 else { throw Trouble("\(program): \(String(cString: strerror(status)))") }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Waits for its end.
    ///
    /// - Returns: Its exit status.
    func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
    }

    func stop() {
        kill(pid, SIGTERM)
        _ = wait()
    }

    var output: String { text("out") }
    var errors: String { text("err") }

    private func text(_ name: String) -> String {
        (try? String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)) ?? ""
    }

    /// What this process ignores or blocks, a new one would ignore or block too.
    private static func takeSignals(_ attributes: inout posix_spawnattr_t) {
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for number in [SIGINT, SIGTERM] { sigaddset(&signals, number) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    }

    private static func withPointers<Value>(
        _ strings: [String],
        _ body: ([UnsafeMutablePointer<CChar>?]) -> Value
    ) -> Value {
        let pointers = strings.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return body(pointers)
    }

    /// Runs a program to its end.
    ///
    /// - Parameter file: What it reads; nothing by default.
    /// - Returns: What it wrote to standard output.
    @discardableResult
    static func output(
        _ arguments: [String],
        environment: [String: String] = [:],
        reading file: TemporaryFile? = nil
    ) throws -> String {
        let input = try file?.open() ?? .nullDevice
        let program = try Program(arguments, environment: environment, input: input)
        let status = program.wait()
        guard status == 0 else {
            throw Trouble("\(arguments.prefix(4).joined(separator: " ")) ended with \(status): \(program.errors)")
        }
        return program.output
    }
}

/// What people see while they wait.
enum Progress {
    static func say(_ text: String) {
        FileHandle.standardError.write(Data("\(text)\n".utf8))
    }
}
