// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@Suite("Runs that wait for another writer")
struct WaitingTests {
    /// A run on targets whose lock somebody else holds until `meanwhile` has happened and a time has passed.
    private func run(
        _ fixture: Fixture,
        pass seconds: Int64,
        meanwhile: @escaping @Sendable () -> Void
    ) async -> SyncReport {
        var options = fixture.options
        options.lockWait = 30
        let queued = Log<TargetName>()
        let count = fixture.databases.count
        for database in fixture.databases.values { database.update { $0.lockHolder = "somebody" } }
        let engine = fixture.engine { database in
            QueuedProvisioner(database: database) {
                queued.append("one")
                guard queued.values.count == count else { return }
                fixture.pass(seconds)
                meanwhile()
                for database in fixture.databases.values { database.update { $0.lockHolder = nil } }
            }
        }
        return await engine.apply(options: options)
    }

    // MARK: How long

    @Test func `waiting for another writer takes nothing from the time for the work`() async throws {
        var fixture = Fixture()
        fixture.options.timeLimitPerTarget = .seconds(5)
        fixture.options.lockWait = 3_600
        fixture.database.update { $0.lockHolder = "somebody" }
        let letsGo = ContinuousClock.now.advanced(by: .seconds(6))
        let engine = fixture.engine { database in
            QueuedProvisioner(database: database) {
                Task {
                    try await eventually("the time for the work would be up") { ContinuousClock.now > letsGo }
                    database.update { $0.lockHolder = nil }
                }
            }
        }
        let report = await engine.apply(options: fixture.options)
        #expect(ContinuousClock.now > letsGo)
        #expect(report.verdict == .inSync, "\(report.only.ends) \(report.only.failure as Any)")
    }

    @Test func `who has waited as long as told, and longer than the work may take, is told that the target is busy`()
        async
    {
        var fixture = Fixture()
        fixture.options.timeLimitPerTarget = .milliseconds(10)
        fixture.options.lockWait = 1
        fixture.database.update { $0.lockHolder = "somebody" }
        let start = ContinuousClock.now
        let report = await fixture.apply()
        #expect(ContinuousClock.now - start >= .seconds(1))
        #expect(report.verdict == .busy && report.verdict.exitCode == 5)
    }

    // MARK: What is known by then

    @Test func `who leaves while a run waits for the lock gets no account from it`() async {
        let fixture = Fixture()
        let report = await run(fixture, pass: 60) { fixture.directory.update { $0.remove("ben", from: "id-g1") } }
        #expect(report.verdict == .inSync)
        #expect(report.only.ends == ["create ann done"])
        #expect(fixture.directory.world.requests.count == 2)
    }

    @Test func `no session is open, and no lock held, while a large directory is read again`() async {
        var fixture = Fixture()
        fixture.options.lockWait = 30
        fixture.database.update { $0.lockHolder = "somebody" }
        let source = SlowSource(fixture: fixture, seconds: 40)
        let opened = Log<Int>()
        let world = fixture
        let engine = world.engine(reading: source) { database in
            QueuedProvisioner(database: database) {
                opened.append(1)
                guard opened.values.count == 1 else { return }
                world.pass(60)
                world.directory.update { $0.remove("ben", from: "id-g1") }
                database.update { $0.lockHolder = nil }
            }
        }
        let report = await engine.apply(options: fixture.options)
        #expect(report.verdict == .inSync)
        #expect(report.only.ends == ["create ann done"])
        #expect(opened.values.count == 2)
        #expect(source.openSessions.values == [0, 0])
    }

    @Test func `the directory is not read again for a short wait`() async {
        let fixture = Fixture()
        let report = await run(fixture, pass: 30) {}
        #expect(report.verdict == .inSync)
        #expect(fixture.directory.world.requests.count == 1)
    }

    @Test func `all targets that waited share one new reading`() async {
        let fixture = Fixture(["a", "b", "c", "d", "e"])
        let report = await run(fixture, pass: 60) { fixture.directory.update { $0.remove("ben", from: "id-g1") } }
        #expect(report.verdict == .inSync)
        #expect(fixture.databases.values.allSatisfy { $0.server.logins.keys.sorted() == ["ann"] })
        #expect(fixture.directory.world.requests.count == 2)
    }

    @Test func `a clock that was set back makes no reading young`() async {
        let fixture = Fixture()
        _ = await run(fixture, pass: -3_600) {}
        #expect(fixture.directory.world.requests.count == 2)
    }

    @Test
    func `a directory that cannot be read again fails the targets that waited, once for all, and they are untouched`()
        async
    {
        let fixture = Fixture(["a", "b", "c"])
        let report = await run(fixture, pass: 60) {
            fixture.directory.update { $0.failure = SyncError(.source, "throttled") }
        }
        #expect(report.verdict == .sourceUnavailable && report.verdict.exitCode == 69)
        #expect(report.targets.map(\.failure?.code) == [.source, .source, .source])
        #expect(fixture.databases.values.allSatisfy { $0.state.done.isEmpty && $0.state.openSessions == 0 })
        #expect(fixture.directory.world.requests.count == 2)
    }

    @Test func `an approved plan is refused if the directory has moved while the run waited`() async throws {
        var fixture = Fixture()
        let plan = try #require(await fixture.plan().only.plan)
        fixture.options.approvedPlans = ["orders": plan.contentHash]
        let directory = fixture.directory
        let refused = await run(fixture, pass: 60) {
            directory.update { $0.remove("ben", from: "id-g1") }
        }
        #expect(refused.only.failure?.code == .planMoved)
        #expect(fixture.database.state.done.isEmpty)
        fixture.directory.update { $0.add("ben", to: "id-g1") }
        #expect(await run(fixture, pass: 60) {}.verdict == .inSync)
    }

    @Test func `a run of a group asks again who holds its roles`() async throws {
        let fixture = Fixture()
        _ = await fixture.apply()
        fixture.pass(60)
        var options = fixture.options
        options.lockWait = 30
        fixture.database.update { $0.lockHolder = "somebody" }
        let opened = Log<Int>()
        let engine = fixture.engine { database in
            QueuedProvisioner(database: database) {
                // First who holds the roles is read, without the lock; then the run waits for it.
                opened.append(1)
                guard opened.values.count == 2 else { return }
                fixture.pass(60)
                fixture.directory.update { $0.remove("ben", from: "id-g1") }
                database.update { $0.lockHolder = nil }
            }
        }
        let report = await engine.apply(.groups(["g1"]), options: options)
        #expect(report.verdict == .inSync)
        #expect(report.only.ends.contains("lock ben done"))
        #expect(fixture.database.state.accesses.suffix(3).map(\.kind) == [.reading, .writing, .reading])
    }
}
