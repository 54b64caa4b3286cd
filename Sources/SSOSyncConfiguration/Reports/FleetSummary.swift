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
    /// Keys of what could not be read.
    public let unreadable: [String]

    init(_ reports: [KeptReport], unreadable: [String] = []) {
        let reports = reports.sorted { ($0.startedAt, $0.run) < ($1.startedAt, $1.run) }
        runs = reports.count
        let failed = reports.filter { $0.sourceFailure != nil }
        runsWithoutDirectory = failed.count
        lastSourceFailure = failed.last?.sourceFailure?.message
        lacksDirectory = Dictionary(grouping: reports, by: Origin.init).values.contains(where: Self.lacksDirectory)
        self.unreadable = unreadable.sorted()
        var parts: [Identity: [(report: KeptReport, target: KeptReport.Target)]] = [:]
        for report in reports {
            for target in report.targets { parts[Identity(report, target), default: []].append((report, target)) }
        }
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
        let readings = reports.filter { $0.isFull && ($0.sourceFailure != nil || $0.isHubs || !hasHub) }
        return readings.last?.sourceFailure != nil
    }

    /// What it comes to: the gravest of what the last runs came to.
    ///
    /// Where nothing is known, all is not well: without a report, or without a directory of late, the source is missing.
    public var verdict: Verdict {
        guard runs > 0, !lacksDirectory else { return .sourceUnavailable }
        let verdicts = targets.map(Self.verdict(of:)) + (unreadable.isEmpty ? [] : [.partialFailure])
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

extension FleetSummary {
    /// One canonical JSON document, with a line break at its end.
    public var json: String { String(decoding: CanonicalJSON.bytes(self), as: UTF8.self) + "\n" }

    /// A line for each target and one for all, with a line break at the end.
    public var text: String {
        let header = ["target", "last run", "came to", "good full run", "changes", "waiting", "not out"]
        let namesakes = Dictionary(grouping: targets, by: \.place)
        let rows = targets.map { target in
            [
                target.label(among: namesakes[target.place] ?? []), "\(target.lastRun)",
                Printable.escaped(target.verdict),
                target.lastGoodFullRun.map { "\($0)" } ?? "none", "\(target.changes)", "\(target.withheld)",
                "\(target.leaversNotOut)",
            ]
        }
        return (Self.lines([header] + rows) + [""] + notes).joined(separator: "\n") + "\n"
    }

    private var notes: [String] {
        let sum = { (value: KeyPath<Target, Int>) in targets.reduce(0) { $0 + $1[keyPath: value] } }
        let good = targets.count { $0.lastGoodFullRun != nil }
        var notes = [
            "\(TargetRenderer.count(runs, "run", "runs")) on \(TargetRenderer.count(targets.count, "target", "targets")), "
                + "\(good) with a good full run: \(sum(\.changes)) changes, \(sum(\.withheld)) waiting, "
                + "\(sum(\.leaversNotOut)) not out."
        ]
        if let failure = lastSourceFailure {
            notes.append(
                "\(TargetRenderer.count(runsWithoutDirectory, "run", "runs")) without a directory, the last because "
                    + Printable.escapedProse(failure)
            )
        }
        return notes + unreadable.map { "\(Printable.escaped($0)) is no report that this program can read." }
    }

    private static func lines(_ rows: [[String]]) -> [String] {
        let widths = rows.reduce(into: [Int](repeating: 0, count: rows[0].count)) { widths, row in
            for (column, cell) in row.enumerated() { widths[column] = max(widths[column], cell.count) }
        }
        return rows.map { row in
            zip(row, widths).map { cell, width in cell + String(repeating: " ", count: width - cell.count) }
                .joined(separator: "  ").trimmedRight
        }
    }
}

extension FleetSummary.Target {
    /// The name, with the folder before it.
    fileprivate var place: String { folder + target.rawValue }

    /// That, and what tells the target from others of that name, if there are any.
    fileprivate func label(among namesakes: [Self]) -> String {
        let facts = [
            Set(namesakes.map(\.owner)).count > 1 ? owner.rawValue : nil,
            Set(namesakes.map(\.server)).count > 1 ? server ?? "at an unknown place" : nil,
        ].compactMap(\.self)
        let name = Printable.escaped(place)
        return facts.isEmpty ? name : "\(name) (\(facts.map(Printable.escaped).joined(separator: ", ")))"
    }
}

extension String {
    fileprivate var trimmedRight: String {
        String(self[..<(lastIndex { $0 != " " }.map(index(after:)) ?? startIndex)])
    }
}
