// SPDX-License-Identifier: Apache-2.0

import SSOSyncConfiguration
import SSOSyncCore
import Testing

/// What people get to read of the brake.
struct BrakeRenderingTests: RenderedPlans {
    private static let leavers = World.accounts(
        (1...4).map { World.account(AccountName("p\($0)"), UserId("u-\($0)"), roles: ["readonly", "reports"]) },
        unmarked: []
    )
    private static let stayer = World.directory(
        people: [Person(id: "u-1", accountName: "p1")],
        analysts: ["u-1"],
        administrators: []
    )

    @Test func `a brake that tripped says how to release it`() throws {
        let plan = World.plan(
            Self.stayer,
            Self.leavers,
            policy: World.policy(brake: Policy.Brake(removals: 2, percent: 100))
        )
        let hash = try #require(plan.content.brake.removalsHash)
        let expected = """
            orders  PostgreSQL, mode enforce  1 person, 4 accounts, 1 unchanged

              Waiting
                ? p2  is locked  is in none of this target's groups any more; waits for the brake on removals
                ? p3  is locked  is in none of this target's groups any more; waits for the brake on removals
                ? p4  is locked  is in none of this target's groups any more; waits for the brake on removals

              Brake: 3 removals within a day, and the brake allows 2.
                Removals wait. To let exactly these go: --allow-removals \(hash)

            1 target: 3 waiting.

            """
        #expect(text(plan) == expected)
    }

    @Test func `a release by hand is said`() throws {
        let policy = World.policy(brake: Policy.Brake(removals: 2, percent: 100))
        let hash = try #require(World.plan(Self.stayer, Self.leavers, policy: policy).content.brake.removalsHash)
        let plan = World.plan(Self.stayer, Self.leavers, policy: policy, released: [hash])
        #expect(
            text(plan).contains("  Brake: 3 removals and 0 earlier within a day, of 4 accounts: released by hand.\n")
        )
    }
}
