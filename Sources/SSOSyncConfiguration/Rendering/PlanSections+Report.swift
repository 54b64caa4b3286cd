// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

extension PlanSections {
    /// What a run did on a target or, where it changed nothing, would do.
    init(_ report: TargetReport) {
        guard let plan = report.plan else { return }
        if report.wasApplied { addDone(report.outcomes, plan) } else { addPlanned(plan) }
    }

    private mutating func addPlanned(_ plan: Plan) {
        for step in plan.content.steps {
            add(step.operation, OperationPhrase(operation: step.operation).planned, because: step.reason)
        }
    }

    private mutating func addDone(_ outcomes: [OperationOutcome], _ plan: Plan) {
        let steps = plan.content.steps
        let reasons = Dictionary(steps.map { ($0.operation, $0.reason) }, uniquingKeysWith: { first, _ in first })
        for outcome in outcomes where outcome.isDone {
            let phrase = OperationPhrase(operation: outcome.operation).done(sessionsEnded: outcome.sessionsEnded)
            add(outcome.operation, phrase, because: reasons[outcome.operation])
        }
    }
}
