// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A command that a shell runs, with its output read into memory.
final class ShellProcess: Sendable {
    private let pid: pid_t
    private let output: Int32
    private let state = Mutex(State())

    private struct State {
        /// Whether the process has been waited for, so that its number may be another's.
        var isOver = false
        /// Whether nobody wants the output any more.
        var isUnwanted = false
    }

    /// More than credentials ever need.
    private static let outputLimit = 1 << 20

    /// Starts a command.
    /// - Throws: ``AWSError`` with the code ``AWSError/Code/credentialsUnavailable``.
    init(_ command: String) throws(AWSError) {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw Self.failure }
        _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
        _ = fcntl(ends[1], F_SETFD, FD_CLOEXEC)
        defer { close(ends[1]) }
        output = ends[0]
        guard let pid = Self.spawn(command, output: ends[1]) else {
            close(ends[0])
            throw Self.failure
        }
        self.pid = pid
    }

    deinit {
        end(SIGKILL)
        _ = awaitEnd(until: .now)
        close(output)
    }

    /// Ends the command, and ``output(until:)``, whatever the command has started.
    func end() { end(SIGTERM) }

    private func end(_ signal: Int32) {
        state.withLock { state in
            state.isUnwanted = true
            if !state.isOver { kill(pid, signal) }
        }
    }

    /// Reads to the end of the output, and waits for the command.
    ///
    /// Blocks.
    ///
    /// - Returns: What it printed, and the status that it ended with.
    /// - Throws: ``AWSError`` with the code ``AWSError/Code/timedOut``, or ``AWSError/Code/credentialsUnavailable`` if it
    ///   printed too much.
    func output(until deadline: ContinuousClock.Instant) throws -> (output: [UInt8], status: Int32) {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while true {
            guard isReadable(until: deadline) else {
                end()
                throw AWSError(.timedOut, "credential_process did not end in time")
            }
            let count = unsafe read(output, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return (bytes, awaitEnd(until: deadline)) }
            bytes += chunk[..<count]
            guard bytes.count <= Self.outputLimit else {
                end()
                throw AWSError(.credentialsUnavailable, "credential_process printed too much")
            }
        }
    }

    private func isReadable(until deadline: ContinuousClock.Instant) -> Bool {
        while ContinuousClock.now < deadline, !state.withLock(\.isUnwanted) {
            var descriptor = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            // In short pieces, because what the command has started may keep the output open.
            if unsafe poll(&descriptor, 1, 50) > 0 { return true }
        }
        return false
    }

    /// Waits until the command has ended, or the deadline makes it.
    private func awaitEnd(until deadline: ContinuousClock.Instant) -> Int32 {
        while true {
            if let status = reap() { return status }
            if ContinuousClock.now >= deadline { end(SIGKILL) }
            // Not under the lock: whoever ends the command must not wait for it.
            _ = poll(nil, 0, 5)
        }
    }

    /// The status, or the signal, as a shell tells it (wait(2)); nil as long as the command runs.
    private func reap() -> Int32? {
        state.withLock { state in
            guard !state.isOver else { return 0 }
            var status: Int32 = 0
            guard unsafe waitpid(pid, &status, WNOHANG) != 0 else { return nil }
            state.isOver = true
            let signal = status & 0x7F
            return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
        }
    }

    private static var failure: AWSError {
        AWSError(.credentialsUnavailable, "credential_process cannot be started")
    }

    /// In our process group, so that it can ask people at the terminal; without the signals that dispatch blocks.
    private static func spawn(_ command: String, output: Int32) -> pid_t? {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)

        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        let arguments: [String] = ["/bin/sh", "-c", command]
        var words: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) } + [nil]
        defer { unsafe words.forEach { unsafe free($0) } }
        var pid: pid_t = 0
        let status = unsafe posix_spawn(&pid, "/bin/sh", &actions, &attributes, &words, environ)
        return status == 0 ? pid : nil
    }
}
