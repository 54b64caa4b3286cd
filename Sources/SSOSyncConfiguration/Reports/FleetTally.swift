// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// What a summary needs of the reports that there were so far: as much as there are targets, however many reports.
///
/// The same of the same reports, in whichever order they come.
struct FleetTally: ReportTally {
    /// The last of something, by when its run began.
    struct Last<Value> {
        let startedAt: Timestamp
        private let run: String
        let value: Value

        fileprivate init(_ report: KeptReport, _ value: Value) {
            (startedAt, run, self.value) = (report.startedAt, report.run, value)
        }

        fileprivate func isBefore(_ other: Self) -> Bool {
            (startedAt, run) <= (other.startedAt, other.run)
        }
    }

    /// Whose reports they are: who keeps them in a folder may say what they like of others.
    struct Origin: Hashable {
        let folder: String
        let owner: DeploymentOwner

        init(_ report: KeptReport) { (folder, owner) = (report.folder, report.owner) }
    }

    /// What tells targets apart: two deployments, or two spokes of one, may have each their own of the same name.
    ///
    /// Not who has run: what a function has left, somebody at a terminal may have put right.
    struct Identity: Hashable, Comparable {
        let origin: Origin
        let target: TargetName
        let server: String?

        init(_ origin: Origin, _ target: TargetName, server: String?) {
            (self.origin, self.target, self.server) = (origin, target, server)
        }

        init(_ report: KeptReport, _ target: KeptReport.Target) {
            self.init(Origin(report), target.target, server: target.server)
        }

        static func < (left: Self, right: Self) -> Bool {
            (left.origin.folder, left.target, left.origin.owner, left.server ?? "")
                < (right.origin.folder, right.target, right.origin.owner, right.server ?? "")
        }
    }

    /// What is known of the directory, by the reports of one deployment in one folder: whether the last reading of everyone failed.
    struct Directory {
        private var all: Last<Bool>?
        /// By a hub's reports, and by those that had none.
        private var hubs: Last<Bool>?
        /// Whether the last of a hub's reports says that everything is frozen; nil if there is no hub.
        private(set) var isHubFrozen: Last<Bool>?

        /// Where there is a hub, a spoke's reports do not tell: its directory is what the hub has read some time before.
        var isLacking: Bool { (isHubFrozen == nil ? all : hubs)?.value == true }

        fileprivate mutating func add(_ report: KeptReport) {
            if report.isHubs { isHubFrozen.note(report, report.isFrozen) }
            // While everything is frozen nothing is read, so that nobody knows.
            guard report.isFull, !report.isFrozen else { return }
            all.note(report, report.lacksDirectory)
            if report.isHubs || report.lacksDirectory { hubs.note(report, report.lacksDirectory) }
        }
    }

    /// What the runs have come to on one target.
    struct Course {
        /// What there was to do.
        struct Planned {
            let isFrozen: Bool
            let withheld: Int
            let leaversNotOut: Int
        }

        /// The verdicts of the last run, and of the last of everyone.
        private(set) var last: Last<String>?
        private(set) var lastFull: Last<String>?
        private(set) var lastGoodFull: Last<Void>?
        private(set) var lastPlanned: Last<Planned>?
        private(set) var lastFullPlanned: Last<Planned>?
        private(set) var changes = 0

        fileprivate mutating func add(_ target: KeptReport.Target, of report: KeptReport) {
            changes += target.changes
            last.note(report, target.verdict)
            let planned = target.plan.map { plan in
                Planned(
                    isFrozen: target.isFrozen,
                    withheld: plan.content.withheld.count,
                    leaversNotOut: target.leaversNotOut?.count ?? 0
                )
            }
            if let planned { lastPlanned.note(report, planned) }
            guard report.isFull else { return }
            lastFull.note(report, target.verdict)
            if let planned { lastFullPlanned.note(report, planned) }
            if target.isGood { lastGoodFull.note(report, ()) }
        }
    }

    private(set) var runs = 0
    private(set) var runsWithoutDirectory = 0
    private(set) var lastSourceFailure: Last<String>?
    private(set) var directories: [Origin: Directory] = [:]
    private(set) var targets: [Identity: Course] = [:]
    /// Keys of what could not be read.
    var unreadable: [String] = []

    mutating func add(_ report: KeptReport) {
        runs += 1
        if report.lacksDirectory, let failure = report.sourceFailure {
            runsWithoutDirectory += 1
            lastSourceFailure.note(report, failure.message)
        }
        directories[Origin(report), default: Directory()].add(report)
        for target in report.targets { targets[Identity(report, target), default: Course()].add(target, of: report) }
    }
}

extension Optional {
    fileprivate mutating func note<Value>(_ report: KeptReport, _ value: Value)
    where Wrapped == FleetTally.Last<Value> {
        let next = FleetTally.Last(report, value)
        if self?.isBefore(next) ?? true { self = next }
    }
}
