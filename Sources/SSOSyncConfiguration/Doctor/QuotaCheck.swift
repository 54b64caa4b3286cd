// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncCore

/// What a reading takes of the quota that all who use the identity store share.
struct QuotaCheck {
    private let cost: IdentityCenterSource.Cost
    /// Everyone's requests in a second (<https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html>).
    private static let quota = 20
    /// A third of what Lambda gives a function, in seconds: a run has more to do than to read
    /// (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html>).
    private static let longReading = 300

    init(_ cost: IdentityCenterSource.Cost) { self.cost = cost }

    var check: HealthCheck {
        let rate = Int(cost.requestsPerSecond)
        let seconds = Int((Double(cost.requests) / cost.requestsPerSecond).rounded(.up))
        let found =
            "a reading takes \(cost.requests) requests, so \(seconds) s or more at \(rate) a second; all who use the store "
            + "share \(Self.quota) a second"
        let key = "directory.identityCenter.requestsPerSecond"
        if cost.throttled > 0 {
            let more = ". \(cost.throttled) of them came to be too many: others are at it, or this asks for too much"
            let remedy = rate > 1 ? ["\(key): \(rate / 2)"] : []
            return HealthCheck("quota", .warning, found + more, remedy: remedy)
        }
        guard seconds > Self.longReading else { return HealthCheck("quota", .good, found) }
        let needed = (cost.requests + Self.longReading - 1) / Self.longReading
        let more = ". Lambda ends a function after 15 minutes, and what has changed meanwhile waits for the next run"
        // Each process of a function takes as much, and four may read at a time.
        let remedy = needed <= Self.quota / 4 ? ["\(key): \(needed)"] : []
        return HealthCheck("quota", .warning, found + more, remedy: remedy)
    }
}
