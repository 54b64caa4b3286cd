// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// How long an invocation may work: until some time before its deadline, which is kept to tell what came of it.
struct TimeBudget: Sendable {
    /// When work has to end.
    let end: ContinuousClock.Instant
    /// Until when others may be told what came of it: a while after ``end``, and early enough to answer.
    let lastWord: ContinuousClock.Instant

    /// How much of the time is kept to report, and to send what has to be sent; never more than a quarter.
    private static let margin: Duration = .seconds(3)
    /// How much of what is kept others may take to be told.
    private static let telling: Duration = .milliseconds(1_500)
    /// How much of what is kept nobody else may take: the runtime cancels half a second before the deadline.
    private static let answering: Duration = .seconds(1)
    /// The least time that a reading is begun with.
    private static let least: Duration = .milliseconds(1_500)

    /// - Parameters:
    ///   - deadline: When Lambda ends the process.
    ///   - now: The time on the clock that the deadline is on.
    /// - Throws: ``FunctionFailure/deadlineTooShort`` if there is too little time to begin anything.
    init(until deadline: Timestamp, now: Timestamp = .now) throws(FunctionFailure) {
        // The deadline is on the wall's clock. It is looked at once: from here on a clock counts that nobody sets.
        let left = Duration.milliseconds(deadline.millisecondsSince1970 - now.millisecondsSince1970)
        let last = ContinuousClock.now + left
        end = last - min(Self.margin, left / 4)
        lastWord = min(end + Self.telling, last - Self.answering)
        guard mayBegin() else { throw .deadlineTooShort }
    }

    /// How much time there is.
    var left: Duration { ContinuousClock.now.duration(to: end) }

    /// Whether there is time to begin something, now or after a wait.
    func mayBegin(after wait: Duration = .zero) -> Bool { left - wait >= Self.least }
}
