// SPDX-License-Identifier: Apache-2.0

import Dispatch

/// A serial executor on a dispatch queue of its own.
///
/// An actor that wraps a blocking C library runs here, so that a blocked call holds a thread of its own and never one
/// of the cooperative pool, of which there are as many as cores.
package final class QueueExecutor: SerialExecutor {
    private static let owner = DispatchSpecificKey<ObjectIdentifier>()

    private let queue: DispatchQueue

    /// Makes an executor.
    /// - Parameter label: the queue's name, as debuggers show it.
    package init(label: String) {
        queue = DispatchQueue(label: label)
        queue.setSpecific(key: Self.owner, value: ObjectIdentifier(self))
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        queue.async { unowned.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    package func checkIsolated() {
        dispatchPrecondition(condition: .onQueue(queue))
    }

    package func isIsolatingCurrentContext() -> Bool? {
        DispatchQueue.getSpecific(key: Self.owner) == ObjectIdentifier(self)
    }

    /// Begins blocking work on the queue, for which nobody waits here.
    package func start(_ work: @escaping @Sendable () -> Void) {
        queue.async { work() }
    }

    /// Runs blocking work on the queue and returns what it returned.
    ///
    /// The work is not interrupted when the task is cancelled: it has to watch for that itself.
    /// - Parameter work: runs once, on the queue.
    /// - Throws: what the work throws.
    package func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try work() }) }
        }
    }
}
