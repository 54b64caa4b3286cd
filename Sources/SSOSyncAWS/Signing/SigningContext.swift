// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncDigest

/// What the signatures of one second have in common, as long as credentials, Region and service are the same.
final class SigningContext: Sendable {
    /// The time of the requests, as `20150830T123600Z`.
    let timestamp: String
    /// What the key is good for: one day, one Region, one service.
    let scope: String
    /// Derived from the secret access key for this scope.
    let key: HMACKey

    init(timestamp: String, scope: String, key: HMACKey) {
        self.timestamp = timestamp
        self.scope = scope
        self.key = key
    }

    /// The day of the requests; cut from the timestamp, so that the two can never disagree.
    var day: Substring.UTF8View { timestamp.utf8.prefix(8) }
}
