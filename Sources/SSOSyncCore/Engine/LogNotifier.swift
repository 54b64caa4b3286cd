// SPDX-License-Identifier: Apache-2.0

public import Logging

/// Writes one line for each target of a run to a log, and one more if something on it is urgent: counts and ids.
///
/// Plans name people, these lines do not, but where the error that failed a target does.
public struct LogNotifier: Notifier {
    private let logger: Logger

    /// A notifier that writes to a logger.
    public init(logger: Logger) { self.logger = logger }

    /// Logs the report.
    ///
    /// Never throws.
    public func notify(_ report: SyncReport) async throws {
        if let failure = report.sourceFailure {
            logger.error("the directory could not be read: \(failure)", metadata: ["run": "\(report.runId)"])
        }
        for target in report.targets {
            logger.log(level: level(target), "\(summary(target))", metadata: metadata(target, of: report))
            let urgent = target.plan?.content.findings.count(where: \.isUrgent) ?? 0
            guard urgent > 0 else { continue }
            logger.error(
                "somebody who left goes on having access; the plan says who, and by what",
                metadata: ["run": "\(report.runId)", "target": "\(target.target)", "urgent": "\(urgent)"]
            )
        }
    }

    private func level(_ target: TargetReport) -> Logger.Level {
        switch target.verdict {
        case .changesPending where target.plan?.content.hold == .everythingFrozen: .warning
        case .inSync: .info
        case .changesPending, .busy: .notice
        case .braked: .warning
        case .partialFailure, .sourceUnavailable: .error
        }
    }

    private func summary(_ target: TargetReport) -> String {
        if let failure = target.failure { return "target failed: \(failure)" }
        if target.isResting { return "left paused: nothing has changed" }
        switch target.verdict {
        case .inSync: return target.outcomes.isEmpty ? "in sync" : "applied"
        case .changesPending: return pending(target.plan?.content.hold)
        case .busy: return "another writer holds the lock"
        case .braked: return "the brake tripped"
        case .partialFailure, .sourceUnavailable: return "\(target.failedOutcomes.count) operations failed"
        }
    }

    private func pending(_ hold: Policy.Hold?) -> String {
        switch hold {
        case .everythingFrozen: "everything is frozen: nothing is changed, not even for those who left"
        case .joinsFrozen: "joins are frozen: nobody is let in"
        case .ring(let number, let reached): "ring \(number) is only planned: the rollout has reached ring \(reached)"
        case nil: "changes pending"
        }
    }

    private func metadata(_ target: TargetReport, of report: SyncReport) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["run": "\(report.runId)", "target": "\(target.target)"]
        if let marking = report.marking { metadata["marking"] = "\(marking.label)" }
        guard let plan = target.plan else { return metadata }
        metadata["planned"] = "\(plan.content.steps.count)"
        metadata["withheld"] = "\(plan.content.withheld.count)"
        metadata["conflicts"] = "\(plan.content.conflicts.count)"
        metadata["done"] = "\(target.outcomes.count - target.failedOutcomes.count)"
        metadata["failed"] = "\(target.failedOutcomes.count)"
        return metadata
    }
}
