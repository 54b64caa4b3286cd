// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// What Docs/deploy.md says of taking a deployment down.
@Suite("Tear-down", .serialized)
struct TearDownTests {
    @Test(arguments: World.engines)
    func
        `a target whose only group is empty loses its accounts once they are let go, and gives them back to no run of its own`(
            engine: TestEngine
        ) async throws
    {
        try await World.with(engine, roles: ["readers", "nobody"]) { world in
            let people: [AccountName] = ["ann", "ben", "cid"]
            for name in people { world.set(UserId(name.rawValue), in: ["readers"]) }
            try await world.apply()
            let emptied = Policy(
                target: "orders",
                owner: World.owner,
                mode: .enforce,
                groups: world.policy().groups.filter { $0.group == "nobody" },
                leavers: Policy.Leavers(quarantine: 86_400),
                brake: Policy.Brake(removals: 1, percent: 100)
            )

            #expect(try await world.apply(.everyone, emptied).plan?.operations == [])
            let hash = try #require(try await world.plan(.everyone, emptied).content.brake.removalsHash)
            #expect(try await world.mayLogIn("ann") == true)
            var options = SyncEngine.Options()
            options.releasedRemovals = [hash]
            let released = try #require(await world.engine(emptied).apply(.everyone, options: options).targets.first)
            #expect(released.failedOutcomes.isEmpty && released.failure == nil, "\(released)")

            // What the function goes on with, which has the same configuration, locks nobody anew and lets nobody in.
            world.pass(seconds: 3_600)
            #expect(try await world.apply(.everyone, emptied).plan?.operations == [])
            for name in people { #expect(try await world.mayLogIn(name) == false) }
            // With the one before, all of them are there again.
            #expect(try await world.plan().operations.map(\.label) == ["restore", "restore", "restore"])

            world.pass(seconds: 86_400)
            try await world.apply(.everyone, emptied)
            for name in people { #expect(try await world.mayLogIn(name) == nil) }
        }
    }
}
