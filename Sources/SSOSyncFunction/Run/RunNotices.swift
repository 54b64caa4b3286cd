// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SSOSyncCore
internal import SSOSyncLambdaRuntime

/// Tells whoever is to be told how a run went, and keeps its report, in time.
struct RunNotices: Sendable {
    let notifier: (any Notifier)?
    let archive: (any Notifier)?
    let logger: Logger
    let output: MetricsOutput

    /// Tells.
    func tell(_ report: SyncReport, _ budget: TimeBudget, _ metrics: inout EmbeddedMetrics) async {
        guard notifier != nil || archive != nil else { return }
        // Whatever becomes of that, what is counted by now is not lost.
        output.hand(&metrics)
        async let untold = problem(of: notifier, .notifiers, with: report, budget)
        async let unkept = problem(of: archive, .archive, with: report, budget)
        let metadata: Logger.Metadata = ["run": "\(report.runId)"]
        if let problem = await untold {
            metrics.count("NotNotified")
            logger.warning("not everybody was told how the run went: \(problem)", metadata: metadata)
        }
        let problem = await unkept
        guard archive != nil else { return }
        metrics.count("ReportsNotWritten", by: problem == nil ? 0 : 1)
        if let problem { logger.warning("the report is kept nowhere: \(problem)", metadata: metadata) }
    }

    private func problem(
        of notifier: (any Notifier)?,
        _ listener: TimeBudget.Listener,
        with report: SyncReport,
        _ budget: TimeBudget
    ) async -> String? {
        guard let notifier else { return nil }
        let notice = TimedNotice(notifier: notifier, end: budget.lastWord(to: listener))
        // A run that was cancelled has something to tell, too, and that ends in time by itself.
        let problem = await Task { await notice.problem(with: report) }.value
        if problem != nil, notice.end <= .now { budget.losePatience(with: listener) }
        return problem
    }
}
