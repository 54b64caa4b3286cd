// SPDX-License-Identifier: Apache-2.0

import InMemoryLogging
import Logging
import SSOSyncCore
import SSOSyncTesting
import Testing

/// Targets in rings that the rollout has not reached, and deployments that are frozen.
@Suite("Rings and freezes")
struct RolloutTests {
    private static let beyond = Policy.Hold.ring(number: 2, reached: 1)

    private func kinds(_ report: SyncReport) -> [NoticeKind] {
        NoticeDecision(report, settings: NoticeSettings(owner: "prod"), memory: TroubleMemory()).notice?.kinds ?? []
    }

    private func log(_ report: SyncReport) async throws -> [String] {
        let handler = InMemoryLogHandler()
        try await LogNotifier(logger: Logger(label: "test") { _ in handler }).notify(report)
        return handler.entries.map { "\($0.level): \($0.message)" }
    }

    @Test(arguments: [beyond, .everythingFrozen])
    func `a target beyond the ring, and a frozen one, are never written to, not even to lock somebody`(
        hold: Policy.Hold
    ) async {
        var fixture = Fixture()
        _ = await fixture.apply()
        fixture.pass(60)
        fixture.directory.update { $0.remove("ben", from: "id-g1") }
        fixture.set(hold)
        let report = await fixture.apply()
        #expect(report.verdict == .changesPending && report.verdict.exitCode == 2 && !report.only.wasApplied)
        #expect(report.only.plan?.content.hold == hold)
        #expect(report.only.plan?.operations.map(\.label) == ["lock", "end-sessions", "revoke"])
        #expect(fixture.database.state.accesses.map(\.kind) == [.writing, .reading])
        #expect(fixture.database.server.logins["ben"]?.canLogIn == true)
        fixture.set(nil)
        #expect(await fixture.apply().verdict == .inSync)
        #expect(fixture.database.server.logins["ben"]?.canLogIn == false)
    }

    @Test func `while joins are frozen nobody gets anything, and whoever leaves is locked`() async throws {
        var fixture = Fixture()
        _ = await fixture.apply()
        fixture.pass(60)
        fixture.set(.joinsFrozen)
        fixture.directory.update { world in
            world.remove("ben", from: "id-g1")
            world.add("ann", to: "id-g2")
            world.add(Person(id: "cem", accountName: "cem"))
            world.add("cem", to: "id-g1")
        }
        let report = await fixture.apply()
        #expect(report.verdict == .changesPending)
        #expect(report.only.ends == ["lock ben done", "end-sessions ben done", "revoke ben done"])
        let waiting = try #require(report.only.plan).content.withheld
        #expect(waiting.map { "\($0.step.operation.label) \($0.cause)" } == ["grant freeze", "create freeze"])
        #expect(kinds(report) == [.brake])
        #expect(try await log(report) == ["notice: joins are frozen: nobody is let in"])
        fixture.set(nil)
        #expect(await fixture.apply().only.ends == ["grant ann done", "create cem done"])
    }

    @Test func `a freeze of everything is told and warned of even if there is nothing to do`() async throws {
        var fixture = Fixture()
        _ = await fixture.apply()
        fixture.set(.everythingFrozen)
        let report = await fixture.apply()
        #expect(report.only.plan?.isInSync == true && report.isFrozen)
        #expect(report.verdict == .changesPending)
        #expect(kinds(report) == [.failure])
        #expect(
            try await log(report)
                == ["warning: everything is frozen: nothing is changed, not even for those who left"]
        )
    }

    @Test func `a freeze of joins for which nobody has to wait, and a later ring, are nothing to tell`() async {
        var fixture = Fixture()
        _ = await fixture.apply()
        for hold in [Policy.Hold.joinsFrozen, Self.beyond] {
            fixture.set(hold)
            let report = await fixture.apply()
            #expect(report.verdict == .inSync && !report.isFrozen)
            #expect(kinds(report) == [])
        }
    }

    @Test func `a freeze is told once, however many more have to wait for it, and once more when it is over`() async {
        var fixture = Fixture(hold: .joinsFrozen)
        let settings = NoticeSettings(owner: "prod", kinds: [.brake, .recovered])
        var memory = TroubleMemory()
        var told: [[NoticeKind]] = []
        for number in 1...3 {
            if number == 3 { fixture.set(nil) }
            let decision = NoticeDecision(await fixture.apply(), settings: settings, memory: memory)
            memory = decision.memory
            told.append(decision.notice?.kinds ?? [])
            fixture.pass(60)
            fixture.directory.update { world in
                world.add(Person(id: "cem", accountName: "cem"))
                world.add("cem", to: "id-g1")
            }
        }
        #expect(told == [[.brake], [], [.recovered]])
    }

    @Test func `a reading by which nobody is to be let in freezes joins, in a run of a group, too`() async {
        let fixture = Fixture()
        let source = FrozenSource(directory: fixture.directory)
        for scope in [ScopeRequest.everyone, .groups(["g1"])] {
            let report = await fixture.engine(reading: source).apply(scope)
            #expect(report.verdict == .changesPending)
            #expect(report.only.plan?.content.withheld.map(\.cause) == [.freeze, .freeze])
            #expect(fixture.database.server.logins.isEmpty)
        }
    }
}

/// Hands a directory on whose joins are frozen.
private struct FrozenSource: IdentitySource {
    let directory: InMemoryDirectory

    func directory(_ request: DirectoryRequest) async throws -> Directory {
        let reading = try await directory.directory(request)
        return Directory(
            id: reading.id,
            asOf: reading.asOf,
            scope: reading.scope,
            people: reading.people,
            groups: reading.groups.values,
            admitsNobody: true
        )
    }
}
