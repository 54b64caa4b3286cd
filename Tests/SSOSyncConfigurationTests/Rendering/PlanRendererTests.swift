// SPDX-License-Identifier: Apache-2.0

import SSOSyncConfiguration
import SSOSyncCore
import Testing

/// What people get to read, to the letter.
struct PlanRendererTests: RenderedPlans {
    @Test func `a plan says who loses what, who gains what, and why`() {
        let plan = World.plan()
        let expected = """
            orders  PostgreSQL, mode enforce  5 people, 5 accounts, 1 unchanged

              Access taken
                - left.lane  is locked; loses readonly, reports; sessions end  is in none of this target's groups any more
                - grace      loses dba; sessions end                           no group of the person gives this any more

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
}
