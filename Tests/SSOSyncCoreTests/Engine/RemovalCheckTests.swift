// SPDX-License-Identifier: Apache-2.0

import SSOSyncConcurrency
import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@Suite("Groups that go while a directory remembers them")
struct RemovalCheckTests {
    /// A directory that remembers which group has a name, and says of one that is gone that it has no members.
    private final class Forgetless: IdentitySource {
        let directory: InMemoryDirectory
        let groups: [GroupName: GroupId]
        let asked = Log<DirectoryRequest>()
        /// Happens before groups are looked up anew.
        let meanwhile: @Sendable (inout InMemoryDirectory.World) -> Void

        init(
            _ directory: InMemoryDirectory,
            meanwhile: @escaping @Sendable (inout InMemoryDirectory.World) -> Void = { _ in }
        ) {
            (self.directory, self.meanwhile) = (directory, meanwhile)
            groups = Dictionary(uniqueKeysWithValues: directory.world.groups.values.map { ($0.name, $0.id) })
        }

        func directory(_ request: DirectoryRequest) async throws -> Directory {
            asked.append(request)
            guard !request.looksUpAnew else {
                directory.update { meanwhile(&$0) }
                return try await directory.directory(request)
            }
            let world = directory.world
            return Directory(
                id: World.directoryId,
                asOf: world.now,
                scope: request.scope,
                people: world.people.values.filter { request.scope.covers($0.id) },
                groups: request.groups.compactMap { wanted in
                    guard let id = groups[wanted.name] else { return nil }
                    let members = world.groups[id]?.members ?? []
                    return DirectoryGroup(id: id, name: wanted.name, members: members.filter(request.scope.covers))
                }
            )
        }

        /// The groups that were looked up anew.
        var lookUps: [[GroupName]] { asked.values.filter(\.looksUpAnew).map { $0.groups.map(\.name) } }
    }

    private static let members: [GroupName: [UserId]] = ["g1": ["ann", "ben"], "g2": ["ann", "cem"]]

    /// Everybody has an account, and a minute has passed.
    private func settled(_ targets: [TargetName] = ["orders"]) async -> Fixture {
        let fixture = Fixture(targets, members: Self.members)
        _ = await fixture.apply()
        fixture.pass(60)
        fixture.directory.update { $0.add(Person(id: "dan", accountName: "dan")) }
        return fixture
    }

    private func roles(_ fixture: Fixture, _ name: AccountName) -> Set<RoleName>? {
        fixture.database.server.logins[name].map { Set($0.memberships.map(\.role)) }
    }

    private func failures(_ report: TargetReport) -> [SyncError] {
        report.outcomes.compactMap { if case .failed(let error) = $0.result { error } else { nil } }
    }

    @Test func `a group that is gone has nobody lose anything, and others join`() async {
        let fixture = await settled()
        let source = Forgetless(fixture.directory)
        fixture.directory.update { world in
            world.remove(group: "id-g1")
            world.add("dan", to: "id-g2")
        }
        let report = await fixture.engine(reading: source)
            .apply(.people(["ann", "ben", "cem", "dan"]), options: fixture.options)
        #expect(report.verdict == .partialFailure)
        let ends: Set = [
            "revoke ann failed", "disconnect ann skipped", "lock ben failed", "revoke ben failed",
            "end-sessions ben failed", "create dan done",
        ]
        #expect(Set(report.only.ends) == ends)
        #expect(
            failures(report.only).allSatisfy { $0.code == .groupMissing && $0.message == "group g1 does not exist" }
        )
        #expect(failures(report.only).allSatisfy { $0.missingGroups.keys.map(\.name) == ["g1"] })
        #expect(roles(fixture, "ann") == ["r1", "r2"] && roles(fixture, "ben") == ["r1"])
        #expect(fixture.database.server.logins["ben"]?.canLogIn == true)
    }

    @Test(arguments: ["g1", "g2"] as [GroupName])
    func `a group that was created anew has nobody lose anything, be its id pinned or not`(group: GroupName) async {
        let fixture = await settled()
        let source = Forgetless(fixture.directory)
        fixture.directory.update { world in
            world.remove(group: GroupId("id-\(group)"))
            world.add(DirectoryGroup(id: "anew", name: group, members: Self.members[group] ?? []))
        }
        let people = Set(Self.members[group] ?? [])
        let report = await fixture.engine(reading: source).apply(.people(people), options: fixture.options)
        #expect(report.verdict == .partialFailure)
        #expect(!report.only.ends.contains { $0.hasSuffix("done") })
        #expect(failures(report.only).count == 4)
        #expect(failures(report.only).allSatisfy { $0.code == .groupMissing })
        if group == "g2" {
            #expect(failures(report.only).allSatisfy { $0.message.contains("group g2 was created anew") })
            // The next run reads the new one.
            #expect(await fixture.apply(.people(people)).verdict == .inSync)
        }
        #expect(people.allSatisfy { fixture.database.server.logins[AccountName($0.rawValue)]?.canLogIn == true })
    }

    @Test func `a group that goes after the reading has nobody lose anything either`() async {
        let fixture = await settled()
        fixture.directory.update { $0.remove("ben", from: "id-g1") }
        let source = Forgetless(fixture.directory) { $0.remove(group: "id-g1") }
        let report = await fixture.engine(reading: source).apply(.people(["ben"]), options: fixture.options)
        #expect(report.verdict == .partialFailure)
        #expect(fixture.database.server.logins["ben"]?.canLogIn == true)
    }

    @Test func `whoever has left groups that are there loses what they gave, and these alone are looked up`() async {
        let fixture = await settled()
        let source = Forgetless(fixture.directory)
        fixture.directory.update { world in
            world.remove("ann", from: "id-g1")
            world.add("dan", to: "id-g2")
        }
        let engine = fixture.engine(reading: source)
        let report = await engine.apply(.people(["ann", "cem", "dan"]), options: fixture.options)
        #expect(
            report.verdict == .inSync
                && Set(report.only.ends) == ["revoke ann done", "create dan done", "disconnect ann done"]
        )
        #expect(source.lookUps == [["g1"]])
        #expect(source.asked.values.map(\.scope) == [.people(["ann", "cem", "dan"]), .people([])])

        fixture.directory.update { $0.remove("cem", from: "id-g2") }
        #expect(await engine.apply(.people(["cem"]), options: fixture.options).only.ends.contains("lock cem done"))
        #expect(source.lookUps == [["g1"], ["g1", "g2"]])
    }

    @Test func `where nobody loses anything, or somebody does for another reason, nothing is looked up`() async {
        let fixture = await settled()
        let source = Forgetless(fixture.directory)
        fixture.directory.update { world in
            world.add("dan", to: "id-g1")
            world.add(Person(id: "ben", accountName: "ben", isEnabled: false))
        }
        let report = await fixture.engine(reading: source).apply(.people(["ben", "dan"]), options: fixture.options)
        #expect(report.verdict == .inSync)
        #expect(report.only.ends.contains("lock ben done") && report.only.ends.contains("create dan done"))
        fixture.directory.update { $0.remove("dan", from: "id-g1") }
        _ = await fixture.engine(reading: source).apply(options: fixture.options)
        #expect(fixture.database.server.logins["dan"]?.canLogIn == false)
        #expect(source.lookUps == [])
    }

    /// A marked leaver is always locked.
    @Test func `who was locked before is locked again and thrown out, whatever has become of the groups`() async {
        let fixture = await settled()
        fixture.directory.update { $0.remove("ben", from: "id-g1") }
        _ = await fixture.apply()
        let memberships = fixture.database.server.logins["ann"]?.memberships.filter { $0.role == "r1" } ?? []
        fixture.database.update { state in
            state.server.logins["ben"]?.canLogIn = true
            state.server.logins["ben"]?.memberships = memberships
            state.server.logins["ben"]?.sessions = 1
        }
        fixture.pass(60)
        let source = Forgetless(fixture.directory)
        fixture.directory.update { $0.remove(group: "id-g1") }
        let report = await fixture.engine(reading: source).apply(.people(["ben"]), options: fixture.options)
        #expect(Set(report.only.ends) == ["lock ben done", "revoke ben done", "end-sessions ben done"])
        #expect(source.lookUps == [])
    }

    @Test(arguments: [1, 3])
    func `targets with groups of their own have each group looked up once`(atATime: Int) async {
        var fixture = await settled(["a", "b", "c"])
        fixture.options.concurrentTargets = atATime
        fixture.unmap("g1", on: "b")
        let source = Forgetless(fixture.directory)
        fixture.directory.update { $0.remove("cem", from: "id-g2") }
        let report = await fixture.engine(reading: source).apply(.people(["cem"]), options: fixture.options)
        #expect(report.targets.allSatisfy { $0.ends.contains("lock cem done") })
        #expect(source.lookUps.joined().sorted() == ["g1", "g2"])
    }

    @Test(arguments: [1, 3])
    func `several targets look groups up once`(atATime: Int) async {
        var fixture = await settled(["a", "b", "c"])
        fixture.options.concurrentTargets = atATime
        let source = Forgetless(fixture.directory)
        fixture.directory.update { $0.remove("ann", from: "id-g1") }
        #expect(
            await fixture.engine(reading: source).apply(.people(["ann"]), options: fixture.options).verdict == .inSync
        )
        #expect(source.lookUps == [["g1"]])
    }

    @Test func `a directory that cannot look groups up takes nothing from anybody, and others join`() async {
        let fixture = await settled()
        let source = Forgetless(fixture.directory) { $0.failure = SyncError(.source, "throttled") }
        fixture.directory.update { world in
            world.remove("ben", from: "id-g1")
            world.add("dan", to: "id-g2")
        }
        let report = await fixture.engine(reading: source).apply(.people(["ben", "dan"]), options: fixture.options)
        #expect(report.verdict == .partialFailure)
        #expect(report.only.ends.contains("lock ben failed") && report.only.ends.contains("create dan done"))
        #expect(Set(failures(report.only).map(\.code)) == [.source])
        #expect(failures(report.only).allSatisfy { $0.message.hasSuffix("once more, which has failed: throttled") })
    }

    /// Answers about groups only when it is told to stop.
    private struct Hanging: IdentitySource {
        let source: Forgetless

        func directory(_ request: DirectoryRequest) async throws -> Directory {
            let answer = try await source.directory(request)
            guard request.looksUpAnew else { return answer }
            try await Waiter<Void>().wait {}
            return answer
        }
    }

    @Test func `a run that is cancelled while it looks groups up has been cancelled, and has taken nothing`() async {
        let fixture = await settled()
        let source = Forgetless(fixture.directory)
        fixture.directory.update { $0.remove("ben", from: "id-g1") }
        let run = Task {
            await fixture.engine(reading: Hanging(source: source)).apply(.people(["ben"]), options: fixture.options)
        }
        await #expect(throws: Never.self) {
            try await eventually("groups are looked up") { !source.lookUps.isEmpty }
        }
        run.cancel()
        let report = await run.value
        #expect(report.only.failure?.code == .cancelled && report.only.outcomes.isEmpty)
        #expect(fixture.database.server.logins["ben"]?.canLogIn == true && fixture.database.state.openSessions == 0)
    }
}
