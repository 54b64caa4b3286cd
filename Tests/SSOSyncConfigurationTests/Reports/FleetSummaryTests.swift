// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

@testable import SSOSyncConfiguration

/// What the reports of many runs come to together.
struct FleetSummaryTests {
    private static let ids = (0..<9).map { "000000000000000\($0)" }

    private func report(
        _ number: Int,
        after minutes: Int64,
        scope: ScopeRequest = .everyone,
        failure: SyncError? = nil,
        _ targets: [TargetReport]
    ) -> SyncReport {
        SyncReport(
            runId: Self.ids[number],
            kind: .apply,
            scope: scope,
            startedAt: World.now.advanced(bySeconds: minutes * 60),
            finishedAt: World.now.advanced(bySeconds: minutes * 60 + 1),
            directoryAsOf: World.now,
            sourceFailure: failure,
            targets: targets
        )
    }

    private func kept(_ report: SyncReport) throws -> KeptReport { try kept(report, "prod") }

    private func kept(_ report: SyncReport, _ owner: DeploymentOwner) throws -> KeptReport {
        try kept(ReportView(report, owner: owner).text)
    }

    private func kept(_ report: SyncReport, madeBy maker: ReportMaker) throws -> KeptReport {
        try kept(ReportView(report, owner: "prod", madeBy: maker).text)
    }

    private func kept(_ text: String) throws -> KeptReport {
        try JSONDecoder().decode(KeptReport.self, from: Data(text.utf8))
    }

    /// A run that had no directory.
    private func down(_ number: Int, after minutes: Int64) -> SyncReport {
        report(number, after: minutes, failure: SyncError(.source, "throttled"), [])
    }

    /// The same target, on a server at that place.
    private func at(_ server: String?, _ target: TargetReport) -> TargetReport {
        var target = target
        target.server = server
        return target
    }

    /// A target on which everything that was planned was done.
    private func applied(_ target: TargetName) -> TargetReport {
        let plan = World.plan()
        return TargetReport(
            target: target,
            plan: plan,
            wasApplied: true,
            outcomes: plan.operations.map { OperationOutcome($0, .done) }
        )
    }

    private func failed(_ target: TargetName) -> TargetReport {
        TargetReport(target: target, failure: SyncError(.unreachable, "no route"))
    }

    /// Two targets, of which one failed in the last run, an event, and a run without a directory.
    private var reports: [SyncReport] {
        let held = World.plan(policy: World.policy(hold: .joinsFrozen))
        return [
            report(0, after: 0, [applied("orders"), applied("shop")]),
            report(1, after: 15, [failed("orders"), TargetReport(target: "shop", plan: held, wasApplied: true)]),
            report(2, after: 20, scope: .people(["u-ada"]), [applied("shop")]),
            report(3, after: 30, failure: SyncError(.source, "throttled\u{1B}"), []),
        ]
    }

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

    @Test func `reports of all who keep them in one place are found, by day, however many there are`() async throws {
        let aws = try await AWSStandIn.world()
        let bucket = try await aws.makeBucket()
        let client = S3Client(try aws.client(.s3))
        let reports = ReportsConfiguration(s3: "s3://\(bucket)/r/", region: aws.region, objectLock: nil)
        let owners: [DeploymentOwner] = ["a", "b", "a", "b"]
        for (owner, report) in zip(owners, self.reports) {
            try await ReportArchive(reports, owner: owner, madeBy: .single, client: client).notify(report)
        }
        let day = try #require(S3Location(bucket: bucket, key: "r/2026/11/22/x.json"))
        _ = try await client.put(Array("{}".utf8), at: day)
        let access = AWSAccess(environment: aws.environment)
        let fleet = try FleetReports("s3://\(bucket)/r/", region: aws.region, aws: access)
        let summary = try await fleet.summary(of: ["2026-11-21", "2026-11-22"])
        #expect(summary.targets == FleetSummary(try zip(self.reports, owners).map(kept)).targets)
        #expect(summary.targets.map(\.owner) == ["a", "b", "a", "b"])
        #expect(summary.unreadable == ["r/2026/11/22/x.json"])
        #expect(try await fleet.summary(of: ["2026-11-21"]).targets.isEmpty)
        var keys: [String] = []
        for try await page in client.keys(in: bucket, beginningWith: "r/2026/") { keys += page.keys }
        #expect(keys.count == 5 && keys == keys.sorted())
        #expect(try await aws.calls().allSatisfy(\.verified))
    }

    @Test func `reports are found in folders of those who keep them, too`() async throws {
        let aws = try await AWSStandIn.world()
        let bucket = try await aws.makeBucket()
        let client = S3Client(try aws.client(.s3))
        for (folder, report) in zip(["", "orders/", "shop/", "2026-shop/"], self.reports) {
            let place = ReportsConfiguration(s3: "s3://\(bucket)/r/\(folder)", region: aws.region, objectLock: nil)
            try await ReportArchive(place, owner: "prod", madeBy: .spoke, client: client).notify(report)
        }
        let access = AWSAccess(environment: aws.environment)
        let summary = try await FleetReports("s3://\(bucket)/r/", region: aws.region, aws: access)
            .summary(of: ["2026-11-22"])
        #expect(summary.runs == 4 && summary.runsWithoutDirectory == 1 && summary.lacksDirectory)
        #expect(
            summary.targets.map { $0.folder + $0.target.rawValue } == [
                "orders", "shop", "orders/orders", "orders/shop", "shop/shop",
            ]
        )
        var folders: [String] = []
        let pages = client.keys(in: bucket, beginningWith: "r/", byFolder: true)
        for try await page in pages { folders += page.folders + page.keys }
        #expect(folders == ["r/2026-shop/", "r/2026/", "r/orders/", "r/shop/"])
        #expect(try await aws.calls().allSatisfy(\.verified))
    }

    @Test func `what is no prefix, and reports that cannot be listed, are told`() async throws {
        let aws = try await AWSStandIn.world()
        let access = AWSAccess(environment: aws.environment.merging(["AWS_MAX_ATTEMPTS": "1"]) { $1 })
        for text in ["s3://a-bucket/r", "a-bucket/r/", "s3://A/r/"] {
            #expect(throws: UsageError.self) { try FleetReports(text, region: aws.region, aws: access) }
        }
        let fleet = try FleetReports("s3://no-\(aws.store.dropFirst(2))/", region: aws.region, aws: access)
        let error = await #expect(throws: SyncError.self) { try await fleet.summary(of: ["2026-11-22"]) }
        #expect(error?.message.contains("there is no bucket no-") == true, "\(String(describing: error))")
    }
}
