// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import Synchronization

/// How long work may take: an invocation's until some time before its deadline, which is kept to tell what came of it.
struct TimeBudget: Sendable {
    /// When work has to end.
    let end: ContinuousClock.Instant
    /// A while after ``end``, and early enough to answer.
    private let last: ContinuousClock.Instant
    /// How long others may take to be told.
    private let patience: Patience

    /// How long others may take to be told: while they do, nobody is let in and nobody locked.
    private static let patience: Duration = .seconds(10)
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
        let deadline = ContinuousClock.now + left
        end = deadline - min(Self.margin, left / 4)
        last = min(end + Self.telling, deadline - Self.answering)
        patience = Patience(Self.patience)
        guard mayBegin() else { throw .deadlineTooShort }
    }

    /// The budget of work that nobody waits for.
    ///
    /// - Parameters:
    ///   - time: How long it may take.
    ///   - patience: How long others may take to be told what came of it.
    init(lasting time: Duration, patience: Duration = Self.patience) {
        end = ContinuousClock.now + time
        last = end + patience
        self.patience = Patience(patience)
    }

    /// How much time there is.
    var left: Duration { ContinuousClock.now.duration(to: end) }

    /// Whether the time is up; if not, whatever was cut was cut because the process is to end.
    var isOver: Bool { left <= .zero }

    /// Who is told what came of the work, side by side.
    enum Listener { case notifiers, archive }

    /// Until when somebody may be told what came of the work, if that begins now.
    func lastWord(to listener: Listener) -> ContinuousClock.Instant { min(last, .now + patience.left(for: listener)) }

    /// Somebody has not answered until ``lastWord(to:)``, and is not waited for as long once more.
    func losePatience(with listener: Listener) { patience.lose(with: listener) }

    /// Whether there is time to begin something, now or after a wait.
    func mayBegin(after wait: Duration = .zero) -> Bool { left - wait >= Self.least }
}

/// How long others are waited for, which all work on one budget shares: one run follows on another, and each has something to tell.
private final class Patience: Sendable {
    /// How much is left of it, as a part, once somebody has not answered: enough for whoever is there.
    private static let rest = 10

    private let full: Duration
    private let lost = Mutex<Set<TimeBudget.Listener>>([])

    init(_ full: Duration) { self.full = full }

    func left(for listener: TimeBudget.Listener) -> Duration {
        lost.withLock { $0.contains(listener) } ? full / Self.rest : full
    }

    func lose(with listener: TimeBudget.Listener) { lost.withLock { _ = $0.insert(listener) } }
}
