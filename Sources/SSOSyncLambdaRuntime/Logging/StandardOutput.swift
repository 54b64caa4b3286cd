// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

#if canImport(Glibc)
    private import Glibc
#elseif canImport(Musl)
    private import Musl
#else
    private import Darwin
#endif

/// Standard output, of which Lambda makes one record of the log for each line.
public enum StandardOutput {
    private static let turn = Mutex(())

    /// Writes a line whole, and before anything else: what is buffered is lost when Lambda ends the process.
    @Sendable
    public static func print(_ line: String) {
        let bytes = Array("\(line)\n".utf8)
        turn.withLock { _ in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
                if count < 0, errno == EINTR { continue }
                // There is nobody left to tell.
                guard count > 0 else { return }
                rest.removeFirst(count)
            }
        }
    }
}
