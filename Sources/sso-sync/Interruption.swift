// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Lets a run that is interrupted finish what is under way, let go of its locks, and say what was done.
enum Interruption {
    /// Runs a command; the first SIGINT or SIGTERM cancels it, the second ends the process.
    static func handled(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let task = Task { try await body() }
        let sources = [SIGINT, SIGTERM].map { watch($0, task) }
        defer { sources.forEach { $0.cancel() } }
        try await task.value
    }

    private static func watch(_ number: CInt, _ task: Task<Void, any Error>) -> any DispatchSourceSignal {
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        let wasSeen = Flag()
        source.setEventHandler {
            guard !wasSeen.set() else { exit(128 + number) }
            StandardError.shared.write("sso-sync: stopping; once more to quit at once\n")
            task.cancel()
        }
        source.activate()
        return source
    }

    private final class Flag: Sendable {
        private let value = Atomic(false)

        /// - Returns: Whether it was set before.
        func set() -> Bool { value.exchange(true, ordering: .relaxed) }
    }
}
