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
    /// Whether somebody else acts on the first signal.
    private static let isFirstLeft = Flag()

    /// Leaves the first signal to a service that ends in good order by itself; the second goes on ending the process.
    static func leaveFirst() { _ = isFirstLeft.set() }

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
            if !isFirstLeft.isSet { task.cancel() }
        }
        source.activate()
        return source
    }

    private final class Flag: Sendable {
        private let value = Atomic(false)

        var isSet: Bool { value.load(ordering: .relaxed) }

        /// - Returns: Whether it was set before.
        func set() -> Bool { value.exchange(true, ordering: .relaxed) }
    }
}
