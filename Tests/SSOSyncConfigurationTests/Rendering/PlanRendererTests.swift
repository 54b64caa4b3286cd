// SPDX-License-Identifier: Apache-2.0

import SSOSyncConfiguration
import SSOSyncCore
import Testing

/// What people get to read, to the letter.
struct PlanRendererTests {
    private let renderer = PlanRenderer()

    private func text(_ plan: Plan, _ kind: SyncReport.Kind = .plan) -> String {
        renderer.text(World.report(kind, [TargetReport(target: "orders", plan: plan)]))
    }

    @Test func `a plan says who loses what, who gains what, and why`() {
        let plan = World.plan()
        let expected = """
            orders  PostgreSQL, mode enforce  5 people, 5 accounts, 1 unchanged

              Access taken
                - left.lane  is locked; loses readonly, reports; sessions end  is in none of this target's groups any more
                - grace      loses dba                                         no group of the person gives this any more

              Names
                ~ linus  becomes torvalds

              Access given
                + ada.lovelace  new, with dba, readonly, reports  joined Analysts, DBA

              Dropped
                x old.timer  locked since 2026-10-13T12:00:00Z, the quarantine is over

              Conflicts
                ! bad;name cannot be an account: an IAM session tag cannot carry U+3B, so nobody could log in by that name; it takes letters, digits, spaces and _ . : / = + - @
                ! service exists and is not ours: adopt it, or give the person another name

              Findings
                * ci_bot logs in by IAM token and carries no marker: adopt it, or list it under ignore
                * owner stays locked and is not dropped: 3 table in database shop
                    REASSIGN OWNED BY "owner" TO …;

              Brake: 2 removals and 0 earlier within a day, of 3 accounts: let through.

              Plan \(plan.contentHash)

            1 target: access taken from 2 accounts, access given to 1 account, 1 renamed, 1 dropped, 2 conflicts.

            """
        #expect(text(plan) == expected)
    }

    @Test func `groups that are not pinned are named once for all targets, with their ids, and only a few of them`() {
        let groups = (1...5).map {
            DirectoryGroup(id: GroupId("id\u{7}-\($0)"), name: GroupName("g\($0)"), members: [])
        }
        let directory = Directory(id: "file", asOf: World.now, scope: .everyone, people: [], groups: groups)
        let rules = groups.map {
            Policy.GroupRule(group: $0.name, pinnedId: $0.name == "g2" ? $0.id : nil, roles: ["dba"])
        }
        let targets = ["orders", "shop"].map { (name: TargetName) in
            let policy = Policy(target: name, owner: "prod", groups: rules)
            return TargetReport(
                target: name,
                plan: World.plan(directory, World.accounts([], unmarked: []), policy: policy)
            )
        }
        let expected = #"""
            orders  PostgreSQL, mode enforce  in sync: 0 people, 0 accounts

            shop  PostgreSQL, mode enforce  in sync: 0 people, 0 accounts

            Pin groups by id, or one that is created anew under the same name passes for the old one:
              * group g1 is not pinned to its id: id\u{7}-1
              * group g3 is not pinned to its id: id\u{7}-3
              * group g4 is not pinned to its id: id\u{7}-4
              * and 1 more: sso-sync config check names them all

            2 targets: nothing to do.

            """#
        let report = World.report(.plan, targets)
        #expect(renderer.text(report) == expected)
        #expect(ReportView(report).text.contains(#""kind":"unpinnedGroup","message":"group g5 is"#))
    }

    @Test(arguments: [20, 1_000]) func `a long plan names everybody, between two lines that sum it up`(count: Int) {
        let people = (1...count).map { Person(id: UserId("u-\($0)"), accountName: AccountName("p\($0)")) }
        let directory = World.directory(people: people, analysts: people.map(\.id), administrators: [])
        let policy = World.policy(brake: Policy.Brake(joins: 10_000))
        let text = text(World.plan(directory, World.accounts([], unmarked: []), policy: policy))
        let summary = "1 target: access given to \(count) accounts.\n"
        #expect(text.hasSuffix("\n\n" + summary))
        #expect(text.hasPrefix(count > 40 ? summary + "\norders  " : "orders  "))
        #expect(text.split(separator: "\n").count { $0.contains("new, with readonly, reports") } == count)
    }

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

    @Test
    func `what the deployment keeps a run from is said under the target's name, and a freeze of everything twice`() {
        let held = { (hold: Policy.Hold) in
            World.plan(World.busyDirectory, World.busyAccounts, policy: World.policy(hold: hold))
        }
        let heading = "orders  PostgreSQL, mode enforce  5 people, 5 accounts, "
        let ring = text(held(.ring(number: 2, reached: 0)), .apply)
        let sentence = "Only planned: the target is in ring 2, and the rollout has reached ring 0."
        #expect(ring.hasPrefix(heading + "1 unchanged\n  \(sentence)\n\n  Access taken\n"))
        let everything = text(held(.everythingFrozen), .apply)
        #expect(everything.contains("\n  EVERYTHING IS FROZEN: nothing is changed, not even for those who left.\n"))
        #expect(everything.contains(", 1 dropped, EVERYTHING IS FROZEN, 2 conflicts.\n"))
        let joins = text(held(.joinsFrozen))
        #expect(joins.contains("\n  Joins are frozen: nobody is let in and nothing is granted. Leaving goes on.\n"))
        #expect(
            joins.contains(
                "Waiting\n    ? ada.lovelace  new, with dba, readonly, reports  joined Analysts, DBA; waits because joins are frozen\n"
            )
        )
        #expect(joins.contains("~ linus  becomes torvalds") && !joins.contains("Access given"))
        let report = TargetReport(target: "orders", plan: held(.ring(number: 2, reached: 0)), script: [])
        let script = ScriptRenderer.text(World.report(.plan, [report]))
        #expect(script.split(separator: "\n")[1] == "-- \(sentence)")
        #expect(ReportView(World.report(.plan, [report])).text.contains(#""hold":{"ring":{"number":2,"reached":0}}"#))
    }

    @Test func `a target in sync takes one line`() {
        let accounts = World.accounts([World.account("grace", "u-2", roles: ["readonly", "reports"])], unmarked: [])
        let directory = World.directory(
            people: [Person(id: "u-2", accountName: "grace")],
            analysts: ["u-2"],
            administrators: []
        )
        let expected = """
            orders  PostgreSQL, mode enforce  in sync: 1 person, 1 account

            1 target: nothing to do.

            """
        #expect(text(World.plan(directory, accounts)) == expected)
    }

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

    @Test func `an apply says what was done, what failed, and what was not tried`() {
        let plan = World.plan()
        let outcomes = plan.operations.map { operation in
            switch (operation.account, operation.label) {
            case ("left.lane", "end-sessions"): OperationOutcome(operation, .done, sessionsEnded: 2)
            case ("grace", _): OperationOutcome(operation, .failed(SyncError(.server, "the server said\nno")))
            case ("ada.lovelace", _): OperationOutcome(operation, .skipped(because: "an earlier operation failed"))
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

            1 target: access taken from 1 account, 1 renamed, 2 conflicts, 1 left for the next run, 1 operation failed, 1 not tried.

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

    @Test func `an apply in mode plan says that nothing was changed`() {
        let text = text(World.plan(policy: World.policy(mode: .plan)), .apply)
        #expect(text.contains("  Nothing was changed: the target's mode is plan.\n"))
    }

    @Test func `a directory that cannot be read is told with its lines`() {
        let report = World.report(.plan, [], sourceFailure: SyncError(.source, "a:1: x\na:2: y"))
        #expect(
            renderer.text(report)
                == "The directory could not be read, so nothing was planned:\n    a:1: x\n    a:2: y\n"
        )
    }

    @Test func `hostile names move no cursor and add no line`() {
        let name: AccountName = "eve\n    + admin\u{1B}[2K\u{202E}"
        let accounts = World.accounts([World.account(name, "u-9", roles: ["readonly"])], unmarked: ["x\u{1B}]0;t\u{7}"])
        let directory = World.directory(people: [], analysts: [], administrators: [])
        let plan = World.plan(directory, accounts)
        let text = text(plan)
        #expect(text.contains(#"    - eve\u{A}    + admin\u{1B}[2K\u{202E}  is locked"#))
        #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 })
        let script = ScriptRenderer.text(
            World.report(.plan, [TargetReport(target: "orders", plan: plan, script: ["DROP ROLE \"\u{1B}\""])])
        )
        #expect(script.split(separator: "\n").allSatisfy { $0.hasPrefix("-- ") || $0 == #"DROP ROLE "\u{1B}";"# })
    }

    @Test func `colours surround text and never change it`() {
        let report = World.report(.plan, [TargetReport(target: "orders", plan: World.plan())])
        let colored = PlanRenderer(style: TerminalStyle(isColored: true)).text(report)
        #expect(colored.contains("\u{1B}[1morders\u{1B}[0m"))
        #expect(colored.replacing(/\u{1B}\[[0-9]+m/, with: "") == renderer.text(report))
    }

    @Test func `a script has the reasons as comments`() {
        let plan = World.plan()
        let report = World.report(
            .plan,
            [TargetReport(target: "orders", plan: plan, script: ["BEGIN", "DROP ROLE \"x\";"])]
        )
        let lines = ScriptRenderer.text(report).split(separator: "\n")
        #expect(lines[0] == "-- orders: PostgreSQL, mode enforce, plan \(plan.contentHash)")
        #expect(lines[1] == "-- lock left.lane: is in none of this target's groups any more")
        #expect(lines.contains("BEGIN;"))
        #expect(lines.contains("DROP ROLE \"x\";"))
    }

    @Test func `JSON is one canonical document`() throws {
        let plan = World.plan()
        let report = World.report(.plan, [TargetReport(target: "orders", plan: plan)])
        let text = ReportView(report).text
        #expect(text == ReportView(report).text)
        #expect(text.hasSuffix("}\n"))
        #expect(text.contains(#""verdict":"changes-pending""#))
        #expect(text.contains("\"planHash\":\"\(plan.contentHash)\""))
        #expect(text.contains(String(decoding: CanonicalJSON.bytes(plan), as: UTF8.self)))
    }
}
