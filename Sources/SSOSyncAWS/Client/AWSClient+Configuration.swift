// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

extension AWSClient {
    /// How often and how fast a client calls.
    public struct Configuration: Sendable {
        /// How often, and how far apart, a call is tried.
        public var retryPolicy: RetryPolicy

        /// How long one attempt may take.
        public var attemptTimeout: Duration

        /// Keeps requests to so many a second, over all clients that share it; nil for as many as there are.
        public var limiter: RequestLimiter?

        /// What requests say about who sends them.
        public var userAgent: String

        /// Counts the requests.
        var meter: RequestMeter?
        /// The time; by default the system's clock.
        var now: @Sendable () -> Date
        /// Waits; by default on the continuous clock.
        var sleep: @Sendable (Duration) async throws -> Void

        /// Puts a configuration together.
        ///
        /// - Parameters:
        ///   - retryPolicy: How often, and how far apart, a call is tried.
        ///   - attemptTimeout: How long one attempt may take; 30 seconds by default.
        ///   - limiter: Keeps requests to so many a second.
        ///   - userAgent: What requests say about who sends them.
        public init(
            retryPolicy: RetryPolicy = RetryPolicy(),
            attemptTimeout: Duration = .seconds(30),
            limiter: RequestLimiter? = nil,
            userAgent: String = "sso-sync"
        ) {
            self.retryPolicy = retryPolicy
            self.attemptTimeout = attemptTimeout
            self.limiter = limiter
            self.userAgent = userAgent
            now = { Date() }
            sleep = { try await Task.sleep(for: $0) }
        }
    }
}
