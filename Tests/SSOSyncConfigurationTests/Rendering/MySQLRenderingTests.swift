// SPDX-License-Identifier: Apache-2.0

import SSOSyncConfiguration
import SSOSyncCore
import Testing

/// What people get to read of what is MySQL's alone.
struct MySQLRenderingTests: RenderedPlans {
    private static let event = DropBlocker(
        database: "shop",
        kind: "event",
        count: 1,
        name: "nightly",
        statement: "ALTER EVENT `shop`.`nightly` DISABLE",
        isRunning: true
    )

    @Test func `what runs on with the rights of somebody who left is told before everything else`() {
        let accounts = World.accounts(
            [
                World.account("grace", "u-2", roles: ["readonly", "reports"]),
                World.account("left.lane", "u-1", roles: ["readonly"], blockers: [Self.event]),
                World.account("old.timer", "u-3", lockedFor: 3, blockers: [Self.event]),
            ],
            unmarked: ["ci_bot"]
        )
        let directory = World.directory(
            people: [Person(id: "u-2", accountName: "grace")],
            analysts: ["u-2"],
            administrators: []
        )
        let plan = World.plan(directory, accounts, dialect: World.mysqlDialect)
        let urgent = """
              Urgent
                ! left.lane left, and the server goes on running this with the account's rights: event nightly in database shop
                    ALTER EVENT `shop`.`nightly` DISABLE;
                ! old.timer left, and the server goes on running this with the account's rights: event nightly in database shop
                    ALTER EVENT `shop`.`nightly` DISABLE;

              Access taken
                - left.lane  is locked; loses readonly; sessions end  is in none of this target's groups any more

              Findings
                * ci_bot logs in by IAM token and carries no marker: adopt it, or list it under ignore

            """
        let text = text(plan)
        #expect(text.hasPrefix("orders  MySQL, mode enforce  1 person, 3 accounts, 2 unchanged\n\n" + urgent))
        #expect(text.hasSuffix("\n\n1 target: access taken from 1 account, 2 urgent findings.\n"))
        let script = ScriptRenderer.text(World.report(.plan, [TargetReport(target: "orders", plan: plan, script: [])]))
        #expect(script.split(separator: "\n")[1].hasPrefix("-- urgent: left.lane left, and the server goes on running"))
        let colored = PlanRenderer(style: TerminalStyle(isColored: true))
            .text(World.report(.plan, [TargetReport(target: "orders", plan: plan)]))
        #expect(colored.contains("\u{1B}[31m! left.lane left"))
    }

    @Test func `what MySQL does to names and renames is said in words`() {
        let accounts = World.accounts(
            [
                World.account("ada", "u-1", roles: ["readonly", "reports"], blockers: [Self.event]),
                World.account("grace", "u-2", roles: ["readonly", "reports"], isBeingRenamed: true),
            ],
            unmarked: [],
            shadows: ["eve": ["'eve'@'10.%'"]]
        )
        let people = [
            Person(id: "u-1", accountName: "ada.lovelace"), Person(id: "u-2", accountName: "grace"),
            Person(id: "u-3", accountName: "eve"),
        ]
        let directory = World.directory(people: people, analysts: people.map(\.id), administrators: [])
        let plan = World.plan(directory, accounts, dialect: World.mysqlDialect)
        let expected = """
            orders  MySQL, mode enforce  3 people, 2 accounts, 1 unchanged

              Names
                ~ grace  rename is finished  an earlier run did not finish renaming the account, and left it locked

              Conflicts
                ! ada cannot be renamed while things go by its name: event nightly in database shop
                ! the server may take 'eve'@'10.%' for eve when the person logs in: drop or rename that account

              Plan \(plan.contentHash)

            1 target: 1 renamed, 2 conflicts.

            """
        #expect(text(plan) == expected)
        #expect(plan.content.conflicts.map(\.kind) == [.renameBlocked, .nameShadowed])
        let outcome = { (result: OperationOutcome.Result) in
            let outcomes = plan.operations.map { OperationOutcome($0, result) }
            let report = TargetReport(target: "orders", plan: plan, wasApplied: true, outcomes: outcomes)
            return renderer.text(World.report(.apply, [report]))
        }
        #expect(outcome(.done).contains("\n    ~ grace  rename was finished  an earlier run did not finish"))
        #expect(outcome(.failed(SyncError(.server, "no"))).contains("\n    ! grace  finish its rename  no\n"))
    }
}
