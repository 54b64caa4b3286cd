// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@Suite("Runs for some people, and with readings that have aged")
struct EngineScopeTests {
    @Test func `a scope of people touches nobody else`() async {
        let fixture = Fixture()
        #expect(await fixture.apply(.people(["ann"])).only.ends == ["create ann done"])
        #expect(fixture.directory.world.requests.map(\.scope) == [.people(["ann"])])
        #expect(fixture.database.state.requests.map(\.scope) == [.people(["ann"])])
    }

    @Test func `a scope of a group is its members and the holders of its roles`() async {
        let fixture = Fixture(members: ["g1": ["ann", "ben"], "g2": ["cem"]])
        _ = await fixture.apply()
        fixture.pass(60)
        fixture.directory.update { world in
            world.add(Person(id: "new", accountName: "new"))
            world.add("new", to: "id-g1")
            world.remove("ben", from: "id-g1")
            world.remove("cem", from: "id-g2")
        }
        let report = await fixture.apply(.groups(["g1"]))
        #expect(report.verdict == .inSync)
        #expect(report.only.ends == ["lock ben done", "end-sessions ben done", "revoke ben done", "create new done"])
        // The group that ben has left is looked up once more.
        let scopes = fixture.directory.world.requests.map(\.scope)
        #expect(scopes.suffix(2) == [.people(["ann", "ben", "new"]), .people([])])
        #expect(fixture.database.server.logins["cem"]?.canLogIn == true)
    }

    @Test func `a group that is suddenly empty trips the brake in a run of the group too`() async {
        let fixture = Fixture()
        _ = await fixture.apply()
        fixture.pass(2 * World.day)
        fixture.directory.update { world in
            for user in ["ann", "ben"] as [UserId] { world.remove(user, from: "id-g1") }
        }
        for scope in [.everyone, .groups(["g1"]), .groups(["g1", "g2"])] as [ScopeRequest] {
            let report = await fixture.apply(scope)
            #expect(report.verdict == .braked)
            let reasons = report.only.plan?.content.brake.removalsStoppedBecause
            #expect(reasons == ["group g1 has no member any more, and 2 accounts hold its roles"])
            #expect(report.only.outcomes.isEmpty)
        }
        #expect(await fixture.apply(.groups(["g2"])).verdict == .inSync)
    }

    @Test func `a scope of a group works although one target cannot be asked for holders`() async {
        let fixture = Fixture(["a", "b"])
        _ = await fixture.apply()
        fixture.pass(60)
        fixture.databases["a"]?.update { $0.openFailure = SyncError(.unreachable, "no route") }
        fixture.directory.update { $0.remove("ben", from: "id-g1") }
        let report = await fixture.apply(.groups(["g1"]))
        #expect(report.verdict == .partialFailure)
        #expect(fixture.databases["b"]?.server.logins["ben"]?.canLogIn == false)
    }

    @Test func `a target that fails to tell the holders of a role just once fails, since leavers may have been missed`()
        async
    {
        let fixture = Fixture(["a", "b"])
        _ = await fixture.apply()
        fixture.pass(60)
        fixture.databases["a"]?.update { $0.inspectionFailure = SyncError(.timeout, "no answer") }
        fixture.directory.update { $0.remove("ben", from: "id-g1") }
        let recovered = fixture.databases["a"]
        var options = fixture.options
        options.progress = { if case .directoryRead = $0 { recovered?.update { $0.inspectionFailure = nil } } }
        let report = await fixture.engine().apply(.groups(["g1"]), options: options)
        #expect(report.verdict == .partialFailure)
        #expect(report.target("a").failure?.code == .timeout)
        #expect(report.target("a").plan != nil, "the target was read the second time")
        #expect(report.target("b").failure == nil)
        #expect(fixture.databases["b"]?.server.logins["ben"]?.canLogIn == false)
    }

    @Test func `a scope of a group that no target maps is refused`() async {
        let report = await Fixture().apply(.groups(["g3"]))
        #expect(report.verdict == .sourceUnavailable)
    }

    @Test func `runs of one person after the other trip the brake like a full run`() async {
        let people = (0..<20).map { UserId("p\($0)") }
        let fixture = Fixture(members: ["g1": people], brake: Policy.Brake(removals: 5, percent: 100))
        _ = await fixture.apply()
        fixture.pass(2 * World.day)
        fixture.directory.update { world in
            world.add(Person(id: "stays", accountName: "stays"))
            world.add(DirectoryGroup(id: "id-g1", name: "g1", members: ["stays"]))
        }
        var verdicts: [Verdict] = []
        for person in people {
            fixture.pass(60)
            verdicts.append(await fixture.apply(.people([person])).verdict)
        }
        #expect(verdicts == Array(repeating: .inSync, count: 5) + Array(repeating: .braked, count: 15))
        #expect(fixture.database.server.logins.values.count { !$0.canLogIn } == 5)
    }

    // MARK: Old readings

    @Test func `a reading that is too old lets nobody in, and locks whoever has left all the same`() async {
        var fixture = Fixture()
        _ = await fixture.apply()
        fixture.pass(60)
        fixture.directory.update { world in
            world.remove("ben", from: "id-g1")
            world.add(Person(id: "cem", accountName: "cem"))
            world.add("cem", to: "id-g1")
        }
        fixture.options.longestAdmission = 60
        fixture.clock.now = fixture.clock.now.advanced(bySeconds: 61)
        let late = await fixture.apply()
        #expect(late.verdict == .changesPending)
        #expect(late.only.ends.contains("create cem deferred"), "\(late.only.ends)")
        #expect(fixture.database.server.logins["ben"]?.canLogIn == false)
        #expect(fixture.database.server.logins["cem"] == nil)
        fixture.options.longestAdmission = 61
        #expect(await fixture.apply().verdict == .inSync)
        #expect(fixture.database.server.logins["cem"]?.canLogIn == true)
    }

    /// A directory as somebody has handed it on.
    private struct HandedOn: IdentitySource {
        let source: any IdentitySource
        let longestAdmission: Int64?

        func directory(_ request: DirectoryRequest) async throws -> Directory { try await source.directory(request) }
    }

    @Test func `how old a reading may be is the source's or the run's to say, whichever is less`() async {
        let cases: [(source: Int64, run: Int64?, verdict: Verdict)] = [
            (60, nil, .changesPending), (60, 61, .changesPending), (61, 60, .changesPending), (61, nil, .inSync),
        ]
        for (source, run, verdict) in cases {
            var fixture = Fixture()
            fixture.clock.now = fixture.clock.now.advanced(bySeconds: 61)
            fixture.options.longestAdmission = run
            let engine = fixture.engine(reading: HandedOn(source: fixture.directory, longestAdmission: source))
            #expect(await engine.apply(options: fixture.options).verdict == verdict)
        }
    }

    /// The reading of before is one that somebody has kept, or a copy that lags.
    @Test func `who is out is not let in anew by a reading of before, however short the quarantine is`() async {
        for (limit, memory) in [(900, 1_200), (60, 1_200), (7_200, 7_500)] as [(Int64, Int64)] {
            var fixture = Fixture(members: ["g1": ["ann", "ben"]])
            fixture.keepLeavers(for: 0)
            let source = HandedOn(source: fixture.directory, longestAdmission: limit)
            _ = await fixture.engine(reading: source).apply(options: fixture.options)
            fixture.directory.update { $0.remove("ben", from: "id-g1") }
            fixture.pass(60)
            // The brake would remember it for a day.
            fixture.options.releasedRemovals = Set(
                [await fixture.plan().only.plan?.content.brake.removalsHash].compactMap(\.self)
            )
            _ = await fixture.engine(reading: source).apply(options: fixture.options)
            #expect(fixture.database.server.logins["ben"]?.canLogIn == false)
            fixture.pass(memory - 1)
            _ = await fixture.engine(reading: source).apply(options: fixture.options)
            #expect(fixture.database.server.logins["ben"] != nil, "after \(memory - 1) s")
            fixture.pass(1)
            _ = await fixture.engine(reading: source).apply(options: fixture.options)
            #expect(fixture.database.server.logins["ben"] == nil, "after \(memory) s")
        }
    }

    @Test func `whom a reading may not let in waits, while others are let in and whoever has left is locked`() async {
        var fixture = Fixture()
        _ = await fixture.apply()
        fixture.pass(60)
        fixture.directory.update { world in
            world.remove("ben", from: "id-g1")
            for name in ["cem", "dan"] {
                world.add(Person(id: UserId(name), accountName: AccountName(name)))
                world.add(UserId(name), to: "id-g1")
            }
        }
        let time = fixture.clock.now
        fixture.options.admits = { $0 == "dan" || $0 == "ben" || $1 > time }
        let report = await fixture.apply()
        #expect(report.verdict == .changesPending)
        #expect(report.only.ends.contains("create cem deferred"), "\(report.only.ends)")
        let logins = fixture.database.server.logins
        #expect(logins["ben"]?.canLogIn == false && logins["cem"] == nil && logins["dan"]?.canLogIn == true)
        fixture.pass(1)
        #expect(await fixture.apply().verdict == .inSync)
        #expect(fixture.database.server.logins["cem"]?.canLogIn == true)
    }
}
