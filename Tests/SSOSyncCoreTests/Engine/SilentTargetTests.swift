// SPDX-License-Identifier: Apache-2.0

import SSOSyncConcurrency
import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@Suite("Targets that do not answer while they are read", .timeLimit(.minutes(1)))
struct SilentTargetTests {
    /// A provisioner whose sessions say nothing when they are asked for something, until nobody waits any more.
    struct Silent: DatabaseProvisioner {
        enum Call { case inspect, holders, script }

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
                if !request.holdersOf.isEmpty { try await waitIf(.holders) }
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

    @Test(arguments: [Silent.Call.inspect, .script])
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

    @Test func `one that does not tell who holds a group's roles leaves a run of the group time for the others`() async
    {
        var fixture = Fixture(["a", "b"])
        _ = await fixture.apply()
        fixture.pass(60)
        fixture.directory.update { $0.remove("ben", from: "id-g1") }
        fixture.options.timeLimitPerTarget = .seconds(3)
        let engine = engine(fixture, silentWhen: .inspect)
        let (report, _) = await untilTime(.now + .seconds(3)) { [options = fixture.options] in
            await engine.apply(.groups(["g1"]), options: options)
        }
        #expect(report.verdict == .partialFailure && report.sourceFailure == nil)
        #expect(
            report.target("b").verdict == .inSync && fixture.databases["b"]?.server.logins["ben"]?.canLogIn == false
        )
        // It was asked for holders, and then for what a run has to know.
        #expect(log.values == ["asked", "ended", "closed", "asked", "ended", "closed"])
        #expect(fixture.database.state.openSessions == 0)
    }

    @Test func `one that was asked too long who holds a group's roles fails, since leavers may have been missed`() async
    {
        var fixture = Fixture(["a", "b"])
        fixture.options.timeLimitPerTarget = .seconds(2)
        let engine = engine(fixture, silentWhen: .holders)
        let failure = await engine.apply(.groups(["g1"]), options: fixture.options).target("a").failure
        #expect(failure?.code == .timeout && failure?.message.contains("target a") == true, "\(failure as Any)")
        #expect(["a", "b"].allSatisfy { fixture.databases[$0]?.server.logins["ann"]?.canLogIn == true })
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
