// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// What is needed of the reports that there were so far to tell what came of one run of a hub.
///
/// The same of the same reports, in whichever order they come.
struct FleetRunTally: ReportTally {
    /// What a run came to on a target.
    struct End {
        /// When the reading began that it worked with.
        let asOf: Timestamp
        let startedAt: Timestamp
        let verdict: String
        let changes: Int

        fileprivate static func last(_ left: End?, _ right: End) -> End {
            guard let left else { return right }
            return (left.asOf, left.startedAt, left.verdict) < (right.asOf, right.startedAt, right.verdict)
                ? right : left
        }
    }

    /// What there was on one target.
    struct Course {
        private var reported: End?
        private var lastGoodFull: End?

        fileprivate mutating func add(_ end: End, isReported: Bool, isGoodFull: Bool) {
            if isReported { reported = End.last(reported, end) }
            if isGoodFull { lastGoodFull = End.last(lastGoodFull, end) }
        }

        /// What it came to on the target; nil if nothing has come of it so far.
        ///
        /// Whoever names a run, and has worked with an older reading than that of the run, has not had it from the hub: nobody signs
        /// which run a message is of, and the reading is signed.
        ///
        /// - Parameter asOf: When the run's reading began; nil if nobody knows.
        func end(of asOf: Timestamp?) -> (end: End, isOfLater: Bool)? {
            guard let asOf else { return reported.map { ($0, false) } }
            if let reported, reported.asOf >= asOf { return (reported, false) }
            if let lastGoodFull, lastGoodFull.asOf > asOf { return (lastGoodFull, true) }
            return nil
        }
    }

    let run: HubRunId
    /// The run's own report.
    private(set) var hub: KeptReport?
    private(set) var targets: [FleetTally.Identity: Course] = [:]
    var unreadable: [String] = []

    init(_ run: HubRunId) { self.run = run }

    mutating func add(_ report: KeptReport) {
        if report.isHubs, report.run == run.rawValue { hub = report }
        guard let asOf = report.directoryAsOf else { return }
        let isReported = report.hubRuns?.contains(run) == true
        for target in report.targets where isReported || report.isFull && target.isGood {
            let end = End(asOf: asOf, startedAt: report.startedAt, verdict: target.verdict, changes: target.changes)
            targets[FleetTally.Identity(report, target), default: Course()]
                .add(end, isReported: isReported, isGoodFull: report.isFull && target.isGood)
        }
    }
}
