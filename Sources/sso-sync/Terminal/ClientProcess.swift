// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncConfiguration
import SSOSyncCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The client that this process turns into.
enum ClientProcess {
    /// What a program prints for `--version`.
    ///
    /// - Throws: ``UsageError`` if there is no such program.
    static func version(of program: String) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program, "--version"]
        let output = Pipe()
        (process.standardOutput, process.standardError) = (output, FileHandle.nullDevice)
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw missing(program) }
        return text
    }

    private static func missing(_ program: String) -> UsageError {
        UsageError("\(Printable.escaped(program)) cannot be started: install it, or name another one by --client")
    }

    /// Replaces this process by a program; comes back only if that fails.
    ///
    /// - Parameters:
    ///   - program: The program.
    ///   - invocation: How to start it, by the path of its options file.
    /// - Throws: ``UsageError`` if it cannot be started.
    static func become(_ program: String, _ invocation: (_ optionsPath: String) -> ClientInvocation) throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw UsageError("no pipe could be made: \(String(cString: strerror(errno)))") }
        let invocation = invocation("/dev/fd/\(ends[0])")
        // It fits into the pipe: 64 KiB on Linux, 16 on macOS.
        if let file = invocation.optionsFile { FileHandle(fileDescriptor: ends[1]).write(Data(file.exposed.utf8)) }
        close(ends[1])
        if invocation.optionsFile == nil { close(ends[0]) }
        for (name, value) in invocation.environment {
            if let value { setenv(name, value, 1) } else { unsetenv(name) }
        }
        if let password = invocation.password { setenv("PGPASSWORD", password.exposed, 1) }
        letSignalsThrough()
        var arguments: [UnsafeMutablePointer<CChar>?] = ([program] + invocation.arguments).map { strdup($0) }
        arguments.append(nil)
        execvp(program, &arguments)
        throw missing(program)
    }

    /// Interruptions are the client's from here on: what this process ignores or blocks, the program would, too.
    private static func letSignalsThrough() {
        for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
    }
}
