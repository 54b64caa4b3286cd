// SPDX-License-Identifier: Apache-2.0

import InMemoryLogging
import Logging
import SSOSyncCore
import SSOSyncTesting
import Testing

@Suite("Adopting and letting go by the engine")
struct MarkingTests {
    private static let both = MarkingRequest.adopt([.init(user: "ann"), .init(user: "ben")])

    /// Somebody has made accounts for ann and ben.
    private func fixture(mode: Policy.Mode = .enforce) -> Fixture {
        let fixture = Fixture(mode: mode)
        fixture.database.update { state in
            for name: AccountName in ["ann", "ben"] { state.server.logins[name] = InMemoryLogin() }
        }
        return fixture
    }

    @Test func `a plan changes nothing and takes no lock`() async {
        let fixture = fixture()
        let before = fixture.database.server
        let report = await fixture.engine().plan(Self.both)
        #expect(report.verdict == .changesPending)
        #expect(report.only.plan?.operations.map(\.label) == ["adopt", "adopt"])
        #expect(fixture.database.server == before)
        #expect(fixture.database.state.accesses.map(\.kind) == [.reading])
    }

    @Test func `what is asked for is done under the lock, nothing else is, and then there is no more`() async {
        let fixture = fixture()
        fixture.directory.update { $0.add(Person(id: "new", accountName: "new")) }
        fixture.directory.update { $0.add("new", to: "id-g1") }
        let report = await fixture.engine().apply(Self.both)
        #expect(report.verdict == .inSync)
        #expect(report.only.ends == ["adopt ann done", "adopt ben done"])
        #expect(fixture.database.state.accesses.map(\.kind) == [.writing])
        #expect(fixture.database.server.logins["new"] == nil)
        #expect(await fixture.engine().apply(Self.both).only.outcomes.isEmpty)
        #expect(await fixture.engine().apply(.release(["ann"])).only.ends == ["release ann done"])
        #expect(await fixture.engine().apply(.release(["ann"])).only.outcomes.isEmpty)
    }

    @Test func `notifiers are told of what is done, as of a run of those people, and of no plan`() async {
        let fixture = fixture()
        let both: ScopeRequest = .people(["ann", "ben"])
        _ = await fixture.engine().plan(Self.both)
        #expect(fixture.notifier.reports.isEmpty)
        _ = await fixture.engine().apply(Self.both)
        let release = MarkingRequest.release(["ann", "ben", "nobody"])
        _ = await fixture.engine().plan(release)
        _ = await fixture.engine().apply(release)
        let told = fixture.notifier.reports
        #expect(told.map(\.marking) == [Self.both, release])
        #expect(told.map(\.kind) == [.apply, .apply] && told.map(\.scope) == [both, both])
        #expect(
            told.map(\.only.ends) == [["adopt ann done", "adopt ben done"], ["release ann done", "release ben done"]]
        )
        fixture.directory.update { $0.remove(group: "id-g1") }
        #expect(await fixture.engine().apply(Self.both).scope == both)
        #expect(fixture.notifier.reports.last?.sourceFailure != nil)
    }

    @Test func `a log says what was asked for`() async throws {
        let handler = InMemoryLogHandler()
        let report = await fixture().engine().apply(Self.both)
        try await LogNotifier(logger: Logger(label: "test") { _ in handler }).notify(report)
        #expect(handler.entries.map { $0.metadata["marking"] } == ["adopt"])
    }

    @Test func `a target of the mode plan is never written to, one of the mode joins is`() async {
        let planned = fixture(mode: .plan)
        let before = planned.database.server
        #expect(await planned.engine().apply(Self.both).verdict == .changesPending)
        #expect(planned.database.server == before)
        #expect(await fixture(mode: .joins).engine().apply(Self.both).verdict == .inSync)
    }

    /// What becomes of the world between the plan and its approval.
    private static let changes: [@Sendable (Fixture) -> Void] = [
        { $0.database.update { $0.server.logins["ann"]?.foreignAttributes = ["CREATEROLE"] } },
        { $0.database.update { $0.server.logins["ann"]?.memberships = [Membership(role: "r2", isOurs: false)] } },
        { $0.database.update { $0.server.logins["ann"] = nil } },
        { $0.directory.update { $0.remove("ann", from: "id-g1") } },
        { $0.directory.update { $0.add(Person(id: "ann", accountName: "anna")) } },
    ]

    @Test(arguments: changes.indices)
    func `what has changed since it was shown is refused, and so is all else that was approved`(index: Int) async throws
    {
        var fixture = fixture()
        let plan = try #require(await fixture.engine().plan(Self.both).only.plan)
        fixture.options.approvedPlans = ["orders": plan.contentHash]
        Self.changes[index](fixture)
        let before = fixture.database.server
        let report = await fixture.engine().apply(Self.both, options: fixture.options)
        #expect(report.only.failure?.code == .planMoved)
        #expect(fixture.database.server == before)
    }

    private static let dispensing = MarkingRequest.release(["ann"], withoutDirectory: World.directoryId)
    private static let isGone = SyncError(.source, "there is no such store")

    @Test func `whoever has left is let go of unlocked only if the directory cannot be read, and that was asked for`()
        async
    {
        let fixture = Fixture()
        _ = await fixture.apply()
        fixture.directory.update { $0.remove("ann", from: "id-g1") }
        #expect(await fixture.engine().apply(Self.dispensing).only.plan?.conflictKinds == [.notReleasable])

        fixture.directory.update { $0.failure = Self.isGone }
        let refused = await fixture.engine().apply(.release(["ann"]))
        #expect(refused.sourceFailure == Self.isGone && refused.targets.isEmpty)
        let other = await fixture.engine().apply(.release(["ann"], withoutDirectory: "d-2"))
        #expect(other.only.plan?.content.conflicts.first?.message.contains("directory \(World.directoryId):") == true)
        #expect(other.only.outcomes.isEmpty)
        #expect(await fixture.engine().apply(Self.both).sourceFailure == Self.isGone)

        let report = await fixture.engine().apply(Self.dispensing)
        #expect(report.verdict == .inSync && report.directoryAsOf == nil)
        #expect(report.only.ends == ["release ann done"])
        let message = report.only.plan?.content.findings.first?.message
        #expect(message?.hasSuffix("and nobody knows whether that person has left already") == true)
    }

    @Test func `somebody whom a run had locked, and whom somebody lets log in again, is known to have left`() async {
        let fixture = Fixture()
        _ = await fixture.apply()
        fixture.directory.update { $0.remove("ann", from: "id-g1") }
        fixture.pass(60)
        _ = await fixture.apply()
        fixture.directory.update { $0.failure = Self.isGone }
        fixture.database.update { $0.server.logins["ann"]?.canLogIn = true }
        let report = await fixture.engine().apply(Self.dispensing)
        #expect(report.only.outcomes.isEmpty && report.only.plan?.conflictKinds == [.notReleasable])
        fixture.database.update { $0.server.logins["ann"]?.canLogIn = false }
        #expect(await fixture.engine().apply(Self.dispensing).only.ends == ["release ann done"])
    }

    @Test func `what was approved without a directory is refused once there is one, and a freeze is no lack of one`()
        async
    {
        var fixture = Fixture()
        _ = await fixture.apply()
        fixture.directory.update { $0.failure = Self.isGone }
        let plan = await fixture.engine().plan(Self.dispensing).only.plan
        fixture.options.approvedPlans = ["orders": plan?.contentHash ?? ""]
        fixture.directory.update { $0.failure = nil }
        let report = await fixture.engine().apply(Self.dispensing, options: fixture.options)
        #expect(report.only.failure?.code == .planMoved)
        let freeze = SyncError(.frozen, "everything is frozen")
        fixture.directory.update { $0.failure = freeze }
        #expect(await fixture.engine().apply(Self.dispensing).sourceFailure == freeze)
        #expect(fixture.database.server.logins["ann"]?.marker != MarkerReading.none)
    }

    @Test func `a run that breaks off leaves whole accounts, and the next one does the rest`() async {
        let fixture = fixture()
        fixture.database.update { state in
            state.fatalFailure = { $0.account == "ben" ? SyncError(.connectionLost, "gone") : nil }
        }
        #expect(await fixture.engine().apply(Self.both).only.failure?.code == .connectionLost)
        #expect(fixture.database.server.logins["ann"]?.marker != MarkerReading.none)
        #expect(fixture.database.server.logins["ben"]?.marker == MarkerReading.none)
        fixture.database.update { $0.fatalFailure = { _ in nil } }
        #expect(await fixture.engine().apply(Self.both).only.ends == ["adopt ben done"])
    }

    @Test func `the roles of accounts that are to be adopted are asked for, and of no others`() async {
        let fixture = fixture()
        fixture.database.update { $0.server.roles["extra"] = RoleFacts(privilegedBecause: "it has CREATEROLE") }
        fixture.database.update { state in
            state.server.logins["ann"]?.memberships = [Membership(role: "extra", isOurs: false)]
        }
        let report = await fixture.engine().plan(Self.both)
        #expect(report.only.plan?.content.conflicts.map(\.account) == ["ann"])
        #expect(fixture.database.state.requests.map(\.roles) == [["r1", "r2"], ["r1", "r2", "extra"]])
        #expect(fixture.database.state.requests.allSatisfy { $0.names == ["ann", "ben"] && $0.scope == .everyone })
    }
}
