// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import Testing

@testable import SSOSyncConfiguration

/// What a fleet that is frozen, or a part of it, is shown as.
struct FleetFrozenTests: FleetSamples {
    /// A run of a hub whose configuration freezes everything.
    private func frozen(_ number: Int, after minutes: Int64, scope: ScopeRequest = .everyone) -> SyncReport {
        let failure = SyncError(.frozen, "rollout.freeze is everything: spokes are sent nothing")
        return report(number, after: minutes, scope: scope, failure: failure, [])
    }

    @Test func `a hub that is frozen has not lost its directory, and whoever looks is told loudly`() throws {
        let good = try [
            kept(report(0, after: 0, []), madeBy: .hub), kept(report(1, after: 1, [applied("orders")]), madeBy: .spoke),
        ]
        let summary = FleetSummary(good + [try kept(frozen(2, after: 15), madeBy: .hub)])
        #expect(summary.frozen == ["prod"] && summary.verdict == .changesPending)
        #expect(!summary.lacksDirectory && summary.runsWithoutDirectory == 0 && summary.lastSourceFailure == nil)
        let line = "\nEVERYTHING IS FROZEN of prod: nothing is changed, not even for those who left.\n"
        #expect(summary.text.contains(line) && !summary.text.contains("without a directory"))
        #expect(summary.json.contains(#""frozen":["prod"]"#))
        #expect(FleetSummary(good).frozen.isEmpty && !FleetSummary(good).text.contains("FROZEN"))
        // After days of it nobody has anything else to say.
        let alone = FleetSummary([try kept(frozen(2, after: 15), madeBy: .hub)])
        #expect(alone.verdict == .changesPending && alone.text.contains("FROZEN"))
    }

    @Test func `an event may tell of a freeze, and of its end, before the next full run`() throws {
        let hub = try kept(report(0, after: 0, []), madeBy: .hub)
        let event = try kept(frozen(1, after: 5, scope: .people(["u-ada"])), madeBy: .hub)
        #expect(FleetSummary([hub, event]).frozen == ["prod"])
        let over = try kept(report(2, after: 10, scope: .people(["u-ada"]), []), madeBy: .hub)
        #expect(FleetSummary([hub, event, over]).frozen.isEmpty)
        // What spokes do with what they have says nothing of it.
        let spoke = try kept(report(3, after: 15, [applied("orders")]), madeBy: .spoke)
        #expect(FleetSummary([hub, event, spoke]).frozen == ["prod"])
        // Nor do those who do not say who made them, unless they have no targets.
        #expect(FleetSummary([try kept(frozen(4, after: 20)), spoke]).frozen == ["prod"])
    }

    @Test func `a freeze hides no directory that was lost before it, or after it`() throws {
        let (lost, later) = (try kept(down(0, after: 0), madeBy: .hub), try kept(down(2, after: 30), madeBy: .hub))
        let frozen = try kept(frozen(1, after: 15), madeBy: .hub)
        for reports in [[lost, frozen], [frozen, later]] {
            let summary = FleetSummary(reports)
            #expect(summary.lacksDirectory && summary.verdict == .sourceUnavailable)
            #expect(summary.runsWithoutDirectory == 1 && summary.lastSourceFailure == "throttled")
        }
        #expect(FleetSummary([lost, frozen]).frozen == ["prod"] && FleetSummary([frozen, later]).frozen.isEmpty)
    }

    @Test func `where a target's own configuration freezes everything, that is told, too, and of whom`() throws {
        let plan = World.plan(policy: World.policy(hold: .everythingFrozen))
        var shop = try kept(report(0, after: 0, [TargetReport(target: "orders", plan: plan)]), madeBy: .spoke)
        shop.folder = "shop/"
        let other = try kept(report(1, after: 1, [applied("orders")]), madeBy: .spoke)
        let summary = FleetSummary([shop, other, try kept(frozen(2, after: 2), "test")])
        #expect(summary.frozen == ["shop/prod", "test"])
        #expect(summary.text.contains("EVERYTHING IS FROZEN of shop/prod, test: "))
        var mended = try kept(report(3, after: 15, [applied("orders")]), madeBy: .spoke)
        mended.folder = "shop/"
        #expect(FleetSummary([shop, other, mended]).frozen.isEmpty)
        // A run that did not come to a plan ends no freeze.
        var failing = try kept(report(3, after: 15, [failed("orders")]), madeBy: .spoke)
        failing.folder = "shop/"
        #expect(FleetSummary([shop, failing]).frozen == ["shop/prod"])
    }
}
