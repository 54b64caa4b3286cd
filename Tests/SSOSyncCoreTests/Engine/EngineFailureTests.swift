// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

/// What fails stays alone.
@Suite("The engine, of which something fails")
struct EngineFailureTests {
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

    /// A reader that cannot be asked would else keep people out for as long.
    @Test(arguments: [
        ("ann", ["end-sessions ann failed", "restore ann done", "disconnect ann skipped"]),
        ("kim", ["end-sessions ann failed", "rename ann skipped", "restore kim skipped", "disconnect kim deferred"]),
    ])
    func `sessions that do not end keep an account from another name, and nobody from coming back`(
        name: String,
        ends: [String]
    ) async {
        let fixture = Fixture()
        _ = await fixture.apply()
        fixture.pass(60)
        fixture.directory.update { $0.remove("ann", from: "id-g1") }
        _ = await fixture.apply()
        fixture.pass(60)
        fixture.database.update { $0.server.logins["ann"]?.sessions = 1 }
        fixture.refuse("end-sessions", "ann", code: .notOut)
        fixture.directory.update { world in
            world.add(Person(id: "ann", accountName: AccountName(name)))
            world.add("ann", to: "id-g1")
        }
        let report = await fixture.apply()
        #expect(report.only.ends == ends && report.verdict == .partialFailure)
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
}
