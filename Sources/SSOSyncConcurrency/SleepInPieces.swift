// SPDX-License-Identifier: Apache-2.0

/// Sleeps until a time.
///
/// A sleep that is cancelled leaves its timer behind until it would have ended: measured, 600 bytes. What only watches how long
/// something takes is cancelled long before, mostly, and so never has a timer of more than a piece of its time.
///
/// - Throws: `CancellationError` if the task is cancelled before.
package func sleepInPieces(until end: ContinuousClock.Instant) async throws {
    let piece: Duration = .seconds(1)
    while ContinuousClock.now.advanced(by: piece) < end { try await Task.sleep(for: piece, clock: .continuous) }
    try await Task.sleep(until: end, clock: .continuous)
}
