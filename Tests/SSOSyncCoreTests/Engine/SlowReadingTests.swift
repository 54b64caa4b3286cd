// SPDX-License-Identifier: Apache-2.0

import SSOSyncConcurrency
import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@Suite("Readings of the directory that take a while")
struct SlowReadingTests {
    /// A source that has read everyone, when something happens and time passes.
    private struct Slow: IdentitySource {
        let fixture: Fixture
        let seconds: Int64
        let meanwhile: @Sendable (inout InMemoryDirectory.World) -> Void

        func directory(_ request: DirectoryRequest) async throws -> Directory {
            let directory = try await fixture.directory.directory(request)
            guard request.scope == .everyone else { return directory }
            fixture.pass(seconds)
            fixture.directory.update { meanwhile(&$0) }
            return directory
        }
    }

    /// A source that takes a while for everyone, and does not answer about anybody else.
    private struct Hanging: IdentitySource {
        let fixture: Fixture
        let asked: Log<DirectoryRequest>

        func directory(_ request: DirectoryRequest) async throws -> Directory {
            asked.append(request)
            guard request.scope == .everyone else {
                return try await Waiter<Directory>().wait {}
            }
            defer { fixture.pass(31) }
            return try await fixture.directory.directory(request)
        }
    }

    private func apply(
        _ fixture: Fixture,
        seconds: Int64 = 31,
        meanwhile: @escaping @Sendable (inout InMemoryDirectory.World) -> Void
    ) async -> SyncReport {
        await fixture.engine(reading: Slow(fixture: fixture, seconds: seconds, meanwhile: meanwhile))
            .apply(options: fixture.options)
    }

    /// The people who were asked about after everyone.
    private func askedAbout(_ fixture: Fixture) -> [Scope] { fixture.directory.world.requests.dropFirst().map(\.scope) }

    @Test func `who leaves meanwhile and has no account yet gets none, and others do`() async {
        let fixture = Fixture()
        let report = await apply(fixture) { $0.remove("ben", from: "id-g1") }
        #expect(report.verdict == .changesPending)
        #expect(Set(report.only.ends) == ["create ann done", "create ben deferred"])
        #expect(fixture.database.server.logins["ben"] == nil)
        #expect(await fixture.apply().verdict == .inSync)
    }

    @Test func `who was locked comes in by it only if that still holds`() async {
        let fixture = Fixture()
        _ = await fixture.apply()
        fixture.pass(60)
        fixture.directory.update { $0.remove("ben", from: "id-g1") }
        _ = await fixture.apply()
        fixture.pass(60)
        fixture.directory.update { $0.add("ben", to: "id-g1") }
        let report = await apply(fixture) { $0.remove(person: "ben") }
        #expect(report.verdict == .changesPending)
        #expect(fixture.database.server.logins["ben"]?.canLogIn == false)
    }

    @Test func `who changes groups or the name meanwhile waits for the next run`() async {
        let fixture = Fixture(members: ["g1": ["ann", "ben"], "g2": ["cem"]])
        let report = await apply(fixture) { world in
            world.add("ann", to: "id-g2")
            world.add(Person(id: "ben", accountName: "benjamin"))
        }
        #expect(Set(report.only.ends) == ["create ann deferred", "create ben deferred", "create cem done"])
    }

    @Test func `a leaver is out whatever the directory says by then`() async {
        let fixture = Fixture()
        _ = await fixture.apply()
        fixture.pass(60)
        fixture.directory.update { $0.remove("ben", from: "id-g1") }
        let report = await apply(fixture) { $0.failure = SyncError(.source, "throttled") }
        #expect(report.verdict == .inSync && report.only.ends.contains("lock ben done"))
    }

    @Test func `a directory that cannot be asked again lets nobody in, and the run has failed`() async {
        let fixture = Fixture()
        let report = await apply(fixture) { $0.failure = SyncError(.source, "throttled") }
        #expect(report.verdict == .partialFailure)
        #expect(report.only.ends == ["create ann failed", "create ben failed"])
        let expected = SyncError(.source, "the directory could not be asked whether that still holds: throttled")
        let failures = report.only.outcomes.compactMap { outcome -> SyncError? in
            guard case .failed(let error) = outcome.result else { return nil }
            return error
        }
        #expect(failures == [expected, expected])
        #expect(fixture.database.state.done.isEmpty)
    }

    @Test func `a run that is cancelled while it asks has been cancelled, and is no success`() async {
        let fixture = Fixture()
        let asked = Log<DirectoryRequest>()
        let run = Task {
            await fixture.engine(reading: Hanging(fixture: fixture, asked: asked)).apply(options: fixture.options)
        }
        await #expect(throws: Never.self) {
            try await eventually("somebody is asked about") { asked.values.count == 2 }
        }
        run.cancel()
        let report = await run.value
        #expect(report.only.failure?.code == .cancelled && report.only.outcomes.isEmpty)
        #expect(fixture.database.state.done.isEmpty && fixture.database.state.openSessions == 0)
    }

    @Test(arguments: [1, 3])
    func `several targets ask about somebody once`(atATime: Int) async {
        var fixture = Fixture(["a", "b", "c"])
        fixture.options.concurrentTargets = atATime
        #expect(await apply(fixture) { _ in }.verdict == .inSync)
        #expect(askedAbout(fixture) == [.people(["ann"]), .people(["ben"])])
    }

    @Test func `after a quick reading nobody is asked about again`() async {
        let fixture = Fixture()
        #expect(await apply(fixture, seconds: 30) { _ in }.verdict == .inSync)
        #expect(askedAbout(fixture) == [])
    }

    @Test(arguments: [(20, 20), (21, 0)])
    func `a crowd is let in without, since to ask one by one would take longer still`(people: Int, asked: Int) async {
        let fixture = Fixture(members: ["g1": (0..<people).map { UserId("u\($0)") }])
        #expect(await apply(fixture) { _ in }.verdict == .inSync)
        #expect(askedAbout(fixture).count == asked)
    }
}
