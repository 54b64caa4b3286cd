// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS

extension DirectoryFunction {
    /// What follows from the readings of a batch.
    struct BatchOutcome: Sendable {
        /// The ids of messages that are to come again.
        let failed: Set<String>
        /// The ids of those among them for which everyone is read.
        var wide: Set<String> = []
        /// The ids of those of these that wait for the turn of everyone.
        var waiting: Set<String> = []
        /// When that comes; nil if none waits.
        var turn: ContinuousClock.Instant?
        /// Whether everyone was read, whatever came of it.
        var hasReadEveryone = false
        /// Whom to read once more.
        var second: [SecondReading] = []
    }
}
