// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Synchronization

/// One attempt to open a connection, of which its caller may tire.
///
/// The C library looks hosts up, connects and logs in inside one call that nothing can interrupt. So whoever waits gets
/// an answer as soon as the limit passes or the task is cancelled, and the call ends by itself, by the library's own
/// limit; what it opened is closed then.
final class ConnectingAttempt: Sendable {
    private enum State {
        case waiting(CheckedContinuation<MySQLConnection, any Error>?)
        case over(MySQLError?)
    }

    private let options: MySQLConnectionOptions
    private let state = Mutex(State.waiting(nil))

    init(_ options: MySQLConnectionOptions) {
        self.options = options
    }

    /// Waits for the attempt's end.
    /// - Parameters:
    ///   - limit: when to give up.
    ///   - begin: begins the attempt, on another thread; that calls `finish`.
    /// - Throws: `MySQLError`.
    func outcome(until limit: ContinuousClock.Instant, begin: () -> Void) async throws -> MySQLConnection {
        let timer = DispatchSource.makeTimerSource(queue: .global())
        timer.setEventHandler { [self] in interrupt(.timeout) }
        timer.schedule(deadline: .now() + ContinuousClock.now.duration(to: limit).dispatchInterval)
        timer.resume()
        defer { timer.cancel() }
        return try await withCheckedThrowingContinuation { continuation in
            let refusal = state.withLock { state in
                if case .over(let error) = state { return error }
                state = .waiting(continuation)
                return nil
            }
            if let refusal { return continuation.resume(throwing: refusal) }
            begin()
        }
    }

    /// Gives up waiting.
    func interrupt(_ reason: CallWatch.Interruption) {
        finish(.failure(MySQLError(reason, connectingTo: options)))
    }

    /// Hands the outcome over, if somebody still waits for it.
    func finish(_ outcome: Result<MySQLConnection, MySQLError>) {
        let continuation: CheckedContinuation<MySQLConnection, any Error>? = state.withLock { state in
            guard case .waiting(let continuation) = state else { return nil }
            if case .failure(let error) = outcome { state = .over(error) } else { state = .over(nil) }
            return continuation
        }
        continuation?.resume(with: outcome.mapError { $0 as any Error })
    }
}
