// SPDX-License-Identifier: Apache-2.0

/// What a body returns or throws, or an error when the time is up.
///
/// The body is cancelled then, and nobody waits until it has noticed: it may be someone else's code that never does.
///
/// - Parameters:
///   - deadline: When to give up.
///   - late: What to throw then.
///   - body: What may take too long.
/// - Throws: What the body throws, `late`, or `CancellationError` if the task was cancelled.
package func withDeadline<Value: Sendable>(
    _ deadline: ContinuousClock.Instant,
    orThrow late: any Error,
    _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    let waiter = Waiter<Value>()
    var tasks: [Task<Void, Never>] = []
    defer { for task in tasks { task.cancel() } }
    return try await waiter.wait {
        let work = Task {
            do {
                waiter.finish(.success(try await body()))
            } catch {
                waiter.finish(.failure(error))
            }
        }
        let clock = Task {
            guard (try? await sleepInPieces(until: deadline)) != nil else { return }
            waiter.finish(.failure(late))
        }
        tasks = [work, clock]
    }
}
