// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

extension IdentityCenterSource {
    /// Which store is read, and how.
    public struct Configuration: Sendable {
        /// The Regions where IAM Identity Center may be, in the order in which they are tried.
        public var regions: [String]

        /// The identity store, such as `d-1234567890`, in the first of the Regions; nil to find the only one there is.
        public var identityStoreId: String?

        /// The attribute of a person that becomes the account's name.
        public var accountName: AccountNameAttribute

        /// Keeps to so many requests a second, over all who share it.
        public var limiter: RequestLimiter

        /// How often, and how far apart, a call is tried.
        public var retryPolicy: RetryPolicy

        /// Waits; by default on the continuous clock.
        var sleep: (@Sendable (Duration) async throws -> Void)?

        /// The quota is 20 requests a second, and everybody's who uses the store
        /// (<https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html>), so a quarter of it is taken.
        public static let defaultRequestsPerSecond = 5.0

        /// Somebody is waiting for people to get in, or to be kept out, and nobody at a keyboard: so it is tried for
        /// longer than the SDKs do, half a minute on average.
        public static let defaultRetryPolicy = RetryPolicy(mode: .adaptive, maximumAttempts: 8)

        /// Puts a configuration together.
        ///
        /// - Parameters:
        ///   - regions: The Regions where IAM Identity Center may be; at least one.
        ///   - identityStoreId: The identity store, if it is known.
        ///   - accountName: The attribute of a person that becomes the account's name.
        ///   - limiter: Keeps to so many requests a second.
        ///   - retryPolicy: How often, and how far apart, a call is tried.
        public init(
            regions: [String],
            identityStoreId: String? = nil,
            accountName: AccountNameAttribute = .userName,
            limiter: RequestLimiter = RequestLimiter(requestsPerSecond: defaultRequestsPerSecond),
            retryPolicy: RetryPolicy = defaultRetryPolicy
        ) {
            self.regions = regions
            self.identityStoreId = identityStoreId
            self.accountName = accountName
            self.limiter = limiter
            self.retryPolicy = retryPolicy
        }
    }
}
