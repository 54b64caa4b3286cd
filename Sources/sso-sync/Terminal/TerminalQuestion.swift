// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Asks whoever sits at the terminal, wherever standard input and output go.
enum TerminalQuestion {
    /// Shows a question and waits for a line; ends when the task is cancelled.
    ///
    /// - Returns: The line, without its end; nil if there is no terminal, or if it was closed.
    static func answer(_ question: String) async throws -> String? {
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
        guard terminal >= 0 else { return nil }
        defer { close(terminal) }
        StandardError.shared.keepStatusBack(true)
        defer { StandardError.shared.keepStatusBack(false) }
        StandardError.put(question, to: terminal)
        // A terminal hands out whole lines, so what is there can be read without waiting.
        while !hasInput(terminal) { try await Task.sleep(for: .milliseconds(50)) }
        var line = [UInt8](repeating: 0, count: 256)
        let count = read(terminal, &line, line.count)
        return count > 0 ? String(decoding: line.prefix(count), as: UTF8.self) : nil
    }

    private static func hasInput(_ descriptor: CInt) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&request, 1, 0) > 0
    }
}
