// SPDX-License-Identifier: Apache-2.0

import Synchronization

#if canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A program that runs beside a test until it is stopped, with its output as lines.
///
/// Not Foundation's `Process`: a child of that inherits the signals that dispatch blocks, so SIGTERM never ends it.
package final class BackgroundProcess: Sendable {
    private let pid: pid_t
    private let output: Int32
    private let buffer = Mutex<[UInt8]>([])
    /// What waitpid(2) said when it had ended.
    private let end = Mutex<Int32?>(nil)

    /// Starts a program that is looked up in the PATH.
    ///
    /// - Parameters:
    ///   - arguments: The program and what it is given.
    ///   - hasInput: Whether it reads what ``writeLine()`` writes; otherwise it has no input.
    package init(_ arguments: [String], hasInput: Bool = false) throws {
        var ends: [Int32] = [-1, -1]
        // Closed on exec from the start: another child that kept the writing end would hide the end of the output.
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else {
            throw ChildProcess.Failure(description: "no socket pair")
        }
        output = ends[0]
        pid = try Self.spawn(arguments, output: ends[1], hasInput: hasInput)
        close(ends[1])
    }

    deinit {
        stop()
        close(output)
    }

    /// Writes an empty line to its input.
    package func writeLine() { _ = write(output, "\n", 1) }

    /// The next line of its output, or nil at the end and after 30 seconds without one.
    package func readLine() -> String? {
        buffer.withLock { buffer in
            while true {
                if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                    defer { buffer.removeSubrange(...end) }
                    return String(decoding: buffer[..<end], as: UTF8.self)
                }
                var chunk = [UInt8](repeating: 0, count: 4_096)
                var descriptor = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
                guard poll(&descriptor, 1, 30_000) == 1 else { return nil }
                let count = read(output, &chunk, chunk.count)
                guard count > 0 else { return nil }
                buffer.append(contentsOf: chunk[..<count])
            }
        }
    }

    /// Ends it.
    package func stop() {
        send(SIGTERM)
        _ = status(options: 0)
    }

    /// Sends it a signal, if it goes on.
    package func send(_ signal: Int32) {
        end.withLock { end in
            if end == nil { kill(pid, signal) }
        }
    }

    /// What a shell says of its end: its exit code, or 128 and the signal; nil if it goes on.
    package var status: Int32? { status(options: WNOHANG) }

    private func status(options: Int32) -> Int32? {
        end.withLock { end in
            var status: Int32 = 0
            while end == nil {
                let found = waitpid(pid, &status, options)
                if found == pid { end = status }
                guard found < 0, errno == EINTR else { break }
            }
            return end.map { $0 & 0x7F == 0 ? $0 >> 8 & 0xFF : 128 + $0 & 0x7F }
        }
    }

    private static func spawn(_ arguments: [String], output: Int32, hasInput: Bool) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if hasInput {
            posix_spawn_file_actions_adddup2(&actions, output, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        // Foundation's `Process` notices its child's end by a socket that is not closed on exec: another child that kept it
        // would hide that end, and whoever waits for both would wait for ever. What is not open is passed over.
        for descriptor: Int32 in 3..<256 { posix_spawn_file_actions_addclose(&actions, descriptor) }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        var words = arguments.map { strdup($0) } + [nil]
        defer { words.forEach { free($0) } }
        var pid: pid_t = 0
        let status = posix_spawnp(&pid, arguments[0], &actions, &attributes, &words, environ)
        guard status == 0 else {
            throw ChildProcess.Failure(description: "\(arguments[0]): \(String(cString: strerror(status)))")
        }
        return pid
    }
}
