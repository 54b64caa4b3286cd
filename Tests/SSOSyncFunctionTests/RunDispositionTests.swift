// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncLambdaRuntime
import SSOSyncTesting
import Testing

@testable import SSOSyncFunction

struct RunDispositionTests {
    private func report(_ failures: [SyncError.Code?], source: SyncError? = nil) -> SyncReport {
        let targets = failures.enumerated().map { number, code in
            let name = TargetName("t-\(number)")
            guard let code else { return TargetReport(target: name, isResting: true) }
            return TargetReport(target: name, failure: SyncError(code, "as the test says"))
        }
        return .run(on: targets, source: source)
    }

    @Test func `only what another try may mend has messages come again`() {
        let dispositions = Verdict.allCases.map { RunDisposition($0) }
        #expect(dispositions == [.failed, .failed, .done, .busy, .done, .done])
    }

    @Test func `the gravest of the targets counts, and a lock is not hidden by what is none of its business`() {
        #expect(RunDisposition(report([nil, nil])) == .done)
        #expect(RunDisposition(report([nil, .deferred])) == .done)
        #expect(RunDisposition(report([.deferred, .busy, nil])) == .busy)
        #expect(RunDisposition(report([.busy, .unreachable])) == .failed)
        #expect(RunDisposition(report([.cancelled])) == .failed)
        #expect(RunDisposition(report([], source: SyncError(.source, "down"))) == .failed)
    }

    /// An engine with one target, which a group of these people reads.
    private func engine(_ people: [Person] = [], hold: Policy.Hold? = nil) -> SyncEngine {
        let group = DirectoryGroup(id: "g-1", name: "Readers", members: Set(people.map(\.id)))
        let rule = Policy.GroupRule(group: "Readers", pinnedId: "g-1", roles: ["readers"])
        let policy = Policy(target: "orders", owner: "prod", hold: hold, groups: [rule])
        let database = InMemoryDatabase(server: InMemoryServer(roles: ["readers": RoleFacts()]))
        return SyncEngine(
            source: InMemoryDirectory(id: "d-1", now: .now, people: people, groups: [group]),
            targets: [.init(policy: policy, provisioner: database)]
        )
    }

    @Test(arguments: [nil, .joinsFrozen, .everythingFrozen] as [Policy.Hold?])
    func `a full run is good if nothing has to come again, unless everything is frozen`(hold: Policy.Hold?) async {
        let engine = engine(hold: hold)
        let report = await engine.apply()
        #expect(report.targets.map(\.failure?.code) == [nil])
        #expect(report.isGoodFullRun == (hold != .everythingFrozen))
        let narrow = await engine.apply(.people([]))
        #expect(!narrow.isGoodFullRun)
        #expect(!self.report([nil, .busy]).isGoodFullRun)
    }

    @Test func `a full run is not good as long as somebody is still to be let in`() async {
        let engine = engine([Person(id: "u-1", accountName: "ann")])
        var options = SyncEngine.Options()
        options.admits = { _, _ in false }
        let deferred = await engine.apply(options: options)
        #expect(RunFigures(deferred).admissionsDeferred == 1 && RunDisposition(deferred) == .done)
        #expect(!deferred.isGoodFullRun)
        #expect(await engine.apply().isGoodFullRun)
    }

    @Test func `that no leaver is in, and no removal withheld, is said only where all targets were looked at`() async {
        for (report, none) in [
            (report([nil, nil]), 0), (report([nil, .unreachable]), nil), (report([nil, .busy]), nil),
            // As where a server is stopped, which lets nobody in.
            (report([nil, .deferred]), 0),
            (report([], source: SyncError(.source, "down")), nil), (await narrow(), nil),
        ] as [(SyncReport, Int?)] {
            let figures = RunFigures(report)
            #expect(figures.leaversNotOut == none && figures.removalsWithheld == none)
            var metrics = EmbeddedMetrics(deployment: "test")
            figures.count(in: &metrics)
            let lines = metrics.lines(at: .now).joined()
            for name in ["LeaversNotOut", "RemovalsWithheld"] {
                #expect(lines.contains(name) == (none != nil), "\(lines)")
            }
        }
    }

    /// An event that comes again is sooner than the schedule, which may be half a day.
    @Test func `that a leaver is in is said by whatever run meets it`() async {
        let anHourAgo = Timestamp.now.advanced(bySeconds: -3_600)
        var marker = Marker(owner: "prod", directory: "d-1", user: "u-1", name: "ann", state: .locked, asOf: anHourAgo)
        marker.reduced = anHourAgo
        let stuck = InMemoryLogin(marker: .marker(marker), canLogIn: false, sessions: 1)
        let database = InMemoryDatabase(server: InMemoryServer(logins: ["ann": stuck]))
        database.update { $0.failure = { _ in SyncError(.notOut, "a session stays") } }
        let policy = Policy(target: "orders", owner: "prod", groups: [])
        let engine = SyncEngine(
            source: InMemoryDirectory(id: "d-1", now: .now, groups: []),
            targets: [.init(policy: policy, provisioner: database)]
        )
        #expect(RunFigures(await engine.apply(.people(["u-1"]))).leaversNotOut == 1)
        #expect(RunFigures(await engine.apply(.people(["u-2"]))).leaversNotOut == nil)
    }

    @Test func `that a leaver could not even be locked is said by the schedule's run`() async {
        let hourAgo = Timestamp.now.advanced(bySeconds: -3_600)
        let marker = Marker(owner: "prod", directory: "d-1", user: "u-1", name: "ann", state: .active, asOf: hourAgo)
        let database = InMemoryDatabase(server: InMemoryServer(logins: ["ann": InMemoryLogin(marker: .marker(marker))]))
        database.update { $0.failure = { _ in SyncError(.privilege, "not ours to lock") } }
        let engine = SyncEngine(
            source: InMemoryDirectory(id: "d-1", now: .now, groups: []),
            targets: [.init(policy: Policy(target: "orders", owner: "prod", groups: []), provisioner: database)]
        )
        #expect(RunFigures(await engine.apply(.people(["u-1"]))).leaversNotOut == nil)
        #expect(RunFigures(await engine.apply()).leaversNotOut == 1)
        database.update { $0.failure = { _ in nil } }
        #expect(RunFigures(await engine.apply()).leaversNotOut == 0)
    }

    @Test func `that somebody keeps a role that we cannot revoke is said by whatever run meets it`() async {
        let marker = Marker(owner: "prod", directory: "d-1", user: "u-1", name: "ann", asOf: .now)
        let kept = Membership(role: "readers", grantor: "dba", isOurs: false, isRevocable: false)
        let login = InMemoryLogin(marker: .marker(marker), memberships: [kept])
        let database = InMemoryDatabase(
            server: InMemoryServer(roles: ["readers": RoleFacts(), "writers": RoleFacts()], logins: ["ann": login])
        )
        let groups = [
            Policy.GroupRule(group: "Readers", roles: ["readers"]),
            Policy.GroupRule(group: "Writers", roles: ["writers"]),
        ]
        let engine = SyncEngine(
            source: InMemoryDirectory(
                id: "d-1",
                now: .now,
                people: [Person(id: "u-1", accountName: "ann")],
                groups: [
                    DirectoryGroup(id: "g-1", name: "Readers", members: []),
                    DirectoryGroup(id: "g-2", name: "Writers", members: ["u-1"]),
                ]
            ),
            targets: [.init(policy: Policy(target: "orders", owner: "prod", groups: groups), provisioner: database)]
        )
        for scope in [.people(["u-1"]), .everyone] as [ScopeRequest] {
            let report = await engine.apply(scope)
            #expect(report.verdict == .inSync && RunFigures(report).leaversNotOut == 1)
        }
        database.update { $0.server.logins["ann"]?.memberships.removeAll { $0 == kept } }
        #expect(RunFigures(await engine.apply()).leaversNotOut == 0)
    }

    @Test func `that code of a leaver runs on, or accounts are of another directory, is said, and each counts once`()
        async
    {
        let event = DropBlocker(database: "app", kind: "event", count: 1, name: "nightly", isRunning: true)
        // Its quarantine is over, so that what depends on it is looked for.
        let before = Timestamp.now.advanced(bySeconds: -40 * 86_400)
        let locked = Marker(owner: "prod", directory: "d-1", user: "u-1", name: "ann", state: .locked, asOf: before)
        let left = InMemoryLogin(marker: .marker(locked), canLogIn: false, blockers: [event, event])
        let others = (2...3).map { number in
            let name = AccountName("user\(number)")
            let marker = Marker(owner: "prod", directory: "d-2", user: UserId("u-\(number)"), name: name, asOf: .now)
            return (name, InMemoryLogin(marker: .marker(marker)))
        }
        for (logins, count) in [(["ann": left], 1), (Dictionary(uniqueKeysWithValues: others), 1), ([:], 0)] {
            let engine = SyncEngine(
                source: InMemoryDirectory(id: "d-1", now: .now, groups: []),
                targets: [
                    .init(
                        policy: Policy(target: "orders", owner: "prod", groups: []),
                        provisioner: InMemoryDatabase(server: InMemoryServer(logins: logins))
                    )
                ]
            )
            #expect(RunFigures(await engine.apply()).leaversNotOut == count)
        }
    }

    /// A run of a few people that has looked at its target.
    private func narrow() async -> SyncReport {
        let engine = SyncEngine(
            source: InMemoryDirectory(id: "d-1", now: .now, groups: []),
            targets: [
                .init(
                    policy: Policy(target: "orders", owner: "prod", groups: []),
                    provisioner: InMemoryDatabase(server: InMemoryServer(roles: [:]))
                )
            ]
        )
        return await engine.apply(.people([]))
    }

    @Test func `figures count targets by what became of them`() {
        let figures = RunFigures(report([nil, .busy, .unreachable, .source, .deferred]))
        #expect(figures.targets == 5 && figures.failedTargets == 2 && figures.busyTargets == 1)
        #expect(figures.changes == 0 && figures.left == 0 && figures.verdict == "source-unavailable")
    }

    @Test func `events have missed what they could have told of, and was done`() {
        let actions: [Operation.Action] = [
            .lock, .revoke([]), .endSessions, .disconnect, .create(roles: ["readers"]), .drop,
        ]
        let outcomes = actions.map { action in
            OperationOutcome(Operation(account: AccountName("ann"), user: UserId("u-1"), action: action), .done)
        }
        let failed = OperationOutcome(
            Operation(account: AccountName("bob"), user: UserId("u-2"), action: .lock),
            .failed(SyncError(.server, "as the test says"))
        )
        let report = SyncReport.run(
            on: [TargetReport(target: TargetName("t"), wasApplied: true, outcomes: outcomes + [failed])]
        )
        let figures = RunFigures(report)
        #expect(figures.changes == 6 && figures.missedByEvents == 3)
    }
}
