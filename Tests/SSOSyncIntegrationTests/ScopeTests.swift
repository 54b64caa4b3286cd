// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncPostgres
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@Suite("Runs of a few people")
struct ScopeTests {
    @Test(arguments: World.postgresVersions)
    func `a run of one person touches nobody else, whatever is to be done about them`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            let superuser = try await world.postgres.openSuperuser()
            for number in 1...6 { world.set(UserId("p\(number)"), in: ["readers"]) }
            try await world.apply()
            let before = try await ServerState(superuser)
            world.set("p1", in: ["readers", "writers"])
            world.set("p2", in: ["writers"])
            world.set("p3", in: [])
            world.set("p4", name: "p5", in: ["readers"])
            world.set("p5", name: "p4", in: ["readers"])
            world.set("p7", in: ["readers"])
            try await world.apply(.people(["p1"]))
            var after = try await ServerState(superuser)
            #expect(after["p1"]?.roles == ["readers", "writers"])
            expectUnchanged(["p2", "p3", "p4", "p5", "p6"], before, after)
            #expect(after["p7"] == nil)
            try await world.apply(.people(["p3"]))
            after = try await ServerState(superuser)
            #expect(after["p3"]?.canLogIn == false)
            expectUnchanged(["p2", "p4", "p5", "p6"], before, after)
            let half = try await world.apply(.people(["p4"]))
            #expect(half.plan?.content.conflicts.map(\.kind) == [.nameTaken])
            try await world.apply(.people(["p7", "nobody"]))
            after = try await ServerState(superuser)
            #expect(after["p7"]?.canLogIn == true)
            expectUnchanged(["p2", "p4", "p5", "p6"], before, after)
            try await world.apply()
            #expect(try await world.plan().isInSync)
        }
    }

    private func expectUnchanged(_ names: [AccountName], _ before: ServerState, _ after: ServerState) {
        for name in names { #expect(after[name] == before[name]) }
    }

    @Test(arguments: World.postgresVersions)
    func `a run of a group finds whoever left it, and leaves other groups' leavers alone`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            let superuser = try await world.postgres.openSuperuser()
            for user in ["stays", "left"] as [UserId] { world.set(user, in: ["readers", "writers"]) }
            world.set("gone", in: ["readers"])
            world.set("writer", in: ["writers"])
            try await world.apply()
            world.set("left", in: ["writers"])
            world.delete("gone")
            world.set("writer", in: [])
            world.set("new", in: ["readers"])
            try await world.apply(.groups(["readers"]))
            let state = try await ServerState(superuser)
            #expect(state["left"]?.roles == ["writers"])
            #expect(state["gone"]?.canLogIn == false)
            #expect(state["gone"]?.roles == [])
            #expect(state["new"]?.roles == ["readers"])
            #expect(state["writer"]?.canLogIn == true)
        }
    }

    @Test(arguments: World.postgresVersions)
    func `a group that is suddenly empty trips the brake in a run of the group, and a release lets it go`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            let policy = world.policy()
            for number in 1...3 { world.set(UserId("p\(number)"), in: ["readers"]) }
            world.set("stays", in: ["writers"])
            try await world.apply()
            for number in 1...3 { world.set(UserId("p\(number)"), in: []) }
            try await expectBraked(.groups(["readers"]), policy, world)
            #expect(try await lockedAccounts(world) == 0)
            var options = SyncEngine.Options()
            let full = try await world.plan().content.brake
            options.releasedRemovals = [try #require(full.removalsHash)]
            #expect(await world.engine().apply(.groups(["readers"]), options: options).verdict == .inSync)
            #expect(try await lockedAccounts(world) == 3)
        }
    }

    @Test(arguments: World.postgresVersions)
    func `a row of one-person runs trips the brake exactly like one full run`(version: Int) async throws {
        for isFull in [true, false] {
            try await World.with(postgres: version) { world in
                let brake = world.policy(brake: Policy.Brake(removals: 4, percent: 100, joins: 100))
                let users = (1...20).map { UserId("p\($0)") }
                for user in users { world.set(user, in: ["readers"]) }
                try await world.apply(.everyone, brake)
                for user in users.prefix(10) { world.set(user, in: []) }
                if isFull {
                    try await expectBraked(.everyone, brake, world)
                    #expect(try await lockedAccounts(world) == 0)
                    for user in users[4..<10] { world.set(user, in: ["readers"]) }
                    try await world.apply(.everyone, brake)
                } else {
                    for user in users.prefix(4) { try await world.apply(.people([user]), brake) }
                    for user in users[4..<10] { try await expectBraked(.people([user]), brake, world) }
                }
                #expect(try await lockedAccounts(world) == 4)
                try await expectBrakeForgetsAfterADay(brake, world)
            }
        }
    }

    /// The next removal waits until a day is over.
    private func expectBrakeForgetsAfterADay(_ policy: Policy, _ world: World) async throws {
        world.set("p10", in: [])
        world.set("p11", in: [])
        try await expectBraked(.people(["p11"]), policy, world)
        world.pass(seconds: 86_400 - 60)
        try await expectBraked(.people(["p11"]), policy, world)
        world.pass(seconds: 120)
        try await world.apply(.people(["p11"]), policy)
        #expect(await !world.canLogIn("p11"))
    }

    private func expectBraked(_ scope: ScopeRequest, _ policy: Policy, _ world: World) async throws {
        let report = await world.engine(policy).apply(scope)
        #expect(report.verdict == .braked)
        #expect(report.verdict.exitCode == 3)
        let target = try #require(report.targets.first)
        #expect(target.outcomes.isEmpty)
        #expect(target.plan?.content.withheld.isEmpty == false)
    }

    private func lockedAccounts(_ world: World) async throws -> Int {
        let superuser = try await world.postgres.openSuperuser()
        let state = try await ServerState(superuser)
        await superuser.close()
        return state.marked.count { !$0.canLogIn }
    }

    @Test(arguments: World.postgresVersions)
    func `a brake released for one set of removals lets these go and no others`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            let brake = world.policy(brake: Policy.Brake(removals: 1, percent: 100, joins: 100))
            for number in 1...9 { world.set(UserId("p\(number)"), in: ["readers"]) }
            try await world.apply(.everyone, brake)
            for number in 1...3 { world.set(UserId("p\(number)"), in: []) }
            let hash = try #require(try await world.plan(.everyone, brake).content.brake.removalsHash)
            var options = SyncEngine.Options()
            options.releasedRemovals = [hash]
            world.set("p4", in: [])
            #expect(await world.engine(brake).apply(options: options).verdict == .braked)
            #expect(await world.canLogIn("p1"))
            world.set("p4", in: ["readers"])
            #expect(await world.engine(brake).apply(options: options).verdict == .inSync)
            #expect(await !world.canLogIn("p1"))
            world.set("p5", in: [])
            #expect(await world.engine(brake).apply().verdict == .inSync)
        }
    }

    @Test(arguments: World.postgresVersions)
    func `a directory that was read earlier than the last one neither restores nor grants nor removes`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            let superuser = try await world.postgres.openSuperuser()
            world.set("stays", in: ["readers", "writers"])
            for user in ["left", "less", "more"] as [UserId] { world.set(user, in: ["readers"]) }
            world.set("less", in: ["readers", "writers"])
            try await world.apply()
            let old = world.directory.world
            world.pass(seconds: 600)
            world.set("left", in: [])
            world.set("less", in: ["readers"])
            world.set("more", in: ["readers", "writers"])
            world.set("late", in: ["readers"])
            try await world.apply()
            let state = try await ServerState(superuser)
            let recent = world.directory.world
            world.directory.update { $0 = old }
            for scope in [.everyone, .people(["left", "less", "more"])] as [ScopeRequest] {
                let report = try await world.apply(scope)
                #expect(report.outcomes.isEmpty, "\(report.outcomes.map(\.operation))")
                #expect(report.plan?.content.withheld.contains { $0.cause == .olderDirectory } == true)
                #expect(try await ServerState(superuser) == state)
            }
            world.directory.update { $0 = recent }
            #expect(try await world.plan().isInSync)
        }
    }
}
