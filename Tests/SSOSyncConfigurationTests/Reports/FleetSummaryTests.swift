// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

@testable import SSOSyncConfiguration

/// What the reports of many runs come to together.
struct FleetSummaryTests: FleetSamples {
    @Test func `each target is told with its last run, its last good full run, and what there is to do`() throws {
        let summary = FleetSummary(try reports.map(kept))
        let count = World.plan().operations.count
        let (orders, shop) = (summary.targets[0], summary.targets[1])
        #expect(summary.targets.map(\.target) == ["orders", "shop"])
        #expect(orders.verdict == "partial-failure" && orders.lastGoodFullRun == World.now && orders.changes == count)
        // That an event for somebody else went well does not hide what the run of everyone left.
        #expect(shop.verdict == (try kept(reports[1]).targets[1].verdict) && shop.verdict != "in-sync")
        #expect(shop.lastRun == World.now.advanced(bySeconds: 1_200))
        #expect(shop.lastGoodFullRun == World.now.advanced(bySeconds: 900))
        #expect(shop.changes == 2 * count && shop.withheld == 1)
        #expect(summary.runs == 4 && summary.runsWithoutDirectory == 1)
        #expect(summary.lacksDirectory && summary.verdict == .sourceUnavailable)
    }

    /// A report has the kinds as texts, and no phases.
    @Test(
        arguments: [
            .lock, .revoke([]), .endSessions, .moveAside(to: "b"), .rename(to: "b"), .create(roles: []),
            .restore(roles: []),
            .grant(roles: []), .disconnect, .drop, .adopt, .release,
        ] as [Operation.Action]
    )
    func `whoever waits is still to be let in by the kinds of operations that let people in, and by no others`(
        action: Operation.Action
    ) {
        let operation = Operation(account: "a", user: "u", action: action)
        let outcome = KeptReport.Target.Outcome(kind: operation.label, result: "deferred")
        #expect(outcome.isDeferredAdmission == (operation.phase == .admit))
    }

    @Test func `what is not known is not well`() throws {
        let good = try kept(report(0, after: 0, [applied("orders")]))
        let hub = try kept(report(2, after: 20, []))
        let down = try kept(report(1, after: 15, failure: SyncError(.source, "throttled"), []))
        #expect(FleetSummary([]).verdict == .sourceUnavailable)
        #expect(FleetSummary([good]).verdict == .inSync)
        #expect(FleetSummary([good, down]).verdict == .sourceUnavailable)
        #expect(FleetSummary([good, down, hub]).verdict == .inSync)
        #expect(FleetSummary([good], unreadable: ["x"]).verdict == .partialFailure)
    }

    @Test func `a target that events alone have come to is not well, however well they went`() throws {
        let event = try kept(report(1, after: 15, scope: .people(["u-ada"]), [applied("orders"), applied("stock")]))
        let full = report(0, after: 0, [applied("orders")])
        let summary = FleetSummary([try kept(full), event])
        #expect(summary.targets.map(\.verdict) == ["in-sync", "in-sync"] && summary.verdict == .partialFailure)
        #expect(
            FleetSummary([try kept(report(2, after: 20, [applied("orders"), applied("stock")])), event]).verdict
                == .inSync
        )
    }

    @Test func `in a folder of its own nobody speaks for others`() throws {
        let hub = try kept(report(0, after: 0, failure: SyncError(.source, "throttled"), []))
        var orders = try kept(report(1, after: 1, [failed("orders")]))
        var shop = try kept(report(2, after: 2, [applied("orders"), applied("shop")]))
        var nobody = try kept(report(3, after: 3, []))
        (orders.folder, shop.folder, nobody.folder) = ("orders/", "shop/", "shop/")
        let summary = FleetSummary([shop, hub, orders, nobody])
        #expect(
            summary.targets.map { $0.folder + $0.target.rawValue } == ["orders/orders", "shop/orders", "shop/shop"]
        )
        #expect(summary.targets.map(\.verdict) == ["partial-failure", "in-sync", "in-sync"])
        #expect(summary.lacksDirectory)
        #expect(summary.text.contains("\norders/orders  ") && summary.json.contains(#""folder":"shop/""#))
        // A spoke that had no directory and has one again is well.
        var failing = try kept(report(4, after: 1, failure: SyncError(.source, "no snapshot"), []))
        failing.folder = "shop/"
        #expect(FleetSummary([failing]).lacksDirectory && !FleetSummary([failing, shop]).lacksDirectory)
    }

    @Test func `targets of one name are told apart by where they are and whose they are, and not by who has run`()
        throws
    {
        let (eu, us) = ("eu-west-1 cluster database-1", "us-east-1 cluster database-1")
        let runs = [
            try kept(report(0, after: 0, [at(eu, failed("orders"))])),
            try kept(report(1, after: 5, [at(us, applied("orders")), at(us, applied("stock"))])),
            try kept(report(2, after: 10, [at(us, failed("orders"))]), "test"),
        ]
        let summary = FleetSummary(runs)
        #expect(summary.verdict == .partialFailure)
        let lines = summary.text.split(separator: "\n").dropFirst().prefix(4).map { $0.split(separator: "  ")[0] }
        #expect(lines == ["orders (prod, \(eu))", "orders (prod, \(us))", "orders (test, \(us))", "stock"])
        #expect(summary.targets.map(\.verdict) == ["partial-failure", "in-sync", "partial-failure", "in-sync"])
        #expect(summary.targets.map(\.lastGoodFullRun).map { $0 == nil } == [true, false, true, false])
        #expect(summary.json.contains(#""owner":"test","server":"us-east-1 cluster database-1""#))
        // One deployment needs no saying which, nor one place where.
        #expect(FleetSummary(Array(runs[..<2])).text.contains("\norders (\(eu))  "))
        #expect(FleetSummary(Array(runs[1...])).text.contains("\norders (prod)  "))
        let mended = try kept(report(3, after: 15, [at(eu, applied("orders"))]))
        #expect(FleetSummary([runs[0], runs[1], mended]).verdict == .inSync)
    }

    @Test func `a deployment's name and a place are shown as text`() throws {
        let runs = try ["a\u{1B}[2J", "b"].map { try kept(report(0, after: 0, [at($0, applied("orders"))])) }
        #expect(FleetSummary(runs).text.contains("orders (a\\u{1B}[2J)"))
    }

    @Test func `accounts that were adopted are changes, and make no full run`() throws {
        var plan = report(1, after: 15, scope: .people(["u-ada"]), [applied("orders")])
        plan = SyncReport(
            runId: plan.runId,
            kind: .apply,
            scope: plan.scope,
            startedAt: plan.startedAt,
            finishedAt: plan.finishedAt,
            directoryAsOf: plan.directoryAsOf,
            sourceFailure: nil,
            targets: plan.targets,
            marking: .adopt([.init(user: "u-ada")])
        )
        let summary = FleetSummary([try kept(plan)])
        #expect(summary.targets.map(\.lastGoodFullRun) == [nil])
        #expect(summary.targets.map(\.changes) == [World.plan().operations.count])
    }

    @Test func `where everything is frozen there is no good full run`() throws {
        let frozen = World.plan(policy: World.policy(hold: .everythingFrozen))
        let summary = FleetSummary([try kept(report(0, after: 0, [TargetReport(target: "orders", plan: frozen)]))])
        #expect(summary.targets.map(\.lastGoodFullRun) == [nil])
    }

    @Test func `a full run is not good as long as somebody is still to be let in, and is if a drop waits`() throws {
        let actions: [Operation.Action] = [.create(roles: []), .restore(roles: []), .grant(roles: []), .drop]
        let summaries = try actions.map { action in
            let operation = Operation(account: "ada", user: "u-ada", action: action)
            let target = TargetReport(
                target: "orders",
                plan: World.plan(),
                wasApplied: true,
                outcomes: [OperationOutcome(operation, .deferred(because: "the reading is too old"))]
            )
            return FleetSummary([try kept(report(0, after: 0, [target]))])
        }
        #expect(summaries.map { $0.targets.map(\.lastGoodFullRun) } == [[nil], [nil], [nil], [World.now]])
        #expect(summaries.allSatisfy { $0.targets.map(\.verdict) == ["changes-pending"] })
        #expect(
            summaries.map(\.verdict) == [.partialFailure, .partialFailure, .partialFailure, .changesPending]
        )
    }

    @Test func `the order in which reports are read does not show`() throws {
        var random = SplitMix64(seed: 3)
        let summary = FleetSummary(try reports.map(kept))
        for _ in 0..<20 { #expect(FleetSummary(try reports.shuffled(using: &random).map(kept)) == summary) }
    }

    @Test func `people read a line for each target, and one for all`() throws {
        let count = World.plan().operations.count
        let label = try kept(reports[1]).targets[1].verdict
        let waiting = label + String(repeating: " ", count: "partial-failure".count - label.count)
        let expected = """
            target  last run              came to          good full run         changes  waiting  not out
            orders  2026-11-22T12:15:00Z  partial-failure  2026-11-22T12:00:00Z  \(count)        0        0
            shop    2026-11-22T12:20:00Z  \(waiting)  2026-11-22T12:15:00Z  \(count * 2)       1        0

            4 runs on 2 targets, 2 with a good full run: \(count * 3) changes, 1 waiting, 0 not out.
            1 run without a directory, the last because throttled\\u{1B}
            prod/x.json is no report that this program can read.

            """
        #expect(FleetSummary(try reports.map(kept), unreadable: ["prod/x.json"]).text == expected)
        #expect(
            FleetSummary([]).text.hasSuffix(
                "0 runs on 0 targets, 0 with a good full run: 0 changes, 0 waiting, 0 not out.\n"
            )
        )
    }
}
