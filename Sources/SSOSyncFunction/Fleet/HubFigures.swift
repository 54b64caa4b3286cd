// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncConfiguration
internal import SSOSyncCore
internal import SSOSyncLambdaRuntime

/// What came of a hub's run, in figures and names of spokes: for metrics, for the log, and for whoever asked.
struct HubFigures: Encodable, Hashable {
    /// The run's id, which the messages carry.
    let run: String
    /// When the reading of the directory began; nil if there is none.
    var asOf: Timestamp?
    /// What is frozen, and if it is everything, nothing is read and nothing sent; nil for nothing.
    let freeze: RolloutConfiguration.Freeze?
    /// What the run comes to.
    var verdict: String {
        if isFrozen { return "frozen" }
        if isGood { return "sent" }
        return (asOf == nil ? Verdict.sourceUnavailable : .partialFailure).label
    }
    /// People that were read.
    var people = 0
    /// Messages that were sent: for everyone one for each target of each spoke.
    var messages = 0
    /// Spokes that were to be sent something.
    var concernedSpokes = 0
    /// Those of them that were sent everything, and find the snapshot that they were told of.
    var toldSpokes = 0
    /// Spokes that were not sent everything.
    var failedSpokes: [String] = []
    /// Spokes that were sent nothing, because a group that they map is not there or is another one.
    var obstructedSpokes: [String] = []
    /// Places that the snapshot could not be written to.
    var failedSnapshots: [String] = []

    init(run: String, freeze: RolloutConfiguration.Freeze?) { (self.run, self.freeze) = (run, freeze) }

    /// Whether nothing was done because everything is frozen.
    var isFrozen: Bool { freeze == .everything }

    /// Whether the directory was read, and everybody was sent what concerns him.
    var isGood: Bool { isSent && obstructedSpokes.isEmpty }

    /// Whether trying again would send nothing else: what keeps a spoke from its groups is for somebody to mend.
    var isSent: Bool { asOf != nil && failedSpokes.isEmpty && failedSnapshots.isEmpty }

    /// Whether at least half of the spokes have been told all that concerns them: few are in trouble, and the time was not up.
    var isMostlySent: Bool { toldSpokes > 0 && 2 * toldSpokes >= concernedSpokes }

    /// Why not everybody has what concerns him; nil if everybody has.
    var failure: SyncError? {
        guard !isFrozen else { return Self.frozen }
        let unsent = failedSpokes + obstructedSpokes
        let parts = [
            failedSnapshots.isEmpty ? nil : "not written: \(failedSnapshots.joined(separator: ", "))",
            unsent.isEmpty ? nil : "not sent to: \(unsent.joined(separator: ", "))",
        ].compactMap(\.self)
        guard !parts.isEmpty else { return nil }
        return SyncError(
            .unreachable,
            "what was read of the directory is \(parts.joined(separator: "; ")): the log says why"
        )
    }

    /// That nothing was done because everything is frozen.
    static let frozen = SyncError(
        .frozen,
        "rollout.freeze is everything: spokes are sent nothing, so nobody is let in, and nobody who left is locked"
    )

    /// Counts them.
    func count(in metrics: inout EmbeddedMetrics) {
        metrics.count("Runs")
        metrics.count("RunsFrozen", by: isFrozen ? 1 : 0)
        metrics.count("MessagesSent", by: messages)
        metrics.count("SpokesNotReached", by: failedSpokes.count + obstructedSpokes.count)
        metrics.count("SnapshotsNotWritten", by: failedSnapshots.count)
    }

    private enum CodingKeys: String, CodingKey {
        case run, asOf, freeze, verdict, people, messages, failedSpokes, obstructedSpokes, failedSnapshots
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(run, forKey: .run)
        try container.encodeIfPresent(asOf, forKey: .asOf)
        try container.encodeIfPresent(freeze, forKey: .freeze)
        try container.encode(verdict, forKey: .verdict)
        try container.encode(people, forKey: .people)
        try container.encode(messages, forKey: .messages)
        try container.encode(failedSpokes, forKey: .failedSpokes)
        try container.encode(obstructedSpokes, forKey: .obstructedSpokes)
        try container.encode(failedSnapshots, forKey: .failedSnapshots)
    }
}
