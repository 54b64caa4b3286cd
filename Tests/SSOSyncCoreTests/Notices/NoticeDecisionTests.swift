// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@Suite("What is said about a run, and when it is said again")
struct NoticeDecisionTests {
    private let everything = NoticeSettings(owner: "prod", kinds: Set(NoticeKind.allCases))

    /// What several runs lead to, one after the other: kinds, by place.
    private func said(_ reports: [SyncReport], _ settings: NoticeSettings) -> [[String]] {
        var memory = TroubleMemory()
        return reports.map { report in
            let decision = NoticeDecision(report, settings: settings, memory: memory)
            memory = decision.memory
            let directory = decision.notice?.directory.map { [("directory", $0.kinds)] } ?? []
            let targets = decision.notice?.targets.map { ($0.target.rawValue, $0.kinds) } ?? []
            return (directory + targets).map { "\($0): \($1.map(\.rawValue).joined(separator: ", "))" }
        }
    }

    private func report(
        _ targets: [TargetReport],
        _ scope: ScopeRequest = .everyone,
        kind: SyncReport.Kind = .apply,
        failure: SyncError? = nil,
        leftOut: Set<TargetName> = [],
        marking: MarkingRequest? = nil
    ) -> SyncReport {
        SyncReport(
            runId: "1",
            kind: kind,
            scope: scope,
            startedAt: World.start,
            finishedAt: World.start,
            directoryAsOf: nil,
            sourceFailure: failure,
            targets: targets,
            leftOut: leftOut,
            marking: marking
        )
    }

    private func failed(_ message: String, _ code: SyncError.Code = .unreachable) -> TargetReport {
        TargetReport(target: "a", failure: SyncError(code, message))
    }

    /// A target on which nothing is the matter.
    private func good() async -> TargetReport {
        let fixture = Fixture(["a"])
        _ = await fixture.apply()
        return await fixture.apply().only
    }

    @Test func `the same trouble is told once, and again when it has changed`() {
        let runs = [
            failed("no answer from 10.0.0.1:5432 in 5.2 s"), failed("no answer from 10.0.0.7:5433 in 9.9 s"),
            failed("no such host"), failed("no such host", .authentication), failed("no such host", .authentication),
        ]
        let told = said(runs.map { report([$0]) }, everything)
        #expect(told == [["a: failure"], [], ["a: failure"], ["a: failure"], []])
    }

    @Test func `of what somebody goes on using and only others can revoke, each membership is told, as a failure`()
        async throws
    {
        let fixture = Fixture()
        _ = await fixture.apply()
        var reports: [SyncReport] = []
        for grantors in [["joe"], ["joe"], ["joe", "sue"], []] {
            fixture.database.update {
                $0.server.logins["ben"]?.memberships.removeAll { !$0.isRevocable }
                $0.server.logins["ben"]?.memberships += grantors.map {
                    Membership(role: "r2", grantor: $0, isOurs: false, isRevocable: false)
                }
            }
            reports.append(await fixture.apply())
        }
        let settings = NoticeSettings(owner: "prod", kinds: [.failure, .brake, .recovered])
        #expect(said(reports, settings) == [["orders: failure"], [], ["orders: failure"], ["orders: recovered"]])
        #expect(reports.allSatisfy { $0.verdict == .inSync })
    }

    @Test func `accounts of another directory are told as a failure, and once, however many they are`() async throws {
        let fixture = Fixture()
        _ = await fixture.apply()
        var reports: [SyncReport] = []
        for account in ["ann", "ben"] as [AccountName] {
            fixture.database.update {
                guard case .marker(var marker) = $0.server.logins[account]?.marker else { return }
                marker.directory = "d-other"
                $0.server.logins[account]?.marker = .marker(marker)
            }
            reports.append(await fixture.apply())
        }
        #expect(said(reports, NoticeSettings(owner: "prod")) == [["orders: failure"], []])
    }

    @Test func `trouble that is over is told once, and told again if it comes back`() async {
        let (bad, good) = (failed("no answer"), await good())
        let runs = [bad, good, good, bad, good].map { report([$0]) }
        #expect(said(runs, everything) == [["a: failure"], ["a: recovered"], [], ["a: failure"], ["a: recovered"]])
        #expect(said(runs, NoticeSettings(owner: "prod")) == [["a: failure"], [], [], ["a: failure"], []])
    }

    @Test func `nothing is over by a run of a few people, nor by one that did not get far enough to look`() async {
        let (bad, good) = (failed("no answer"), await good())
        let busy = TargetReport(target: "a", failure: SyncError(.busy, "held"))
        let runs = [
            report([bad]), report([good], .people(["ann"])), report([busy]),
            report([], failure: SyncError(.source, "x")),
            report([good], kind: .plan), report([bad]), report([good]),
        ]
        let expected = [
            ["a: failure"], [], [], ["directory: failure"], [], ["directory: recovered"], ["a: recovered"],
        ]
        #expect(said(runs, everything) == expected)
    }

    @Test func `what is the matter with a target's groups is not over by a run that left the target out`() async {
        let good = await good()
        let missing = SyncError(.source, "no group \"of b\"")
        let (ofAll, ofSome) = (report([], failure: missing), report([], failure: missing, leftOut: ["b"]))
        let (allWell, someWell) = (report([good]), report([good], leftOut: ["b"]))
        let told = ["directory: failure"]
        let over = ["directory: recovered"]
        #expect(said([ofAll, someWell, someWell, ofAll, allWell], everything) == [told, [], [], [], over])
        // What a run of some has seen, a run of the same, or of all, sees over.
        #expect(said([ofSome, ofSome, someWell, ofSome, allWell], everything) == [told, [], over, told, over])
        #expect(said([ofSome, report([good], leftOut: ["c"]), ofSome], everything) == [told, [], []])
        // As long as anything is the matter with the directory, it is not well again.
        #expect(said([ofAll, ofSome, someWell, allWell], everything) == [told, told, [], over])
    }

    @Test func `failures are told apart by the names in them, and not by figures`() {
        func fingerprint(_ message: String) -> String? {
            report([], failure: SyncError(.source, message)).troubles.first?.fingerprint
        }
        #expect(fingerprint("no group \"team1\" at 10:01") == fingerprint("no group \"team1\" at 10:02"))
        #expect(fingerprint("no group \"team1\" at 10:01") != fingerprint("no group \"team2\" at 10:01"))
    }

    @Test(arguments: [SyncError(.busy, "held"), SyncError(.deferred, "stopped")])
    func `another writer that holds the lock is no trouble, nor is a server that is stopped`(failure: SyncError) {
        #expect(said([report([TargetReport(target: "a", failure: failure)])], everything) == [[]])
    }

    @Test func `runs that only plan are not told about`() {
        #expect(said([report([failed("no answer")], kind: .plan)], everything) == [[]])
    }

    @Test
    func `what becomes of accounts that are let go is told each time, and is no trouble that a run finds or ends`()
        async
    {
        let (bad, good) = (failed("no answer"), await good())
        let (asked, done) = (report([bad], marking: .release(["ann"])), report([good], marking: .release(["ann"])))
        let told = ["a: failure"]
        #expect(said([asked, asked, report([good])], everything) == [told, told, []])
        let over = ["a: recovered"]
        #expect(
            said([report([bad]), done, asked, report([bad]), report([good])], everything) == [told, [], told, [], over]
        )
    }

    @Test func `a target keeps what is known of it while others come and go`() async {
        let other = TargetReport(target: "b", failure: SyncError(.tls, "expired"))
        let runs = [report([failed("no answer"), other]), report([other]), report([failed("no answer"), other])]
        #expect(said(runs, everything) == [["a: failure", "b: failure"], [], []])
    }

    @Test func `a look-up that fails again after it has worked is told again`() {
        let failed = report([TargetReport(target: "shop", failure: SyncError(.lookUp, "denied"))])
        let worked = report([TargetReport(target: "shop/till"), TargetReport(target: "shop/web")])
        let told = ["shop: failure"]
        #expect(said([failed, worked, worked, failed], everything) == [told, ["shop: recovered"], [], told])
        // Whoever does not hear that it is over hears all the same that it has begun again.
        let failures = NoticeSettings(owner: "prod", kinds: [.failure])
        #expect(said([failed, failed, worked, failed], failures) == [told, [], [], told])
        // What other runs have says nothing about it.
        for other in [
            report([]), report([TargetReport(target: "b/shop")]), report([worked.targets[0]], leftOut: ["shop"]),
        ] {
            #expect(said([failed, other, failed], everything) == [told, [], []])
        }
    }

    @Test func `the brake is told again when other people wait for it`() async {
        let members: [UserId] = ["ann", "ben", "cem", "dan"]
        let fixture = Fixture(members: ["g1": members], brake: Policy.Brake(removals: 1, percent: 100))
        _ = await fixture.apply()
        var runs: [SyncReport] = []
        for leavers: [UserId] in [["ann", "ben"], [], ["cem"]] {
            fixture.pass(World.hour)
            fixture.directory.update { world in for user in leavers { world.remove(user, from: "id-g1") } }
            runs.append(await fixture.apply())
        }
        #expect(runs.map(\.verdict) == [.braked, .braked, .braked])
        #expect(said(runs, NoticeSettings(owner: "prod")) == [["orders: brake"], [], ["orders: brake"]])
        let hash = runs[2].only.plan?.content.brake.removalsHash ?? "-"
        let notice = NoticeDecision(runs[2], settings: NoticeSettings(owner: "prod"), memory: TroubleMemory()).notice
        #expect(notice.map { NoticeText($0).text.contains("--allow-removals \(hash)") } == true)
    }

    @Test func `operations that fail are told person by person`() async {
        let fixture = Fixture()
        fixture.refuse("create", "ann")
        let first = await fixture.apply()
        fixture.pass(60)
        let second = await fixture.apply()
        fixture.database.update { $0.failure = { _ in nil } }
        let third = await fixture.apply()
        let runs = [first, second, third]
        #expect(said(runs, everything) == [["orders: failure, changes"], [], ["orders: changes, recovered"]])
        let notice = NoticeDecision(first, settings: everything, memory: TroubleMemory()).notice
        let matter = notice?.targets.first?.matters.first
        #expect(matter?.code == "create-failed" && matter?.user == "ann" && matter?.account == nil)
        #expect(notice?.targets.first?.changes.map(\.user) == ["ben"])
    }

    @Test func `a notifier is told only what it asked for`() async {
        let fixture = Fixture()
        let report = await fixture.apply()
        for kind in NoticeKind.allCases {
            let told = said([report], NoticeSettings(owner: "prod", kinds: [kind]))
            #expect(told == [kind == .changes ? ["orders: changes"] : []])
        }
    }

    @Test func `what could not be sent is sent by the next run`() async throws {
        let memory = ProcessTroubleMemory()
        let delivery = NoticeDelivery(name: "x", settings: everything, memory: memory)
        let bad = report([failed("no answer")])
        await #expect(throws: SyncError.self) {
            try await delivery.deliver(bad) { _ in throw SyncError(.timeout, "nobody is there") }
        }
        let count = Locked(0)
        for _ in 0..<3 { try await delivery.deliver(bad) { _ in count.withLock { $0 += 1 } } }
        #expect(count.withLock { $0 } == 1)
    }

    @Test func `what another run tells meanwhile is not forgotten`() async throws {
        let memory = ProcessTroubleMemory()
        let delivery = NoticeDelivery(name: "x", settings: everything, memory: memory)
        let other = report([TargetReport(target: "b", failure: SyncError(.tls, "expired"))])
        try await delivery.deliver(report([failed("no answer")])) { _ in
            try await delivery.deliver(other) { _ in }
        }
        let count = Locked(0)
        for run in [report([failed("no answer")]), other] {
            try await delivery.deliver(run) { _ in count.withLock { $0 += 1 } }
        }
        #expect(count.withLock { $0 } == 0)
    }

    @Test func `a memory that fails keeps nothing from being said, and is told of`() async {
        struct Forgetful: TroubleMemoryStore {
            func memory(of notifier: String) async throws -> TroubleMemory { throw SyncError(.server, "no disk") }
            func update(_ notifier: String, _ change: @Sendable (TroubleMemory) -> TroubleMemory) async throws {}
        }
        let delivery = NoticeDelivery(name: "x", settings: everything, memory: Forgetful())
        let count = Locked(0)
        let error = await #expect(throws: SyncError.self) {
            try await delivery.deliver(report([failed("no answer")])) { _ in count.withLock { $0 += 1 } }
        }
        #expect(error?.message == "no disk")
        #expect(count.withLock { $0 } == 1)
    }
}
