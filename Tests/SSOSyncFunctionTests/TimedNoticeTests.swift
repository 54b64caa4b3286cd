// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTesting
import Testing

@testable import SSOSyncFunction

@Suite("Whoever is told how a run went", .timeLimit(.minutes(1)))
struct TimedNoticeTests {
    private struct SlowNotifier: Notifier {
        func notify(_ report: SyncReport) async throws { try await Task.sleep(for: .seconds(120)) }
    }

    private let report = SyncReport.run()

    private func problem(_ notifier: any Notifier, after time: Duration) async -> String? {
        await TimedNotice(notifier: notifier, end: .now + time).problem(with: report)
    }

    @Test func `whoever is quick is told`() async {
        let notifier = RecordingNotifier()
        #expect(await problem(notifier, after: .seconds(50)) == nil)
        #expect(notifier.reports.map(\.runId) == [report.runId])
    }

    @Test func `what fails is said`() async {
        let notifier = RecordingNotifier(failure: SyncError(.server, "nobody is there"))
        #expect(await problem(notifier, after: .seconds(50)) == "nobody is there")
    }

    @Test(arguments: [-1_000, 100])
    func `whoever is slow is cut, and keeps nobody else from being told`(milliseconds: Int) async {
        let quick = RecordingNotifier()
        let all = CompositeNotifier([SlowNotifier(), quick])
        let problem = await problem(all, after: .milliseconds(milliseconds))
        #expect(problem?.hasPrefix("the time was up: SlowNotifier: ") == true)
        #expect(quick.reports.count == 1)
    }

    @Test func `a task that is cancelled waits for nobody`() async {
        let task = Task { await problem(SlowNotifier(), after: .seconds(110)) }
        task.cancel()
        #expect(await task.value != nil)
    }
}
