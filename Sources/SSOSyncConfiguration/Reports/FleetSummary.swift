// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// What the runs of a while have come to, target by target, by the reports that they have left.
///
/// A pure value: the same of the same reports, in whichever order.
public struct FleetSummary: Hashable, Sendable, Encodable {
    /// One target: that of a deployment at one place, whoever has run on it, a function or a person.
    public struct Target: Hashable, Sendable, Encodable {
        /// Where its reports are below the prefix, such as `shop/`: nothing for the prefix itself.
        public let folder: String
        /// The target.
        public let target: TargetName
        /// The deployment.
        public let owner: DeploymentOwner
        /// Where its server is; nil if no report of it says.
        public let server: String?
        /// What the last run of everyone came to on it, or the last run, whichever is graver.
        public let verdict: String
        /// When the last run began.
        public let lastRun: Timestamp
        /// When the last run of everyone began that went well on it; nil if there is none among the reports.
        public let lastGoodFullRun: Timestamp?
        /// Operations that were done, in all runs.
        public let changes: Int
        /// Steps that the last run of everyone left waiting, or the last one that planned.
        public let withheld: Int
        /// Accounts of people who left that were locked a while ago and were not out after the last run of everyone.
        public let leaversNotOut: Int
    }

    /// The targets, ascending by folder and name, then by deployment, and by where they are.
    public let targets: [Target]
    /// The reports that there are.
    public let runs: Int
    /// Those of them that had no directory, or of a hub that could not send everything.
    public let runsWithoutDirectory: Int
    /// Why the last of those had none; nil if there are none.
    public let lastSourceFailure: String?
    /// Whether no run of everyone has had a directory since: of one deployment in one folder at least.
    public let lacksDirectory: Bool
    /// Deployments of which everything is frozen, at their hub or on a target, each with the folder before it, such as `shop/prod`:
    /// nobody who leaves is locked there.
    public let frozen: [String]
    /// Keys of what could not be read.
    public let unreadable: [String]

    init(_ reports: [KeptReport], unreadable: [String] = []) {
        let reports = reports.sorted { ($0.startedAt, $0.run) < ($1.startedAt, $1.run) }
        runs = reports.count
        let failed = reports.filter(\.lacksDirectory)
        runsWithoutDirectory = failed.count
        lastSourceFailure = failed.last?.sourceFailure?.message
        let origins = Dictionary(grouping: reports, by: Origin.init)
        lacksDirectory = origins.values.contains(where: Self.lacksDirectory)
        self.unreadable = unreadable.sorted()
        var parts: [Identity: [(report: KeptReport, target: KeptReport.Target)]] = [:]
        for report in reports {
            for target in report.targets { parts[Identity(report, target), default: []].append((report, target)) }
        }
        let frozenHubs = origins.filter { $0.value.last(where: \.isHubs)?.isFrozen == true }.keys
        let frozenTargets = parts.filter { $0.value.last { $0.target.plan != nil }?.target.isFrozen == true }.keys
        frozen = Set(frozenHubs).union(frozenTargets.map(\.origin)).map { $0.folder + $0.owner.rawValue }.sorted()
        targets = parts.sorted { $0.key < $1.key }.compactMap { identity, parts in
            guard let last = parts.last else { return nil }
            let full = parts.filter(\.report.isFull)
            let ends = [last, full.last].compactMap { $0.map { Self.verdict(labelled: $0.target.verdict) } }
            return Target(
                folder: identity.origin.folder,
                target: identity.target,
                owner: identity.origin.owner,
                server: identity.server,
                verdict: (ends.min() ?? .partialFailure).label,
                lastRun: last.report.startedAt,
                lastGoodFullRun: full.last { $0.target.isGood }?.report.startedAt,
                changes: parts.reduce(0) { $0 + $1.target.changes },
                withheld: (full.last { $0.target.plan != nil } ?? parts.last { $0.target.plan != nil })?.target.plan?
                    .content.withheld.count ?? 0,
                leaversNotOut: full.last { $0.target.plan != nil }?.target.leaversNotOut?.count ?? 0
            )
        }
    }

    /// Whose reports they are: who keeps them in a folder may say what they like of others.
    private struct Origin: Hashable {
        let folder: String
        let owner: DeploymentOwner

        init(_ report: KeptReport) { (folder, owner) = (report.folder, report.owner) }
    }

    /// What tells targets apart: two deployments, or two spokes of one, may have each their own of the same name.
    ///
    /// Not who has run: what a function has left, somebody at a terminal may have put right.
    private struct Identity: Hashable, Comparable {
        let origin: Origin
        let target: TargetName
        let server: String?

        init(_ report: KeptReport, _ target: KeptReport.Target) {
            (origin, self.target, server) = (Origin(report), target.target, target.server)
        }

        static func < (left: Self, right: Self) -> Bool {
            (left.origin.folder, left.target, left.origin.owner, left.server ?? "")
                < (right.origin.folder, right.target, right.origin.owner, right.server ?? "")
        }
    }

    /// Whether the last reading of the directory failed, by the reports of one deployment in one folder.
    private static func lacksDirectory(_ reports: [KeptReport]) -> Bool {
        // Where there is a hub, a spoke's reports do not tell: its directory is what the hub has read some time before.
        let hasHub = reports.contains(where: \.isHubs)
        // While everything is frozen nothing is read, so that nobody knows.
        let readings = reports.filter { $0.isFull && !$0.isFrozen && ($0.lacksDirectory || $0.isHubs || !hasHub) }
        return readings.last?.lacksDirectory == true
    }

    /// What it comes to: the gravest of what the last runs came to.
    ///
    /// Where nothing is known, all is not well: without a report, or without a directory of late, the source is missing.
    public var verdict: Verdict {
        guard runs > 0, !lacksDirectory else { return .sourceUnavailable }
        var verdicts = targets.map(Self.verdict(of:))
        if !unreadable.isEmpty { verdicts.append(.partialFailure) }
        // As of a run: whatever there is to be done, a freeze of everything is not to be forgotten.
        if !frozen.isEmpty { verdicts.append(.changesPending) }
        return verdicts.min() ?? .sourceUnavailable
    }

    /// Of a target that events alone have come to, nobody knows what they have missed.
    private static func verdict(of target: Target) -> Verdict {
        let verdict = verdict(labelled: target.verdict)
        return target.lastGoodFullRun == nil ? min(verdict, .partialFailure) : verdict
    }

    private static func verdict(labelled label: String) -> Verdict {
        Verdict.allCases.first { $0.label == label } ?? .partialFailure
    }
}
