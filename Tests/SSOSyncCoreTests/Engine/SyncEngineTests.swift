// SPDX-License-Identifier: Apache-2.0

import InMemoryLogging
import Logging
import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@Suite("The engine")
struct SyncEngineTests {
    // MARK: One run

    @Test func `a run makes the accounts, and a second one finds nothing to do`() async {
        let fixture = Fixture()
        let first = await fixture.apply()
        #expect(first.verdict == .inSync)
        #expect(first.only.ends == ["create ann done", "create ben done"])
        #expect(first.runId == "run-1" && first.directoryAsOf == World.start)
        let second = await fixture.apply()
        #expect(second.verdict == .inSync && second.only.outcomes.isEmpty)
        #expect(fixture.database.state.openSessions == 0 && fixture.database.state.lockHolder == nil)
    }

    @Test func `planning changes nothing and takes no lock`() async {
        let fixture = Fixture()
        fixture.database.update { $0.lockHolder = "somebody" }
        let report = await fixture.plan()
        #expect(report.verdict == .changesPending)
        #expect(report.only.plan?.operations.count == 2)
        #expect(fixture.database.server.logins.isEmpty)
        #expect(fixture.database.state.accesses.map(\.kind) == [.reading])
    }

    @Test func `a target of the mode plan is never written to`() async {
        let fixture = Fixture(mode: .plan)
        let report = await fixture.apply()
        #expect(report.verdict == .changesPending && !report.only.wasApplied)
        #expect(fixture.database.state.accesses.map(\.kind) == [.reading])
        #expect(fixture.database.state.done.isEmpty)
    }

    @Test func `a target of the mode joins keeps leavers, and says that something waits`() async {
        let fixture = Fixture(mode: .joins)
        _ = await fixture.apply()
        fixture.pass(60)
        fixture.directory.update { $0.remove("ben", from: "id-g1") }
        let report = await fixture.apply()
        #expect(report.verdict == .changesPending)
        #expect(fixture.database.server.logins["ben"]?.canLogIn == true)
    }

    @Test func `phases run in the safe order`() async {
        let fixture = Fixture(members: ["g1": ["ann", "ben", "cem"]])
        _ = await fixture.apply()
        fixture.pass(60)
        fixture.database.update { $0.server.logins["ann"]?.sessions = 1 }
        fixture.directory.update { world in
            world.remove(person: "ann")
            world.add(Person(id: "ann-2", accountName: "ann"))
            world.add("ann-2", to: "id-g1")
            world.add(Person(id: "ben", accountName: "ben.b"))
            world.add("cem", to: "id-g2")
        }
        let report = await fixture.apply()
        #expect(report.verdict == .inSync)
        let phases = fixture.database.state.done.dropFirst(3).map(\.phase)
        #expect(phases == phases.sorted())
        let labels = report.only.outcomes.map(\.operation.label)
        #expect(labels == ["lock", "end-sessions", "revoke", "move-aside", "rename", "create", "grant"])
        #expect(report.only.outcomes.first { $0.operation.action == .endSessions }?.sessionsEnded == 1)
    }

    @Test func `the statements are shown when asked for`() async {
        var fixture = Fixture()
        #expect(await fixture.plan().only.script == nil)
        fixture.options.includesScripts = true
        #expect(await fixture.plan().only.script == ["create ann", "create ben"])
    }

    // MARK: What fails stays alone

    @Test func `one broken target stops no other`() async {
        let fixture = Fixture(["a", "b", "c", "d"])
        fixture.databases["a"]?.update { $0.openFailure = SyncError(.unreachable, "no route") }
        fixture.databases["b"]?.update { $0.inspectionFailure = SyncError(.privilege, "may not read") }
        fixture.databases["c"]?.update { state in state.fatalFailure = { _ in SyncError(.connectionLost, "gone") } }
        let report = await fixture.apply()
        #expect(report.verdict == .partialFailure)
        #expect(report.targets.map(\.target) == ["a", "b", "c", "d"])
        #expect(report.targets.map(\.failure?.code) == [.unreachable, .privilege, .connectionLost, nil])
        #expect(report.target("d").verdict == .inSync)
        #expect(fixture.databases["d"]?.server.logins.count == 2)
        #expect(fixture.databases.values.allSatisfy { $0.state.openSessions == 0 && $0.state.lockHolder == nil })
    }

    @Test func `an operation that fails stops no other, and the run is no success`() async {
        let fixture = Fixture()
        fixture.refuse("create", "ann")
        let report = await fixture.apply()
        #expect(report.verdict == .partialFailure)
        #expect(report.only.ends == ["create ann failed", "create ben done"])
    }

    @Test func `outcomes that are known survive a target that breaks in the middle`() async {
        let fixture = Fixture()
        fixture.database.update { state in
            state.fatalFailure = { $0.account == "ben" ? SyncError(.connectionLost, "gone") : nil }
        }
        let report = await fixture.apply()
        #expect(report.only.ends == ["create ann done"])
        #expect(report.only.failure?.code == .connectionLost)
    }

    @Test func `a leaver who cannot be locked keeps the name, still loses roles, and is named`() async {
        let fixture = Fixture()
        _ = await fixture.apply()
        fixture.pass(60)
        fixture.directory.update { world in
            world.remove(person: "ann")
            world.add(Person(id: "ann-2", accountName: "ann"))
            world.add("ann-2", to: "id-g1")
        }
        fixture.refuse("lock", "ann")
        let report = await fixture.apply()
        #expect(report.verdict == .partialFailure)
        #expect(
            report.only.ends == [
                "lock ann failed", "end-sessions ann done", "revoke ann done", "move-aside ann skipped",
                "create ann skipped",
            ]
        )
        #expect(fixture.database.server.logins["ann"]?.user == "ann")
    }

    @Test func `an account that is not out yet does not give its name away`() async {
        let fixture = Fixture()
        _ = await fixture.apply()
        fixture.pass(60)
        fixture.directory.update { world in
            world.remove(person: "ann")
            world.add(Person(id: "new", accountName: "ann"))
            world.add("new", to: "id-g1")
        }
        fixture.refuse("end-sessions", "ann", code: .notOut)
        let report = await fixture.apply()
        #expect(report.only.ends.suffix(2) == ["move-aside ann skipped", "create ann skipped"])
        #expect(fixture.database.server.logins["ann"]?.user == "ann")
        fixture.database.update { state in state.failure = { _ in nil } }
        fixture.database.update { $0.server.logins["ann"]?.sessions = 1 }
        #expect(await fixture.apply().only.ends == ["end-sessions ann done", "move-aside ann done", "create ann done"])
    }

    @Test func `a rename that fails stops whoever was to get the name, down the chain`() async {
        let fixture = Fixture(members: ["g1": ["ann", "ben"]])
        _ = await fixture.apply()
        fixture.pass(60)
        fixture.directory.update { world in
            world.add(Person(id: "ann", accountName: "ben"))
            world.add(Person(id: "ben", accountName: "cem"))
            world.add("ben", to: "id-g2")
        }
        fixture.refuse("move-aside", "ben")
        let report = await fixture.apply()
        #expect(report.only.ends.first == "move-aside ben failed")
        #expect(report.only.ends.dropFirst().allSatisfy { $0.hasSuffix("skipped") })
        #expect(fixture.database.server.logins["ann"]?.user == "ann")
    }

    @Test func `an operation that the provisioner forgets is no success`() async {
        let fixture = Fixture()
        let report = await fixture.engine(wrapping: ForgetfulProvisioner.init).apply()
        #expect(report.verdict == .partialFailure)
        #expect(report.only.ends == ["create ann failed", "create ben failed"])
    }

    @Test func `a run out of time fails what is left, and the next run does it`() async {
        var fixture = Fixture()
        fixture.options.timeLimitPerTarget = .zero
        let report = await fixture.apply()
        #expect(report.verdict == .partialFailure)
        #expect(report.only.ends == ["create ann failed", "create ben failed"])
        fixture.options.timeLimitPerTarget = .seconds(60)
        #expect(await fixture.apply().verdict == .inSync)
    }

    @Test func `a notifier that fails does not fail the run`() async {
        let fixture = Fixture()
        let deaf = RecordingNotifier(failure: SyncError(.timeout, "no answer"))
        let engine = fixture.engine(notifier: CompositeNotifier([deaf, fixture.notifier]))
        let report = await engine.apply()
        #expect(report.verdict == .inSync)
        #expect(report.notifierFailures.count == 1)
        #expect(report.notifierFailures.first?.contains("no answer") == true)
        #expect(fixture.notifier.reports.count == 1 && deaf.reports.count == 1)
    }

    @Test func `a run that is cancelled tells how it went all the same`() async {
        struct Cancellable: Notifier {
            let other: RecordingNotifier

            func notify(_ report: SyncReport) async throws {
                try Task.checkCancellation()
                try await other.notify(report)
            }
        }
        let fixture = Fixture()
        let engine = fixture.engine(notifier: Cancellable(other: fixture.notifier))
        let run = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await engine.apply()
        }
        #expect(await run.value.notifierFailures == [])
        #expect(fixture.notifier.reports.count == 1)
    }

    @Test func `a notifier that waits for an answer keeps no other waiting`() async throws {
        struct Waiting: Notifier {
            let other: RecordingNotifier

            func notify(_ report: SyncReport) async throws {
                try await eventually("the other is told") { !other.reports.isEmpty }
            }
        }
        let fixture = Fixture()
        let engine = fixture.engine(notifier: CompositeNotifier([Waiting(other: fixture.notifier), fixture.notifier]))
        #expect(await engine.apply().notifierFailures == [])
    }

    // MARK: The source

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

    // MARK: Locks and approval

    @Test func `a second writer is busy, and the target is untouched`() async {
        let fixture = Fixture()
        fixture.database.update { $0.lockHolder = "somebody" }
        let report = await fixture.apply()
        #expect(report.verdict == .busy && report.verdict.exitCode == 5)
        #expect(fixture.database.server.logins.isEmpty)
    }

    @Test func `who waits for the lock gets it`() async {
        var fixture = Fixture()
        fixture.options.lockWait = 30
        fixture.database.update { $0.lockHolder = "somebody" }
        let engine = fixture.engine { database in
            QueuedProvisioner(database: database) { database.update { $0.lockHolder = nil } }
        }
        #expect(await engine.apply(options: fixture.options).verdict == .inSync)
    }

    @Test func `the approved plan is applied, and none else`() async throws {
        var fixture = Fixture()
        let plan = try #require(await fixture.plan().only.plan)
        fixture.options.approvedPlans = ["orders": plan.contentHash]
        fixture.directory.update { $0.add("new", to: "id-g1") }
        fixture.directory.update { $0.add(Person(id: "new", accountName: "new")) }
        let refused = await fixture.apply()
        #expect(refused.verdict == .partialFailure && refused.only.failure?.code == .planMoved)
        #expect(!refused.only.wasApplied && fixture.database.state.done.isEmpty)
        fixture.directory.update { $0.remove(person: "new") }
        // That time has passed does not make it another plan.
        fixture.pass(3_600)
        #expect(await fixture.apply().verdict == .inSync)
        #expect(fixture.database.state.done.count == 2)
    }

    @Test func `what a provisioner notices in the moment does not make an approved plan another one`() async throws {
        var fixture = Fixture()
        let plan = try #require(await fixture.plan().only.plan)
        fixture.options.approvedPlans = ["orders": plan.contentHash]
        let engine = fixture.engine { NoticingProvisioner(database: $0, notice: "ann held the lock") }
        let report = await engine.apply(options: fixture.options)
        #expect(report.verdict == .inSync && fixture.database.state.done.count == 2)
        #expect(report.only.plan?.content.findings.contains { $0.kind == .notice } == true)
        #expect(report.only.plan?.contentHash == plan.contentHash)
    }

    @Test func `a target whose plan nobody approved is left alone`() async {
        var fixture = Fixture()
        fixture.options.approvedPlans = [:]
        #expect(await fixture.apply().only.failure?.code == .planMoved)
        #expect(fixture.database.state.done.isEmpty)
    }

    @Test func `a plan that was approved does not outlive a change in the database`() async throws {
        var fixture = Fixture()
        let plan = try #require(await fixture.plan().only.plan)
        fixture.options.approvedPlans = ["orders": plan.contentHash]
        fixture.database.update { $0.server.logins["ben"] = InMemoryLogin() }
        #expect(await fixture.apply().only.failure?.code == .planMoved)
    }

    // MARK: Concurrency and progress

    @Test(arguments: [1, 3, 8])
    func `no more targets are worked on at a time than allowed, and no fewer`(limit: Int) async {
        var fixture = Fixture((0..<12).map { TargetName("t\($0)") })
        fixture.options.concurrentTargets = limit
        let meter = Meter()
        let report = await fixture.engine { MeteredProvisioner(database: $0, meter: meter, crowd: limit) }
            .apply(options: fixture.options)
        #expect(report.verdict == .inSync && report.targets.count == 12)
        #expect(meter.peak == limit)
    }

    @Test func `progress is told step by step`() async {
        var fixture = Fixture()
        let log = Log<Progress>()
        fixture.options.progress = { log.append($0) }
        _ = await fixture.apply()
        #expect(
            log.values == [
                .readingDirectory, .directoryRead(people: 2), .inspecting("orders"), .planned("orders", operations: 2),
                .applying("orders", .admit, done: 0, of: 2), .applying("orders", .admit, done: 1, of: 2),
                .applying("orders", .admit, done: 2, of: 2), .finished("orders"),
            ]
        )
    }

    @Test func `run ids are 16 hexadecimal digits`() {
        for _ in 0..<100 {
            let id = SyncEngine.randomRunId()
            #expect(id.utf8.count == 16 && id.allSatisfy { $0.isHexDigit })
        }
    }
}
