// SPDX-License-Identifier: Apache-2.0

/// How often, and how far apart, a call is tried: as the AWS SDKs do
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>).
public struct RetryPolicy: Sendable, Hashable {
    /// What is done beside waiting between attempts.
    public enum Mode: String, Sendable, Hashable {
        /// Nothing more.
        case standard
        /// Requests are held back, too, once the service has throttled some.
        case adaptive
    }

    /// What is done beside waiting between attempts.
    public var mode: Mode

    /// How many attempts one call has, the first one included.
    public var maximumAttempts: Int

    /// The longest wait between two attempts that was not asked for by the service.
    public var maximumBackoff: Duration

    /// The longest wait that a service may ask for; if it asks for more, the call fails.
    public var maximumRetryAfter: Duration

    /// Puts a policy together.
    ///
    /// - Parameters:
    ///   - mode: What is done beside waiting.
    ///   - maximumAttempts: How many attempts one call has; 3 by default.
    ///   - maximumBackoff: The longest wait that was not asked for; 20 seconds by default.
    ///   - maximumRetryAfter: The longest wait that a service may ask for; 60 seconds by default.
    public init(
        mode: Mode = .standard,
        maximumAttempts: Int = 3,
        maximumBackoff: Duration = .seconds(20),
        maximumRetryAfter: Duration = .seconds(60)
    ) {
        self.mode = mode
        self.maximumAttempts = max(1, maximumAttempts)
        self.maximumBackoff = maximumBackoff
        self.maximumRetryAfter = maximumRetryAfter
    }

    /// Takes what `AWS_RETRY_MODE` and `AWS_MAX_ATTEMPTS` say; the mode `legacy` counts as standard.
    ///
    /// - Parameter environment: The variables by name.
    public init(environment: [String: String]) {
        self.init(mode: environment["AWS_RETRY_MODE"].flatMap { Mode(rawValue: $0.lowercased()) } ?? .standard)
        if let text = environment["AWS_MAX_ATTEMPTS"], let number = Int(text), number > 0 { maximumAttempts = number }
    }
}

extension RetryPolicy {
    /// How long to wait before another attempt.
    ///
    /// Truncated exponential backoff with full jitter: a random part of 1 s, 2 s, 4 s… (botocore `ExponentialBackoff`).
    ///
    /// - Parameters:
    ///   - attempt: The number of the attempt that failed, from 1 on.
    ///   - hint: What the service asked for.
    ///   - generator: Where randomness comes from.
    /// - Returns: Nil if the service asked for longer than is waited.
    func delay(
        afterAttempt attempt: Int,
        hint: RetryHint?,
        using generator: inout some RandomNumberGenerator
    ) -> Duration? {
        // 2⁶² seconds are beyond any maximum.
        let ceiling = min(.seconds(1 << min(max(attempt, 1) - 1, 40)), maximumBackoff)
        let backoff = ceiling * Double.random(in: 0...1, using: &generator)
        switch hint {
        case nil: return backoff
        // At most 5 seconds more than without it, as the SDKs have it.
        case .advice(let advised): return max(backoff, min(advised, backoff + .seconds(5)))
        // A little later than asked for, or all who were told the same would come back at the same moment.
        case .demand(let demanded):
            guard demanded <= maximumRetryAfter else { return nil }
            return max(backoff, demanded + .seconds(1) * Double.random(in: 0...1, using: &generator))
        }
    }
}

/// What a service said about coming back.
enum RetryHint: Hashable, Sendable {
    /// `x-amz-retry-after`, in milliseconds: considered within limits.
    case advice(Duration)
    /// `Retry-After` in seconds, or `RetryAfterSeconds` in a body: not before.
    case demand(Duration)
}
