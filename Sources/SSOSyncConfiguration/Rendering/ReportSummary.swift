// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// A run in one line, and the outcomes that it is counted from.
struct ReportSummary {
    private let report: SyncReport
    private let sections: [PlanSections]

    /// - Parameters:
    ///   - report: The run.
    ///   - sections: What was done on its targets, or would be.
    init(_ report: SyncReport, _ sections: [PlanSections]) {
        self.report = report
        self.sections = sections
    }

    /// `2 targets: access taken from 1 account, given to 2 accounts`.
    var line: String {
        let targets = TargetRenderer.count(report.targets.count, "target", "targets")
        let parts = changes + problems
        return "\(targets): \(parts.isEmpty ? "nothing to do" : parts.joined(separator: ", "))."
    }

    private var changes: [String] {
        let count = { (kind: PlanSections.Kind) in sections.reduce(0) { $0 + $1.count(kind) } }
        let accounts = { (number: Int) in TargetRenderer.count(number, "account", "accounts") }
        return [
            count(.taken) == 0 ? nil : "access taken from \(accounts(count(.taken)))",
            count(.given) == 0 ? nil : "access given to \(accounts(count(.given)))",
            count(.names) == 0 ? nil : "\(count(.names)) renamed",
            count(.dropped) == 0 ? nil : "\(count(.dropped)) dropped",
            count(.marked) == 0 ? nil : "the markers of \(accounts(count(.marked)))",
        ].compactMap(\.self)
    }

    private var problems: [String] {
        let plans = report.targets.compactMap(\.plan?.content)
        let waiting = plans.reduce(0) { $0 + $1.withheld.count }
        let conflicts = plans.reduce(0) { $0 + $1.conflicts.count }
        let urgent = plans.reduce(0) { $0 + $1.findings.count(where: \.isUrgent) }
        let failed = report.targets.reduce(0) { $0 + Self.failed($1).count }
        let skipped = report.targets.reduce(0) { $0 + Self.skipped($1).count }
        let deferred = report.targets.reduce(0) { $0 + $1.outcomes.count(where: \.isDeferred) }
        let failedTargets = report.targets.count { $0.failure != nil }
        return [
            report.isFrozen ? "EVERYTHING IS FROZEN" : nil,
            urgent == 0 ? nil : TargetRenderer.count(urgent, "urgent finding", "urgent findings"),
            waiting == 0 ? nil : "\(waiting) waiting",
            conflicts == 0 ? nil : TargetRenderer.count(conflicts, "conflict", "conflicts"),
            deferred == 0 ? nil : "\(deferred) left for the next run",
            failed == 0 ? nil : "\(TargetRenderer.count(failed, "operation", "operations")) failed",
            skipped == 0 ? nil : "\(skipped) not tried",
            failedTargets == 0 ? nil : targetsFailed(failedTargets),
        ].compactMap(\.self)
    }

    private func targetsFailed(_ number: Int) -> String {
        report.targets.count == 1 ? "it failed" : "\(number) of \(report.targets.count) targets failed"
    }

    // MARK: Outcomes

    static func failed(_ report: TargetReport) -> [TextTable.Row] {
        report.outcomes.compactMap { outcome in
            guard case .failed(let error) = outcome.result else { return nil }
            return row(outcome.operation, error.message)
        }
    }

    static func skipped(_ report: TargetReport) -> [TextTable.Row] {
        report.outcomes.compactMap { outcome in
            guard case .skipped(let reason) = outcome.result else { return nil }
            return row(outcome.operation, reason)
        }
    }

    static func deferred(_ report: TargetReport) -> [TextTable.Row] {
        report.outcomes.compactMap { outcome in
            guard case .deferred(let reason) = outcome.result else { return nil }
            return row(outcome.operation, reason)
        }
    }

    /// Operations of which nothing was heard, because the target failed.
    static func unknown(_ report: TargetReport) -> [TextTable.Row] {
        guard report.failure != nil else { return [] }
        let reported = Set(report.outcomes.map(\.operation))
        return (report.plan?.operations ?? []).filter { !reported.contains($0) }.map { row($0, "") }
    }

    private static func row(_ operation: Operation, _ why: String) -> TextTable.Row {
        TextTable.Row(
            account: Printable.escaped(operation.account.rawValue),
            what: OperationPhrase(operation: operation).attempt,
            why: Printable.escapedProse(why.split(whereSeparator: \.isNewline).joined(separator: " "))
        )
    }
}
