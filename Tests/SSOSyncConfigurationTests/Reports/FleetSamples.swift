// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncCore

@testable import SSOSyncConfiguration

/// Reports of runs, as they are kept, for tests of what many of them come to.
protocol FleetSamples {}

extension FleetSamples {
    func report(
        _ number: Int,
        after minutes: Int64,
        scope: ScopeRequest = .everyone,
        asOf: Int64 = 0,
        failure: SyncError? = nil,
        _ targets: [TargetReport]
    ) -> SyncReport {
        SyncReport(
            runId: "000000000000000\(number)",
            kind: .apply,
            scope: scope,
            startedAt: World.now.advanced(bySeconds: minutes * 60),
            finishedAt: World.now.advanced(bySeconds: minutes * 60 + 1),
            directoryAsOf: World.now.advanced(bySeconds: asOf * 60),
            sourceFailure: failure,
            targets: targets
        )
    }

    func kept(_ report: SyncReport) throws -> KeptReport { try kept(report, "prod") }

    func kept(_ report: SyncReport, _ owner: DeploymentOwner) throws -> KeptReport {
        try kept(ReportView(report, owner: owner).text)
    }

    func kept(_ report: SyncReport, madeBy maker: ReportMaker) throws -> KeptReport {
        try kept(ReportView(report, owner: "prod", madeBy: maker).text)
    }

    func kept(_ text: String) throws -> KeptReport {
        try JSONDecoder().decode(KeptReport.self, from: Data(text.utf8))
    }

    /// A run that had no directory.
    func down(_ number: Int, after minutes: Int64) -> SyncReport {
        report(number, after: minutes, failure: SyncError(.source, "throttled"), [])
    }

    /// The same target, on a server at that place.
    func at(_ server: String?, _ target: TargetReport) -> TargetReport {
        var target = target
        target.server = server
        return target
    }

    /// A target on which everything that was planned was done.
    func applied(_ target: TargetName) -> TargetReport {
        let plan = World.plan()
        return TargetReport(
            target: target,
            plan: plan,
            wasApplied: true,
            outcomes: plan.operations.map { OperationOutcome($0, .done) }
        )
    }

    func failed(_ target: TargetName) -> TargetReport {
        TargetReport(target: target, failure: SyncError(.unreachable, "no route"))
    }

    /// Two targets, of which one failed in the last run, an event, and a run without a directory.
    var reports: [SyncReport] {
        let held = World.plan(policy: World.policy(hold: .joinsFrozen))
        return [
            report(0, after: 0, [applied("orders"), applied("shop")]),
            report(1, after: 15, [failed("orders"), TargetReport(target: "shop", plan: held, wasApplied: true)]),
            report(2, after: 20, scope: .people(["u-ada"]), [applied("shop")]),
            report(3, after: 30, failure: SyncError(.source, "throttled\u{1B}"), []),
        ]
    }
}

extension FleetSummary {
    /// What these reports come to.
    init(_ reports: [KeptReport], unreadable: [String] = []) {
        var tally = FleetTally()
        for report in reports { tally.add(report) }
        tally.unreadable = unreadable
        self.init(tally)
    }
}
