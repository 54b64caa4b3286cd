// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// Keeps requests to so many a second, over all clients that share it.
///
/// Identity Center's quotas are everyone's: who takes all of one locks the others out.
public final class RequestLimiter: Sendable {
    /// How many requests there may be in a second, on average.
    public let requestsPerSecond: Double

    private let pace: Mutex<RequestPace>

    /// Makes a limiter.
    ///
    /// - Parameters:
    ///   - requestsPerSecond: How many requests there may be in a second, on average.
    ///   - burst: How many there may be at once after a pause; 1 spaces all of them evenly.
    public init(requestsPerSecond: Double, burst: Int = 1) {
        self.requestsPerSecond = requestsPerSecond
        pace = Mutex(RequestPace(requestsPerSecond: requestsPerSecond, burst: burst, now: .now))
    }

    /// Takes the next free place in the line.
    /// - Returns: How long to wait for it.
    func reserve() -> Duration {
        pace.withLock { $0.reserve(now: .now) }
    }
}

/// The places in the line; a pure value that takes the time in.
struct RequestPace: Sendable {
    private let interval: Duration
    private let slack: Duration
    /// When the next request would be due if they were spaced evenly.
    private var due: ContinuousClock.Instant

    init(requestsPerSecond: Double, burst: Int, now: ContinuousClock.Instant) {
        // Once in a day at least, so that nothing overflows.
        interval = .seconds(1 / max(requestsPerSecond, 1 / 86_400))
        slack = interval * (max(burst, 1) - 1)
        due = now - slack
    }

    /// Takes the next free place.
    /// - Returns: How long to wait for it.
    mutating func reserve(now: ContinuousClock.Instant) -> Duration {
        // Pauses are not saved up beyond the burst.
        due = max(due, now - slack)
        defer { due += interval }
        return max(.zero, now.duration(to: due))
    }
}
