// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTesting
import Testing

@Suite("The engine")
struct SyncEngineTests {
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
