// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import Synchronization

/// What the calls of one client share.
final class ClientState: Sendable {
    private struct Values {
        var quota = RetryQuota()
        var limiter: AdaptiveRateLimiter?
        var clockOffset: TimeInterval = 0
    }

    private let values: Mutex<Values>
    private let start = ContinuousClock.now

    init(_ configuration: AWSClient.Configuration) {
        let isAdaptive = configuration.retryPolicy.mode == .adaptive
        values = Mutex(Values(limiter: isAdaptive ? AdaptiveRateLimiter(now: 0) : nil))
    }

    /// By how many seconds the service's clock is ahead of ours.
    var clockOffset: TimeInterval { values.withLock(\.clockOffset) }

    /// Takes note that the service's clock is this much ahead of ours.
    func correctClock(to offset: TimeInterval) {
        values.withLock { $0.clockOffset = offset }
    }

    /// Asks for leave to send.
    /// - Returns: Zero for leave; otherwise how long to wait before asking again.
    func acquire() -> Duration {
        values.withLock { .seconds($0.limiter?.acquire(now: time) ?? 0) }
    }

    /// Settles a call that succeeded.
    func succeeded(_ retry: RetryState) {
        values.withLock { values in
            values.limiter?.record(isThrottled: false, now: time)
            retry.succeed(&values.quota)
        }
    }

    /// Judges a failure, and pays for another attempt.
    func decide(
        _ retry: inout RetryState,
        after error: AWSError,
        deadline: ContinuousClock.Instant?,
        signedAt: Date
    ) -> RetryState.Decision {
        values.withLock { values in
            values.limiter?.record(isThrottled: RetryReason(error) == .throttling, now: time)
            var generator = SystemRandomNumberGenerator()
            return retry.decide(
                after: error,
                quota: &values.quota,
                timeLeft: deadline.map { ContinuousClock.now.duration(to: $0) },
                signedAt: signedAt,
                using: &generator
            )
        }
    }

    /// Seconds since the client was made.
    private var time: TimeInterval {
        let (seconds, attoseconds) = start.duration(to: .now).components
        return TimeInterval(seconds) + TimeInterval(attoseconds) * 1e-18
    }
}
