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

    private let report = SyncReport(
        runId: "0123456789abcdef",
        kind: .apply,
        startedAt: .now,
        finishedAt: .now,
        directoryAsOf: .now,
        sourceFailure: nil,
        targets: []
    )

    /// For how long whoever is told next is waited for, once these were told of a run.
    private func patience(
        after notifier: any Notifier,
        archive: (any Notifier)? = nil,
        _ budget: TimeBudget
    ) async -> Duration {
        var metrics = EmbeddedMetrics(deployment: "test")
        await RunNotices(
            notifier: notifier,
            archive: archive,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            output: MetricsOutput(write: { _ in })
        )
        .tell(report, budget, &metrics)
        let end = budget.lastWord
        return ContinuousClock.now.duration(to: end)
    }

    private var budget: TimeBudget { TimeBudget(lasting: .seconds(600), patience: .milliseconds(500)) }

    @Test func `whoever does not answer keeps the runs after that for a tenth of the time`() async {
        let quick = RecordingNotifier()
        #expect(await patience(after: SilentNotifier(), budget) <= .milliseconds(50))
        #expect(await patience(after: quick, archive: SilentNotifier(), budget) <= .milliseconds(50))
        #expect(quick.reports.count == 1)
    }

    @Test func `whoever has answered, be it that nothing can be told, is waited for as long again`() async {
        let long = TimeBudget(lasting: .seconds(600), patience: .seconds(300))
        #expect(await patience(after: RecordingNotifier(), long) > .seconds(200))
        let failing = RecordingNotifier(failure: SyncError(.server, "nobody is there"))
        #expect(await patience(after: failing, long) > .seconds(200))
    }
}
