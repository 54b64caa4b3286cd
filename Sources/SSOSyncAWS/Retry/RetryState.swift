// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// One call's attempts so far.
///
/// A pure value: time, randomness and the client's quota are handed in.
struct RetryState: Sendable {
    /// What to do about a failure.
    enum Decision: Hashable, Sendable {
        case retry(after: Duration)
        /// Again at once, signed with another time.
        case correctClock(by: TimeInterval)
        case fail
    }

    private let policy: RetryPolicy
    private let isIdempotent: Bool
    private(set) var attempt = 1
    private var lastCost: Int?
    private var hasCorrectedClock = false

    init(policy: RetryPolicy, isIdempotent: Bool) {
        self.policy = policy
        self.isIdempotent = isIdempotent
    }

    /// Judges the failure of an attempt, and pays for another one.
    ///
    /// - Parameters:
    ///   - error: The failure.
    ///   - quota: What the client has left.
    ///   - timeLeft: Until the call's deadline; nil if it has none.
    ///   - signedAt: What the request said the time is.
    ///   - generator: Where randomness comes from.
    mutating func decide(
        after error: AWSError,
        quota: inout RetryQuota,
        timeLeft: Duration?,
        signedAt: Date,
        using generator: inout some RandomNumberGenerator
    ) -> Decision {
        if !hasCorrectedClock, let offset = ClockSkew.offset(error, signedAt: signedAt) {
            hasCorrectedClock = true
            return .correctClock(by: offset)
        }
        guard attempt < policy.maximumAttempts, let reason = RetryReason(error), mayRepeat(after: error),
            let delay = policy.delay(afterAttempt: attempt, hint: error.response?.retryHint, using: &generator),
            delay < timeLeft ?? .seconds(Int64.max),
            quota.take(reason.cost)
        else { return .fail }
        attempt += 1
        lastCost = reason.cost
        return .retry(after: delay)
    }

    /// Settles with the client's quota after a success.
    func succeed(_ quota: inout RetryQuota) { quota.giveBack(lastCost) }

    /// What may be done twice, may be tried again; the rest only if the service said no, or has heard nothing.
    private func mayRepeat(after error: AWSError) -> Bool {
        isIdempotent || !error.mayHaveBeenSent || RetryReason(error) == .throttling
    }
}

/// A clock that differs from the service's.
enum ClockSkew {
    /// What a service says to a time that is off; the last two say it of other mistakes, too.
    private static let codes: Set<String> = [
        "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture", "InvalidSignatureException",
        "SignatureDoesNotMatch", "AuthFailure",
    ]

    /// AWS accepts 5 minutes either way
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html>), S3 15; what is less is
    /// not the reason.
    private static let tolerance: TimeInterval = 4 * 60

    /// By how many seconds the service's clock is ahead of what the request said; nil if that is not what is wrong.
    static func offset(_ error: AWSError, signedAt: Date) -> TimeInterval? {
        guard let response = error.response, let code = response.errorCode, codes.contains(code),
            let date = response.date
        else { return nil }
        let offset = date.timeIntervalSince(signedAt)
        return abs(offset) > tolerance ? offset : nil
    }
}
