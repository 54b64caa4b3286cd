// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

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
        return (FleetTable.lines([header] + rows) + [""] + notes).joined(separator: "\n") + "\n"
    }

    private var notes: [String] {
        let sum = { (value: KeyPath<Target, Int>) in targets.reduce(0) { $0 + $1[keyPath: value] } }
        let good = targets.count { $0.lastGoodFullRun != nil }
        var notes =
            frozen.isEmpty
            ? []
            : [
                "EVERYTHING IS FROZEN of \(frozen.map(Printable.escaped).joined(separator: ", ")): nothing is changed, not even for "
                    + "those who left."
            ]
        notes.append(
            "\(TargetRenderer.count(runs, "run", "runs")) on \(TargetRenderer.count(targets.count, "target", "targets")), "
                + "\(good) with a good full run: \(sum(\.changes)) changes, \(sum(\.withheld)) waiting, "
                + "\(sum(\.leaversNotOut)) not out."
        )
        if let failure = lastSourceFailure {
            notes.append(
                "\(TargetRenderer.count(runsWithoutDirectory, "run", "runs")) without a directory, the last because "
                    + Printable.escapedProse(failure)
            )
        }
        return notes + unreadable.map { "\(Printable.escaped($0)) is no report that this program can read." }
    }
}
