// SPDX-License-Identifier: Apache-2.0

import SSOSyncConcurrency
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@testable import SSOSyncCore

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
        #expect(askedAbout(fixture) == [.people(["ann", "ben"])])
    }

    @Test func `after a quick reading nobody is asked about again`() async {
        let fixture = Fixture()
        #expect(await apply(fixture, seconds: 30) { _ in }.verdict == .inSync)
        #expect(askedAbout(fixture) == [])
    }

    @Test(arguments: [(10, 1), (11, 2), (50, 5), (51, 0)])
    func `many are asked about in parts, and a crowd is let in without, or a first run would never come to its end`(
        people: Int,
        readings: Int
    ) async {
        let fixture = Fixture(members: ["g1": (0..<people).map { UserId("u\($0)") }])
        #expect(await apply(fixture) { _ in }.verdict == .inSync)
        #expect(askedAbout(fixture).count == readings)
        #expect(fixture.database.server.logins.count == people)
    }

    @Test func `of many the one who has left meanwhile is not let in`() async {
        let fixture = Fixture(members: ["g1": (0..<50).map { UserId("u\($0)") }])
        let report = await apply(fixture) { $0.remove(person: "u33") }
        #expect(report.verdict == .changesPending)
        #expect(fixture.database.server.logins.count == 49 && fixture.database.server.logins["u33"] == nil)
    }

    @Test func `who cannot be asked about in time waits for the next run, and the others are let in`() async throws {
        let people = (10..<40).map { UserId("u\($0)") }
        let read = Log<Set<UserId>>()
        let check = SecondLook(now: { World.start }, patience: .milliseconds(200)) { (asked) throws(SyncError) in
            read.append(asked)
            // The first ten have an answer, and the next ones none in time.
            if asked.contains("u20") {
                do { try await Task.sleep(for: .seconds(600)) } catch { throw SyncError(.cancelled, "cancelled") }
            }
            return Self.reading(of: asked)
        }
        let obstacles = try await check.obstacles(to: Set(people), by: Self.reading(of: Set(people)))
        #expect(Set(obstacles.keys) == Set(people.dropFirst(10)))
        for case let result? in people.dropFirst(10).map({ obstacles[$0] }) {
            guard case .deferred(let reason) = result else { Issue.record("\(result)"); return }
            #expect(reason == "there was no time to ask the directory whether that still holds")
        }
        #expect(read.values == [Set(people[..<10]), Set(people[10..<20])])
    }

    @Test func `a target whose time is up takes nothing from the time of one that waits for the same answer`()
        async throws
    {
        let read = Log<Set<UserId>>()
        let look = SecondLook(now: { World.start }) { (asked) throws(SyncError) in
            read.append(asked)
            // The first question has no answer in time.
            if read.values.count == 1 {
                do { try await Task.sleep(for: .seconds(600)) } catch { throw SyncError(.cancelled, "cancelled") }
            }
            return Self.reading(of: asked)
        }
        let torn = Directory(
            id: World.directoryId,
            asOf: World.start,
            scope: .everyone,
            people: [Person(id: "ann", accountName: "ann")],
            groups: [DirectoryGroup(id: "id-g1", name: "g1", members: [])]
        )
        let grounds = RemovalGrounds(groups: ["ann": ["g1"]])
        async let first = look.obstacles(to: grounds, by: torn, until: .now + .milliseconds(300))
        try await eventually("the directory is asked") { read.values.count == 1 }
        async let second = look.obstacles(to: grounds, by: torn, until: .now + .seconds(15))
        #expect(try await first.isEmpty)
        let obstacles = try await second
        #expect(Array(obstacles.keys) == ["ann"])
        #expect(read.values == [["ann"], ["ann"]])
    }

    /// Targets whose turn comes late go by another reading than those before them.
    @Test func `an answer from before a reading says nothing about it`() async throws {
        let clock = Clock()
        let read = Log<Set<UserId>>()
        let look = SecondLook(now: { clock.now }) { (asked) throws(SyncError) in
            read.append(asked)
            return Self.reading(of: asked, at: clock.now)
        }
        for asOf in [World.start, World.start, World.start.advanced(bySeconds: 11)] {
            clock.now = asOf
            let obstacles = try await look.obstacles(to: ["ann"], by: Self.reading(of: ["ann"], at: asOf))
            #expect(obstacles.isEmpty)
        }
        #expect(read.values == [["ann"], ["ann"]])
    }

    private static func reading(of people: Set<UserId>, at asOf: Timestamp = World.start) -> Directory {
        Directory(
            id: World.directoryId,
            asOf: asOf,
            scope: .people(people),
            people: people.map { Person(id: $0, accountName: AccountName($0.rawValue)) },
            groups: [DirectoryGroup(id: "id-g1", name: "g1", members: people)]
        )
    }
}
