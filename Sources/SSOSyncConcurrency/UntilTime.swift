// SPDX-License-Identifier: Apache-2.0

/// Does something, cancels it when the time is up, and waits for its end in any case.
///
/// - Returns: What it came to, and whether the time was up first, or the task was cancelled.
package func untilTime<Value: Sendable>(
    _ end: ContinuousClock.Instant,
    _ body: @escaping @Sendable () async -> Value
) async -> (value: Value, wasCut: Bool) {
    await withTaskGroup(of: Value?.self) { group in
        group.addTask { await body() }
        group.addTask {
            // Ends early when all is done, and nobody looks at it then.
            try? await sleepInPieces(until: end)
            return nil
        }
        var wasCut = false
        while let ended = await group.next() {
            group.cancelAll()
            // Whoever is cancelled may be back before the one who waits is.
            if let value = ended { return (value, wasCut || Task.isCancelled) }
            wasCut = true
        }
        preconditionFailure("a group of tasks has lost one")
    }
}
