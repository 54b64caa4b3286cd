// SPDX-License-Identifier: Apache-2.0

import SSOSyncConfiguration
import SSOSyncCore

/// Plans as people get to read them, for tests that hold them to the letter.
protocol RenderedPlans {}

extension RenderedPlans {
    var renderer: PlanRenderer { PlanRenderer() }

    /// A plan for one target.
    func text(_ plan: Plan, _ kind: SyncReport.Kind = .plan) -> String {
        renderer.text(World.report(kind, [TargetReport(target: "orders", plan: plan)]))
    }
}
