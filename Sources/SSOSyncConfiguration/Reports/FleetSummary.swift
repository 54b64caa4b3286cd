// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// What the runs of a while have come to, target by target, by the reports that they have left.
///
/// A pure value: the same of the same reports, in whichever order.
public struct FleetSummary: Hashable, Sendable, Encodable {
    /// One target: that of a deployment at one place, whoever has run on it, a function or a person.
    public struct Target: Hashable, Sendable, Encodable, FleetPlace {
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

    init(_ tally: FleetTally) {
        runs = tally.runs
        runsWithoutDirectory = tally.runsWithoutDirectory
        lastSourceFailure = tally.lastSourceFailure?.value
        lacksDirectory = tally.directories.values.contains(where: \.isLacking)
        unreadable = tally.unreadable.sorted()
        let frozenHubs = tally.directories.filter { $0.value.isHubFrozen?.value == true }.keys
        let frozenTargets = tally.targets.filter { $0.value.lastPlanned?.value.isFrozen == true }.keys
        frozen = Set(frozenHubs).union(frozenTargets.map(\.origin)).map { $0.folder + $0.owner.rawValue }.sorted()
        targets = tally.targets.sorted { $0.key < $1.key }.compactMap { identity, course in
            guard let last = course.last else { return nil }
            let ends = [last, course.lastFull].compactMap { $0.map { Verdict(ofReport: $0.value) } }
            return Target(
                folder: identity.origin.folder,
                target: identity.target,
                owner: identity.origin.owner,
                server: identity.server,
                verdict: (ends.min() ?? .partialFailure).label,
                lastRun: last.startedAt,
                lastGoodFullRun: course.lastGoodFull?.startedAt,
                changes: course.changes,
                withheld: (course.lastFullPlanned ?? course.lastPlanned)?.value.withheld ?? 0,
                leaversNotOut: course.lastFullPlanned?.value.leaversNotOut ?? 0
            )
        }
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
        let verdict = Verdict(ofReport: target.verdict)
        return target.lastGoodFullRun == nil ? min(verdict, .partialFailure) : verdict
    }
}

extension Verdict {
    /// The verdict that has this label in a report; one that nobody knows yet is not well.
    init(ofReport label: String) { self = Self.allCases.first { $0.label == label } ?? .partialFailure }
}
