// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// What the plan of a run says about a target's health: what keeps people from what the directory says.
struct PlanCheck {
    private let report: TargetReport?
    /// What was said about the server already.
    private let known: [HealthCheck]
    /// So many messages are shown of each kind.
    private static let limit = 10

    init(_ report: TargetReport?, _ known: [HealthCheck]) {
        self.report = report
        self.known = known
    }

    var checks: [HealthCheck] {
        let hasFailed = known.contains { $0.status == .failed }
        guard let report else {
            return [HealthCheck("people", .skipped, "without a directory nobody knows who is to have access")]
        }
        if let failure = report.failure {
            guard hasFailed else { return [HealthCheck("people", failedBy: failure)] }
            return [HealthCheck("people", .skipped, "without what failed above no plan can be made")]
        }
        return [hold(report), people(report), brake(report), findings(report)].compactMap(\.self)
    }

    /// What the deployment keeps runs from.
    private func hold(_ report: TargetReport) -> HealthCheck? {
        (report.plan?.content.hold).map { HealthCheck("rollout", .warning, $0.sentence) }
    }

    private func people(_ report: TargetReport) -> HealthCheck {
        let toldOfRoles = known.contains { $0.name == "roles" }
        let conflicts = (report.plan?.content.conflicts ?? []).filter { !(toldOfRoles && $0.kind == .roleMissing) }
        guard !conflicts.isEmpty else {
            return HealthCheck("people", .good, "nobody is kept from what the directory says")
        }
        let isGrave = conflicts.contains { $0.kind.failsRun }
        return HealthCheck(
            "people",
            isGrave ? .failed : .warning,
            "\(conflicts.count) in conflict",
            remedy: Self.some(conflicts.map(\.message))
        )
    }

    /// Whether the next run would hold something back.
    private func brake(_ report: TargetReport) -> HealthCheck? {
        guard let brake = report.plan?.content.brake, brake.stopsRemovals || brake.stopsJoins else { return nil }
        let reasons = brake.removalsStoppedBecause + [brake.joinsStoppedBecause].compactMap(\.self)
        let release = brake.stopsRemovals ? brake.removalsHash : nil
        return HealthCheck(
            "brake",
            .failed,
            reasons.joined(separator: "; "),
            remedy: ["sso-sync plan --target '\(report.target)'"]
                + [release].compactMap(\.self).map { "sso-sync apply --allow-removals \($0)" }
        )
    }

    /// What the plan would tell a DBA besides; groups that are not pinned stand under the directory.
    private func findings(_ report: TargetReport) -> HealthCheck? {
        let findings = (report.plan?.content.findings ?? []).filter { $0.kind != .unpinnedGroup }
        guard !findings.isEmpty else { return nil }
        let lines = findings.flatMap { [$0.message] + $0.statements }
        return HealthCheck("findings", .warning, "\(findings.count) to look at", remedy: Self.some(lines))
    }

    private static func some(_ lines: [String]) -> [String] {
        guard lines.count > limit else { return lines }
        return lines.prefix(limit) + ["and \(lines.count - limit) more: sso-sync plan shows them all"]
    }
}
