// SPDX-License-Identifier: Apache-2.0

import InMemoryLogging
import Logging
import SSOSyncCore
import SSOSyncTesting
import Testing

/// A directory that is not to be believed.
@Suite("The engine and its source")
struct EngineSourceTests {
    @Test func `a source that throws yields no plan, touches no target, and is told`() async {
        let fixture = Fixture(["a", "b"])
        fixture.directory.update { $0.failure = SyncError(.source, "throttled on page 2") }
        let report = await fixture.apply()
        #expect(report.verdict == .sourceUnavailable)
        #expect(report.sourceFailure?.code == .source && report.targets.isEmpty && report.directoryAsOf == nil)
        #expect(fixture.databases.values.allSatisfy { $0.state.accesses.isEmpty })
        #expect(fixture.notifier.reports.count == 1)
    }

    @Test
    func
        `an error of the source's own is a failure of the source, and what was cancelled is not; the log says each once`()
        async throws
    {
        struct Strange: Error {}
        let fixture = Fixture()
        let found: [(any Error, SyncError.Code, String)] = [
            (Strange(), .source, "the source failed: Strange()"),
            (CancellationError(), .cancelled, "the run was cancelled"),
        ]
        for (error, code, message) in found {
            fixture.directory.update { $0.failure = error }
            let report = await fixture.apply()
            #expect(report.sourceFailure == SyncError(code, message))
            #expect(report.verdict == .sourceUnavailable)
            let handler = InMemoryLogHandler()
            try await LogNotifier(logger: Logger(label: "test") { _ in handler }).notify(report)
            #expect(handler.entries.map { "\($0.message)" } == ["the directory could not be read: \(message)"])
        }
    }

    @Test func `a group that is gone or was created anew removes nobody`() async {
        let fixture = Fixture()
        _ = await fixture.apply()
        fixture.directory.update { $0.remove(group: "id-g1") }
        #expect(await fixture.apply().verdict == .sourceUnavailable)
        fixture.directory.update { $0.add(DirectoryGroup(id: "id-anew", name: "g1", members: [])) }
        #expect(await fixture.apply().verdict == .sourceUnavailable)
        #expect(fixture.database.server.logins.values.allSatisfy { $0.canLogIn })
    }

    @Test(arguments: LyingSource.Lie.allCases)
    func `a source that answers something else than was asked is not believed`(lie: LyingSource.Lie) async {
        let fixture = Fixture()
        _ = await fixture.apply()
        let engine = fixture.engine(reading: LyingSource(source: fixture.directory, lie: lie))
        #expect(await engine.apply().verdict == .sourceUnavailable)
        #expect(fixture.database.server.logins.values.allSatisfy { $0.canLogIn })
    }
}
