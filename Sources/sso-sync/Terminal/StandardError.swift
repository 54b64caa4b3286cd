// SPDX-License-Identifier: Apache-2.0

import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Standard error, shared by messages, the log and a line of progress that comes and goes.
final class StandardError: Sendable {
    static let shared = StandardError()

    /// Whether somebody looks on.
    let isTerminal = isatty(STDERR_FILENO) == 1

    private struct Status {
        var line = ""
        var isKeptBack = false
    }

    private let status = Mutex(Status())

    private init() {}

    /// Writes text above the line of progress.
    func write(_ text: String) {
        status.withLock { status in
            Self.put(status.line.isEmpty ? text : Self.clear + text + status.line)
        }
    }

    /// Shows a line of progress in place of the last one; an empty one takes it away.
    func showStatus(_ line: String) {
        guard isTerminal else { return }
        status.withLock { status in
            guard line != status.line, !status.isKeptBack else { return }
            status.line = line
            Self.put(Self.clear + line)
        }
    }

    /// Takes the line of progress away while somebody is asked something, and keeps others back.
    func keepStatusBack(_ keepsBack: Bool) {
        if keepsBack { showStatus("") }
        status.withLock { $0.isKeptBack = keepsBack }
    }

    private static let clear = "\r\u{1B}[2K"

    /// Not buffered, and not in pieces: a line of the log must not be torn.
    static func put(_ text: String, to descriptor: CInt = STDERR_FILENO) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { unbuffered(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}

/// The function of the C library, which ``StandardError/write(_:)`` hides.
private func unbuffered(_ descriptor: CInt, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
