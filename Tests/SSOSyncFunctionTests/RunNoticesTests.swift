// SPDX-License-Identifier: Apache-2.0

import Logging
import SSOSyncCore
import SSOSyncLambdaRuntime
import SSOSyncTesting
import Testing

@testable import SSOSyncFunction

@Suite("Whoever is told of one run after another", .timeLimit(.minutes(1)))
struct RunNoticesTests {
    private struct SilentNotifier: Notifier {
        func notify(_ report: SyncReport) async throws { try await Task.sleep(for: .seconds(600)) }
    }

    private let report = SyncReport.run()

    /// For how long notifiers and the archive are waited for next, once these were told of a run.
    private func patience(
        after notifier: any Notifier,
        archive: (any Notifier)? = nil,
        _ budget: TimeBudget
    ) async -> (notifiers: Duration, archive: Duration) {
        var metrics = EmbeddedMetrics(deployment: "test")
        await RunNotices(
            notifier: notifier,
            archive: archive,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            output: MetricsOutput(write: { _ in })
        )
        .tell(report, budget, &metrics)
        let (notifiers, archive) = (budget.lastWord(to: .notifiers), budget.lastWord(to: .archive))
        let now = ContinuousClock.now
        return (now.duration(to: notifiers), now.duration(to: archive))
    }

    private var budget: TimeBudget { TimeBudget(lasting: .seconds(600), patience: .milliseconds(500)) }

    @Test
    func
        `whoever does not answer keeps the runs after that for a tenth of the time, and has it taken from nobody else`()
        async
    {
        let quick = RecordingNotifier()
        let silent = await patience(after: SilentNotifier(), archive: quick, budget)
        #expect(silent.notifiers <= .milliseconds(50) && silent.archive > .milliseconds(50))
        let full = await patience(after: quick, archive: SilentNotifier(), budget)
        #expect(full.archive <= .milliseconds(50) && full.notifiers > .milliseconds(50))
        #expect(quick.reports.count == 2)
    }

    @Test func `whoever has answered, be it that nothing can be told, is waited for as long again`() async {
        let long = TimeBudget(lasting: .seconds(600), patience: .seconds(300))
        #expect(await patience(after: RecordingNotifier(), long).notifiers > .seconds(200))
        let failing = RecordingNotifier(failure: SyncError(.server, "nobody is there"))
        #expect(await patience(after: failing, long).notifiers > .seconds(200))
    }
}
