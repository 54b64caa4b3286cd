// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// What a session has read before it was known which names are wanted.
///
/// The server's look at all markers is most of what a run for one person takes where there are thousands of accounts, and the
/// directory is read meanwhile.
struct EarlyReading: Sendable {
    /// For how long it stands for what the server would say: others may change accounts, too.
    static let lifetime: Duration = .seconds(5)

    /// What it was expected to be for.
    private let expected: InspectionRequest
    /// Of ``CatalogueQueries/allButEdges(_:)``.
    let results: [MySQLResult]
    private let beganAt: ContinuousClock.Instant

    /// A reading.
    init(_ results: [MySQLResult], for expected: InspectionRequest, beganAt: ContinuousClock.Instant) {
        (self.results, self.expected, self.beganAt) = (results, expected, beganAt)
    }

    /// Whether all is in it that an inspection has to have, but for the names.
    ///
    /// Whoever had joined, or lost something, by the time that the earlier window began, counts in neither.
    func serves(_ request: InspectionRequest, now: ContinuousClock.Instant = .now) -> Bool {
        beganAt.duration(to: now) < Self.lifetime && request.owner == expected.owner
            && request.directory == expected.directory && request.scope == expected.scope
            && request.roles == expected.roles && request.holdersOf == expected.holdersOf
            && request.windowStart >= expected.windowStart
    }
}
