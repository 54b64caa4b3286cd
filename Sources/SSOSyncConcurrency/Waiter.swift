// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// One task that waits for one value, which comes from elsewhere.
///
/// A task that is cancelled goes on at once; what comes later is dropped.
package final class Waiter<Value: Sendable>: Sendable {
    private enum State {
        case new
        case waiting(CheckedContinuation<Value, any Error>)
        case finished
    }

    private let state = Mutex(State.new)

    package init() {}

    /// Whether nobody waits any more.
    package var isFinished: Bool {
        state.withLock { state in
            if case .finished = state { true } else { false }
        }
    }

    /// Waits for the value; to be called once.
    ///
    /// - Parameters:
    ///   - begin: Sees to it that somebody calls ``finish(_:)``. Not called if the task was cancelled before.
    ///   - cancelled: Tells them that nobody waits any more.
    /// - Throws: What ``finish(_:)`` was given, or `CancellationError`.
    package func wait(
        _ begin: () -> Void,
        onCancel cancelled: @escaping @Sendable () -> Void = {}
    ) async throws -> Value {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard start(continuation) else { return }
                begin()
            }
        } onCancel: {
            finish(.failure(CancellationError()))
            cancelled()
        }
    }

    /// Lets the task go on; only the first time counts.
    package func finish(_ result: Result<Value, any Error>) {
        let waiting = state.withLock { state in
            defer { state = .finished }
            if case .waiting(let continuation) = state { return Optional(continuation) }
            return nil
        }
        waiting?.resume(with: result)
    }

    /// Takes over who waits; false if the task was cancelled before.
    private func start(_ continuation: CheckedContinuation<Value, any Error>) -> Bool {
        let isStarted = state.withLock { state in
            guard case .new = state else { return false }
            state = .waiting(continuation)
            return true
        }
        if !isStarted { continuation.resume(throwing: CancellationError()) }
        return isStarted
    }
}
