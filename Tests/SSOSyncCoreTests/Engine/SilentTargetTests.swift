// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@Suite("Targets that do not answer while they are read", .timeLimit(.minutes(1)))
struct SilentTargetTests {
    /// A provisioner whose sessions say nothing when they are asked for something, until nobody waits any more.
    struct Silent: DatabaseProvisioner {
        enum Call: CaseIterable { case inspect, script }

        let database: InMemoryDatabase
        let call: Call
        let log: Log<String>

        struct Session: ProvisioningSession {
            let session: any ProvisioningSession
            let call: Call
            let log: Log<String>
            var dialect: Dialect { session.dialect }
            func inspect(_ request: InspectionRequest) async throws -> Accounts {
                try await waitIf(.inspect)
                return try await session.inspect(request)
            }
            func apply(
                _ operations: [Operation],
                until deadline: ContinuousClock.Instant,
                report: @Sendable (OperationOutcome) -> Void
            ) async throws { try await session.apply(operations, until: deadline, report: report) }
            func script(for operations: [Operation]) async throws -> [String] {
                try await waitIf(.script)
                return try await session.script(for: operations)
            }
            func close() async {
                log.append("closed")
                await session.close()
            }

            private func waitIf(_ asked: Call) async throws {
                guard asked == call else { return }
                log.append("asked")
                defer { log.append("ended") }
                // Silence, which ends by being cancelled, as a connection's call does.
                try await Task.sleep(for: .seconds(3_600))
            }
        }

        func openSession(_ access: SessionAccess) async throws -> any ProvisioningSession {
            Session(session: try await database.openSession(access), call: call, log: log)
        }
    }

    private let log = Log<String>()

    /// An engine one of whose targets is silent.
    private func engine(_ fixture: Fixture, silentWhen call: Silent.Call) -> SyncEngine {
        fixture.engine { database -> any DatabaseProvisioner in
            guard database === fixture.database else { return database }
            return Silent(database: database, call: call, log: log)
        }
    }

    @Test(arguments: Silent.Call.allCases)
    func `one is given up when its time is up, keeps nothing from the others, and is left closed and free`(
        call: Silent.Call
    ) async {
        var fixture = Fixture(["a", "b"])
        fixture.options.timeLimitPerTarget = .seconds(3)
        fixture.options.includesScripts = true
        let report = await engine(fixture, silentWhen: call).apply(options: fixture.options)
        #expect(report.target("a").failure?.code == .timeout, "\(report.target("a").failure as Any)")
        #expect(report.target("a").failure?.message.contains("target a") == true)
        #expect(report.target("b").verdict == .inSync && report.target("b").outcomes.count == 2)
        #expect(log.values == ["asked", "ended", "closed"])
        let state = fixture.database.state
        #expect(state.done.isEmpty && state.openSessions == 0 && state.lockHolder == nil)
    }

    @Test func `a run that is cancelled meanwhile says that, and not that the time was up`() async throws {
        let fixture = Fixture(["a", "b"])
        let engine = engine(fixture, silentWhen: .inspect)
        let run = Task { await engine.apply(options: fixture.options) }
        try await eventually("the target is asked") { log.values == ["asked"] }
        run.cancel()
        #expect(await run.value.target("a").failure?.code == .cancelled)
        #expect(log.values == ["asked", "ended", "closed"])
    }
}
