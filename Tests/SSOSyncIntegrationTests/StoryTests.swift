// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

@Suite("The story of a person")
struct StoryTests {
    @Test(arguments: World.engines)
    func `joins, joins more, leaves one group, leaves, returns, and is dropped in the end`(engine: TestEngine)
        async throws
    {
        try await World.with(engine) { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            #expect(try await world.rolesHeld(by: "ann") == ["readers"])
            let reading = try await world.server.logIn(as: "ann")

            world.set("ann", in: ["readers", "writers"])
            try await world.apply()
            #expect(try await world.rolesHeld(by: "ann") == ["readers", "writers"])
            try await reading.check()

            world.set("ann", in: ["writers"])
            try await world.apply()
            #expect(try await world.rolesHeld(by: "ann") == ["writers"])
            await #expect(throws: LostSession.self) { try await reading.check() }
            let session = try await world.server.logIn(as: "ann")

            world.set("ann", in: [])
            let leaving = try await world.apply()
            #expect(leaving.outcomes.map(\.sessionsEnded).reduce(0, +) == 1)
            #expect(try await world.rolesHeld(by: "ann") == [])
            #expect(await !world.canLogIn("ann"))
            await #expect(throws: LostSession.self) { try await session.check() }

            world.set("ann", in: ["readers"])
            try await world.apply()
            #expect(try await world.rolesHeld(by: "ann") == ["readers"])
            #expect(await world.canLogIn("ann"))

            world.set("ann", in: [])
            try await world.apply()
            world.pass(seconds: 90_000)
            try await world.apply()
            #expect(try await world.mayLogIn("ann") == nil)
            #expect(try await world.plan().isInSync)
        }
    }

    @Test(arguments: World.engines)
    func `a second run right after a good one has nothing to do`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            for number in 1...30 {
                world.set(UserId("p\(number)"), in: number % 2 == 0 ? ["readers"] : ["readers", "writers"])
            }
            try await world.apply()
            let plan = try await world.plan()
            #expect(plan.isInSync)
            #expect(plan.content.counts.unchanged == 30)
        }
    }

    @Test(arguments: World.engines)
    func `a run that shows its statements still swaps two names`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            world.set("u1", name: "ann", in: ["readers"])
            world.set("u2", name: "bob", in: ["writers"])
            try await world.apply()
            world.set("u1", name: "bob", in: ["readers", "writers"])
            world.set("u2", name: "ann", in: ["writers"])
            var options = SyncEngine.Options()
            options.includesScripts = true
            let report = await world.engine().apply(options: options)
            #expect(report.verdict == .inSync)
            let script = try #require(report.targets.first?.script)
            #expect(script.contains { engine.isRenaming($0, to: "bob") })
            #expect(try await world.rolesHeld(by: "bob") == ["readers", "writers"])
            #expect(try await world.rolesHeld(by: "ann") == ["writers"])
        }
    }
}
