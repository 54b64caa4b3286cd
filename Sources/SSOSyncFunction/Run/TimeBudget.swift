// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// How long an invocation may work: until some time before its deadline, which is kept to tell what came of it.
struct TimeBudget: Sendable {
    /// When work has to end.
    let end: ContinuousClock.Instant

    /// How much of the time is kept to report, and to send what has to be sent; never more than a quarter.
    private static let margin: Duration = .seconds(3)
    /// The least time that a reading is begun with.
    private static let least: Duration = .milliseconds(1_500)

    /// - Parameters:
    ///   - deadline: When Lambda ends the process.
    ///   - now: The time on the clock that the deadline is on.
    /// - Throws: ``FunctionFailure/deadlineTooShort`` if there is too little time to begin anything.
    init(until deadline: Timestamp, now: Timestamp = .now) throws(FunctionFailure) {
        // The deadline is on the wall's clock. It is looked at once: from here on a clock counts that nobody sets.
        let left = Duration.milliseconds(deadline.millisecondsSince1970 - now.millisecondsSince1970)
        end = .now + left - min(Self.margin, left / 4)
        guard mayBegin() else { throw .deadlineTooShort }
    }

    /// How much time there is.
    var left: Duration { ContinuousClock.now.duration(to: end) }

    /// Whether there is time to begin something, now or after a wait.
    func mayBegin(after wait: Duration = .zero) -> Bool { left - wait >= Self.least }
}
