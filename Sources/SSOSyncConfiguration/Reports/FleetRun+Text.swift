// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

extension FleetRun {
    /// One canonical JSON document, with a line break at its end.
    public var json: String { String(decoding: CanonicalJSON.bytes(self), as: UTF8.self) + "\n" }

    /// A line for each target, those first that have reported, and what came of the run at the hub, with a line break at the end.
    public var text: String {
        let namesakes = Dictionary(grouping: targets, by: \.place)
        let rows = targets.map { target in
            [
                target.label(among: namesakes[target.place] ?? []), "\(target.lastRun)",
                Printable.escaped(target.verdict) + (target.isOfLater ? ", by a later reading" : ""),
                "\(target.changes)",
            ]
        }
        let absent = (missing ?? []).map { [Printable.escaped($0.rawValue), "none", "not yet"] }
        let lines = FleetTable.lines([["target", "run", "came to", "changes"]] + rows + absent)
        return (lines + [""] + notes).joined(separator: "\n") + "\n"
    }

    private var notes: [String] {
        let unread = unreadable.map { "\(Printable.escaped($0)) is no report that this program can read." }
        guard let startedAt, let scope else {
            return [
                "There is no report of the hub's run \(Printable.escaped(run.rawValue)) of that time: give --since or --date."
            ]
                + unread
        }
        let later = targets.count(where: \.isOfLater)
        return [
            "The hub's run \(run) of \(startedAt), for \(Printable.escaped(scope)): "
                + "\(TargetRenderer.count(targets.count - later, "target has", "targets have")) reported it, \(later) a later one, "
                + (missing.map { "\($0.count) not yet." }
                    ?? "and which have not nobody knows, since the hub is of a version that does not say.")
        ] + (hubFailure.map { ["At the hub: \(Printable.escapedProse($0))"] } ?? []) + unread
    }
}
