// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import Testing

@testable import SSOSyncConfiguration

/// Whether a fleet has a directory, by the reports of its runs.
struct FleetDirectoryTests: FleetSamples {
    @Test func `a directory that is back is back, and that of one deployment says nothing about another's`() throws {
        let down = try kept(report(1, after: 15, failure: SyncError(.source, "throttled"), []))
        let good = report(2, after: 20, [applied("orders")])
        #expect(FleetSummary([down, try kept(good)]).verdict == .inSync)
        #expect(FleetSummary([down, try kept(good, "other")]).verdict == .sourceUnavailable)
        // A spoke works with what the hub has read before.
        let hub = try kept(report(0, after: 0, []))
        #expect(FleetSummary([hub, down, try kept(good)]).verdict == .sourceUnavailable)
        #expect(FleetSummary([try kept(report(0, after: 0, []), "other"), down, try kept(good)]).verdict == .inSync)
    }

    @Test func `a hub that has never read is a hub, and what spokes do with what it read before says nothing of it`()
        throws
    {
        let hub = try [0, 15].map { try kept(down($0 / 15, after: Int64($0)), madeBy: .hub) }
        let spoke = try kept(report(5, after: 20, [applied("orders")]), madeBy: .spoke)
        #expect(FleetSummary(hub + [spoke]).verdict == .sourceUnavailable)
        let back = try kept(report(6, after: 30, []), madeBy: .hub)
        #expect(FleetSummary(hub + [spoke, back]).verdict == .inSync)
        // Each in a folder of its own.
        var own = spoke
        own.folder = "shop/"
        #expect(FleetSummary(hub + [own]).lacksDirectory && !FleetSummary(hub + [own, back]).lacksDirectory)
    }

    @Test func `while a hub leaves no reports, what it left last counts`() throws {
        let spokes = try [15, 30].map {
            try kept(report($0 / 15, after: Int64($0), [applied("orders")]), madeBy: .spoke)
        }
        let failing = try kept(down(3, after: 35), madeBy: .spoke)
        for (last, verdict) in [(report(0, after: 0, []), Verdict.inSync), (down(0, after: 0), .sourceUnavailable)] {
            let hub = try kept(last, madeBy: .hub)
            #expect(FleetSummary([hub] + spokes).verdict == verdict)
            // Nobody but the hub says that the directory is there again.
            let later = try kept(report(4, after: 40, [applied("orders")]), madeBy: .spoke)
            #expect(FleetSummary([hub] + spokes + [failing, later]).verdict == .sourceUnavailable)
            let back = try kept(report(5, after: 45, []), madeBy: .hub)
            #expect(FleetSummary([hub] + spokes + [failing, later, back]).verdict == .inSync)
        }
    }

    @Test(arguments: [ReportMaker.single, .spoke, .control, .serve, .command])
    func `where nobody is a hub, whoever has a directory again is well, and one without targets is no hub`(
        maker: ReportMaker
    ) throws {
        let nothing = try kept(report(0, after: 0, []), madeBy: maker)
        let down = try kept(down(1, after: 15), madeBy: maker)
        let good = try kept(report(2, after: 20, [applied("orders")]), madeBy: maker)
        #expect(FleetSummary([nothing, good]).verdict == .inSync)
        #expect(FleetSummary([nothing, down]).verdict == .sourceUnavailable)
        #expect(FleetSummary([nothing, down, good]).verdict == .inSync)
        let hub = try kept(report(3, after: 0, []), madeBy: .hub)
        #expect(FleetSummary([hub, down, good]).verdict == .sourceUnavailable)
    }

    @Test func `reports of before do not say who made them, those of a later version may say something new`() throws {
        let old = try kept(report(0, after: 0, []))
        #expect(old.madeBy == nil)
        let down = try kept(down(1, after: 15), madeBy: .spoke)
        let text = ReportView(report(2, after: 20, [applied("orders")]), owner: "prod", madeBy: .spoke).text
        let new = try kept(text.replacing(#""madeBy":"spoke""#, with: #""madeBy":"worker""#))
        #expect(new.madeBy == "worker" && FleetSummary([down, new]).verdict == .inSync)
        // What has read and has no targets is taken for a hub's.
        #expect(FleetSummary([old, down, new]).verdict == .sourceUnavailable)
        #expect(FleetSummary([old, down, new, try kept(report(3, after: 30, []))]).verdict == .inSync)
    }
}
