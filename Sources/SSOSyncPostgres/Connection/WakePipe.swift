// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Lets another thread end a `poll(2)`.
///
/// Both ends are non-blocking and closed with the last reference; the reading end outlives every writer, so writing
/// never raises SIGPIPE.
final class WakePipe: Sendable {
    /// Becomes readable with `signal()`.
    let readEnd: Int32
    private let writeEnd: Int32

    /// Makes a pipe.
    /// - Throws: `PostgresError` of code `.connectionFailed` if the process has no file descriptor left.
    init() throws {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else {
            throw PostgresError(.connectionFailed, "The process has no file descriptor left for a connection.")
        }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    /// Wakes whoever polls.
    ///
    /// May be called from any thread; a full pipe wakes as well as one more byte would.
    func signal() {
        var byte: UInt8 = 1
        _ = unsafe write(writeEnd, &byte, 1)
    }

    /// Takes earlier signals back.
    func drain() {
        var buffer: (UInt64, UInt64) = (0, 0)
        while unsafe read(readEnd, &buffer, 16) > 0 {}
    }
}
