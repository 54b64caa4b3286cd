// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Shows how a run went on one target.
struct TargetRenderer {
    private let report: TargetReport
    private let sections: PlanSections
    private let kind: SyncReport.Kind
    private let style: TerminalStyle

    /// - Parameters:
    ///   - report: How the run went.
    ///   - sections: What was done, or would be.
    ///   - kind: What the run was.
    ///   - style: How text stands out.
    init(_ report: TargetReport, _ sections: PlanSections, kind: SyncReport.Kind, style: TerminalStyle) {
        self.report = report
        self.sections = sections
        self.kind = kind
        self.style = style
    }

    var lines: [String] {
        guard let content = report.plan?.content else {
            return [style(.heading, report.target.rawValue) + (report.isResting ? "  \(Self.resting)" : "")] + failure
        }
        let notDone = report.wasApplied ? shortfalls : []
        return [heading(content)] + note(content) + urgent(content) + operations + notDone + waiting(content)
            + conflicts(content) + findings(content) + brake(content) + failure + planHash(content)
    }

    static let resting = "in sync: left paused, since nothing has changed since a run found nothing to do"

    // MARK: Heading

    private func heading(_ content: Plan.Content) -> String {
        let counts = content.counts
        let figures =
            "\(Self.count(counts.entitled, "person", "people")), \(Self.count(counts.managed, "account", "accounts"))"
        let isQuiet = report.plan?.isInSync == true && content.conflicts.isEmpty && report.failure == nil
        let state = isQuiet ? "in sync: \(figures)" : "\(figures), \(counts.unchanged) unchanged"
        let engine = "\(content.engine), mode \(content.mode.rawValue)"
        return style(.heading, Printable.escaped(report.target.rawValue)) + "  \(engine)  \(state)"
    }

    private func note(_ content: Plan.Content) -> [String] {
        if let hold = content.hold { return ["  " + style(.waiting, hold.sentence)] }
        guard kind == .apply, content.mode == .plan, !content.steps.isEmpty else { return [] }
        return ["  Nothing was changed: the target's mode is plan."]
    }

    static func count(_ number: Int, _ one: String, _ many: String) -> String {
        "\(number) \(number == 1 ? one : many)"
    }

    // MARK: Operations

    private var operations: [String] {
        PlanSections.Kind.allCases.flatMap { kind in
            sections.table(kind).map { ["", "  \(kind.title)"] + $0.lines(style) } ?? []
        }
    }

    private var shortfalls: [String] {
        table("Failed", "!", ReportSummary.failed(report))
            + table("Not tried", "!", ReportSummary.skipped(report))
            + table("Left for the next run", "?", ReportSummary.deferred(report))
            + table("Not done, or not known to be done", "!", ReportSummary.unknown(report))
    }

    private func table(_ title: String, _ mark: String, _ rows: [TextTable.Row]) -> [String] {
        guard !rows.isEmpty else { return [] }
        return ["", "  \(title)"] + TextTable(mark: mark, role: .taken, rows: rows).lines(style)
    }

    private func waiting(_ content: Plan.Content) -> [String] {
        guard !content.withheld.isEmpty else { return [] }
        let rows = content.withheld.map { withheld in
            TextTable.Row(
                account: Printable.escaped(withheld.step.operation.account.rawValue),
                what: OperationPhrase(operation: withheld.step.operation).planned,
                why: "\(Printable.escapedProse(withheld.step.reason.description)); \(Self.cause(withheld.cause))"
            )
        }
        return ["", "  Waiting"] + TextTable(mark: "?", role: .waiting, rows: rows).lines(style)
    }

    private static func cause(_ cause: Plan.WithheldStep.Cause) -> String {
        switch cause {
        case .removalsBrake: "waits for the brake on removals"
        case .joinsBrake: "waits for the brake on joins"
        case .mode: "waits because the target's mode is joins"
        case .freeze: "waits because joins are frozen"
        case .olderDirectory: "waits because a later reading of the directory has decided already"
        }
    }

    // MARK: Remarks

    private func conflicts(_ content: Plan.Content) -> [String] {
        guard !content.conflicts.isEmpty else { return [] }
        let lines = content.conflicts.map { "    " + style(.taken, "! \(Printable.escapedProse($0.message))") }
        return ["", "  Conflicts"] + lines
    }

    /// Before everything else, however much there is of that.
    private func urgent(_ content: Plan.Content) -> [String] {
        section("Urgent", "!", .taken, content.findings.filter(\.isUrgent))
    }

    private func findings(_ content: Plan.Content) -> [String] {
        // Groups are the same on all targets, and are named once for all.
        section("Findings", "*", .waiting, content.findings.filter { !$0.isUrgent && $0.kind != .unpinnedGroup })
    }

    private func section(
        _ title: String,
        _ mark: String,
        _ role: TerminalStyle.Role,
        _ findings: [Finding]
    ) -> [String] {
        guard !findings.isEmpty else { return [] }
        let lines = findings.flatMap { finding in
            ["    " + style(role, "\(mark) \(Printable.escapedProse(finding.message))")]
                + finding.statements.flatMap(Self.lines)
        }
        return ["", "  \(title)"] + lines
    }

    /// However many lines a statement has, none begins where a line of the plan does.
    private static func lines(_ statement: String) -> [String] {
        terminated(Printable.escapedProse(statement, keepsLines: true)).split(separator: "\n").map { "        \($0)" }
    }

    static func terminated(_ statement: String) -> String { statement.hasSuffix(";") ? statement : statement + ";" }

    private func brake(_ content: Plan.Content) -> [String] {
        let brake = content.brake
        var lines: [String] = []
        if brake.stopsRemovals {
            lines.append("  Brake: \(brake.removalsStoppedBecause.joined(separator: "; ")).")
            lines.append("    Removals wait. To let exactly these go: --allow-removals \(brake.removalsHash ?? "")")
        } else if brake.removals > 0 {
            let figures =
                "\(Self.count(brake.removals, "removal", "removals")) and \(brake.earlierRemovals) earlier within a day"
            let verdict = brake.isReleased ? "released by hand" : "let through"
            lines.append(
                "  Brake: \(figures), of \(Self.count(brake.accountsInUse, "account", "accounts")): \(verdict)."
            )
        }
        if let reason = brake.joinsStoppedBecause {
            lines.append("  Brake: \(reason). Joins wait: raise joins under brake if this many is right.")
        }
        guard !lines.isEmpty else { return [] }
        let role: TerminalStyle.Role = brake.stopsRemovals || brake.stopsJoins ? .waiting : .detail
        return [""] + lines.map { style(role, Printable.escapedProse($0)) }
    }

    private var failure: [String] {
        guard let failure = report.failure else { return [] }
        let message = PlanRenderer.indented(Printable.escapedProse(failure.message, keepsLines: true))
        return ["", "  " + style(.taken, "Failed (\(failure.code))"), message]
    }

    private func planHash(_ content: Plan.Content) -> [String] {
        guard kind == .plan, !content.steps.isEmpty, let hash = report.plan?.contentHash else { return [] }
        return ["", style(.detail, "  Plan \(hash)")]
    }
}
