// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// Shows the statements of a run, with the reasons as comments.
public enum ScriptRenderer {
    /// Comments and statements of every target, with a line break at the end.
    ///
    /// What would upset a terminal is escaped in statements too; such a name then names nobody, and nothing happens.
    public static func text(_ report: SyncReport) -> String {
        var lines = comment("The directory could not be read: ", report.sourceFailure?.message)
        for target in report.targets { lines += Self.lines(target) + [""] }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func lines(_ target: TargetReport) -> [String] {
        let name = Printable.escaped(target.target.rawValue)
        if target.isResting { return ["-- \(name): \(TargetRenderer.resting)"] }
        guard let plan = target.plan else { return ["-- \(name)"] + comment("failed: ", target.failure?.message) }
        let content = plan.content
        let heading = "-- \(name): \(content.engine), mode \(content.mode.rawValue), plan \(plan.contentHash)"
        let reasons = content.steps.flatMap { step in
            comment("\(step.operation.label) \(step.operation.account): ", step.reason.description)
        }
        let statements = (target.script ?? []).map { statement in
            TargetRenderer.terminated(Printable.escapedProse(statement, keepsLines: true))
        }
        let urgent = content.findings.filter(\.isUrgent).flatMap { comment("urgent: ", $0.message) }
        let remarks = content.conflicts.flatMap { comment("conflict: ", $0.message) }
        let hold = comment("", content.hold?.sentence)
        return [heading] + hold + urgent + comment("failed: ", target.failure?.message) + reasons + statements + remarks
    }

    /// A line break in a name must not end the comment.
    private static func comment(_ label: String, _ text: String?) -> [String] {
        text.map { ["-- \(Printable.escapedProse(label + $0))"] } ?? []
    }
}
