// SPDX-License-Identifier: Apache-2.0

import SSOSyncConfiguration
import SSOSyncCore
import Testing

/// What people get to read of plans that were to be carried out.
struct ApplyRenderingTests: RenderedPlans {
    @Test func `an apply says what was done, what failed, and what was not tried`() {
        let plan = World.plan()
        let outcomes = plan.operations.map { operation in
            switch (operation.account, operation.label) {
            case ("left.lane", "end-sessions"): OperationOutcome(operation, .done, sessionsEnded: 2)
            case ("grace", "revoke"): OperationOutcome(operation, .failed(SyncError(.server, "the server said\nno")))
            case ("ada.lovelace", _), ("grace", "disconnect"):
                OperationOutcome(operation, .skipped(because: "an earlier operation failed"))
            case ("old.timer", _): OperationOutcome(operation, .deferred(because: "the time for drops was up"))
            default: OperationOutcome(operation, .done)
            }
        }
        let report = TargetReport(target: "orders", plan: plan, wasApplied: true, outcomes: outcomes)
        let expected = """
            orders  PostgreSQL, mode enforce  5 people, 5 accounts, 1 unchanged

              Access taken
                - left.lane  locked; lost readonly, reports; 2 sessions ended  is in none of this target's groups any more

              Names
                ~ linus  became torvalds

              Failed
                ! grace  take dba  the server said no

              Not tried
                ! ada.lovelace  create, with dba, readonly, reports  an earlier operation failed
                ! grace         end sessions                         an earlier operation failed

              Left for the next run
                ? old.timer  drop  the time for drops was up

              Conflicts
                ! bad;name cannot be an account: an IAM session tag cannot carry U+3B, so nobody could log in by that name; it takes letters, digits, spaces and _ . : / = + - @
                ! service exists and is not ours: adopt it, or give the person another name

              Findings
                * ci_bot logs in by IAM token and carries no marker: adopt it, or list it under ignore
                * owner stays locked and is not dropped: 3 table in database shop
                    REASSIGN OWNED BY "owner" TO …;

              Brake: 2 removals and 0 earlier within a day, of 3 accounts: let through.

            1 target: access taken from 1 account, 1 renamed, 2 conflicts, 1 left for the next run, 1 operation failed, 2 not tried.

            """
        #expect(renderer.text(World.report(.apply, [report])) == expected)
    }

    @Test func `a target that failed midway says what is not known to be done`() {
        let plan = World.plan()
        let report = TargetReport(
            target: "orders",
            plan: plan,
            wasApplied: true,
            outcomes: [OperationOutcome(plan.operations[0], .done)],
            failure: SyncError(.connectionLost, "the connection was lost")
        )
        let text = renderer.text(
            World.report(.apply, [report, TargetReport(target: "shop", failure: SyncError(.unreachable, "refused"))])
        )
        #expect(text.contains("\n  Not done, or not known to be done\n    ! grace         take dba\n"))
        #expect(text.contains("\n  Failed (connection-lost)\n    the connection was lost\n"))
        #expect(text.contains("\nshop\n\n  Failed (unreachable)\n    refused\n"))
        #expect(text.hasSuffix("2 of 2 targets failed.\n"))
    }

    @Test func `of one target it is said that it failed`() {
        let report = TargetReport(target: "shop", failure: SyncError(.unreachable, "refused"))
        #expect(renderer.text(World.report(.apply, [report])).hasSuffix("1 target: it failed.\n"))
    }

    @Test func `an apply in mode plan says that nothing was changed`() {
        let text = text(World.plan(policy: World.policy(mode: .plan)), .apply)
        #expect(text.contains("  Nothing was changed: the target's mode is plan.\n"))
    }
}
