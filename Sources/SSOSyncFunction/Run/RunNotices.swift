// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SSOSyncCore
internal import SSOSyncLambdaRuntime

/// Tells whoever is to be told how a run went, in time.
struct RunNotices: Sendable {
    let notifier: (any Notifier)?
    let logger: Logger
    let output: MetricsOutput

    /// Tells.
    func tell(_ report: SyncReport, _ budget: TimeBudget, _ metrics: inout EmbeddedMetrics) async {
        guard let notifier else { return }
        // Whatever becomes of that, what is counted by now is not lost.
        output.hand(&metrics)
        let notice = TimedNotice(notifier: notifier, end: budget.lastWord)
        // A run that was cancelled has something to tell, too, and that ends in time by itself.
        guard let problem = await Task(operation: { await notice.problem(with: report) }).value else { return }
        metrics.count("NotNotified")
        logger.warning("not everybody was told how the run went: \(problem)", metadata: ["run": "\(report.runId)"])
    }
}
