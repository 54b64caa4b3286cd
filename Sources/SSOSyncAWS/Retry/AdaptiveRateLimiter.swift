// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Holds requests back once a service has throttled some: the SDKs' adaptive mode.
///
/// A pure value, after botocore's `retries/adaptive.py`, `throttling.py` and `bucket.py`: the rate follows a cubic curve
/// as TCP's does (RFC 9438), down by three tenths when throttled, and a token bucket keeps to it. Times are seconds on
/// any clock that does not go back.
struct AdaptiveRateLimiter: Sendable {
    private var curve: CubicRate
    private var bucket: TokenBucket
    private var meter: RateMeter
    private(set) var isEnabled = false

    init(now: TimeInterval) {
        curve = CubicRate(now: now)
        bucket = TokenBucket(now: now)
        meter = RateMeter(now: now)
    }

    /// The requests per second that are let through.
    var rate: Double { bucket.rate }

    /// Asks for leave to send a request.
    ///
    /// - Returns: 0 for leave; otherwise for how many seconds to wait before asking again.
    mutating func acquire(now: TimeInterval) -> TimeInterval {
        isEnabled ? bucket.take(now: now) : 0
    }

    /// Takes note of a response.
    mutating func record(isThrottled: Bool, now: TimeInterval) {
        let measured = meter.record(now: now)
        let wanted: Double
        if isThrottled {
            let current = isEnabled ? min(measured, bucket.rate) : measured
            wanted = curve.throttled(at: current, now: now)
            isEnabled = true
        } else {
            wanted = curve.succeeded(now: now)
        }
        bucket.setRate(min(wanted, 2 * measured), now: now)
    }
}

/// The rate that the service seems to bear.
private struct CubicRate: Sendable {
    private static let scale = 0.4
    private static let beta = 0.7

    private var lastMaximum = 0.0
    private var lastThrottling: TimeInterval

    init(now: TimeInterval) { lastThrottling = now }

    mutating func throttled(at rate: Double, now: TimeInterval) -> Double {
        lastMaximum = rate
        lastThrottling = now
        return rate * Self.beta
    }

    func succeeded(now: TimeInterval) -> Double {
        let inflection = cbrt(lastMaximum * (1 - Self.beta) / Self.scale)
        let time = now - lastThrottling - inflection
        return Self.scale * time * time * time + lastMaximum
    }
}

/// What may be sent now.
private struct TokenBucket: Sendable {
    private static let minimumRate = 0.5

    private(set) var rate = 1.0
    private var capacity = 1.0
    private var tokens = 0.0
    private var lastFill: TimeInterval

    init(now: TimeInterval) { lastFill = now }

    mutating func setRate(_ wanted: Double, now: TimeInterval) {
        fill(now: now)
        rate = max(wanted, Self.minimumRate)
        capacity = max(wanted, 1)
        tokens = min(tokens, capacity)
    }

    mutating func take(now: TimeInterval) -> TimeInterval {
        fill(now: now)
        guard tokens < 1 else {
            tokens -= 1
            return 0
        }
        // A millisecond at least: what is left after rounding would be asked for again and again.
        return max((1 - tokens) / rate, 0.001)
    }

    private mutating func fill(now: TimeInterval) {
        tokens = min(capacity, tokens + max(0, now - lastFill) * rate)
        lastFill = max(lastFill, now)
    }
}

/// The rate at which requests are sent, smoothed over half seconds.
private struct RateMeter: Sendable {
    private static let smoothing = 0.8
    private static let bucketsPerSecond = 2.0

    private var rate = 0.0
    private var count = 0.0
    private var lastBucket: TimeInterval

    init(now: TimeInterval) { lastBucket = now.rounded(.down) }

    mutating func record(now: TimeInterval) -> Double {
        let bucket = (now * Self.bucketsPerSecond).rounded(.down) / Self.bucketsPerSecond
        count += 1
        if bucket > lastBucket {
            rate = count / (bucket - lastBucket) * Self.smoothing + rate * (1 - Self.smoothing)
            count = 0
            lastBucket = bucket
        }
        return rate
    }
}
