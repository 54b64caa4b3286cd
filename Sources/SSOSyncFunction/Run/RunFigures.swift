// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SSOSyncCore
internal import SSOSyncLambdaRuntime

/// What came of a run, in figures and ids: for metrics, for the log, and for whoever asked.
///
/// It names nobody.
struct RunFigures: Encodable, Hashable {
    /// The run's id, under which its sessions showed on the servers.
    let run: String
    /// What the run comes to.
    let verdict: String
    /// Targets that the run was for.
    let targets: Int
    /// Those of them that failed, or on which something did.
    let failedTargets: Int
    /// Those of them whose lock another writer held.
    let busyTargets: Int
    /// Operations that were done.
    let changes: Int
    /// Those of them that an event could have told of: what a run of everyone finds of that, events have missed.
    let missedByEvents: Int
    /// Operations that were planned and not done: they failed, or there was no time.
    let left: Int
    /// Removals that the brake holds back; nil for none of a run that has not looked at everybody everywhere, which does not know.
    let removalsWithheld: Int?
    /// Joins that the brake holds back.
    let joinsWithheld: Int
    /// Joins and grants that wait because joins are frozen.
    let admissionsFrozen: Int
    /// Joins and grants that wait for a later reading, or for another run: nobody is let in by what may not be so any more.
    let admissionsDeferred: Int
    /// Whether nothing was changed because everything is frozen.
    let isFrozen: Bool
    /// What keeps people from what the directory says.
    let conflicts: Int
    /// Accounts of people who left that were locked a while before the run, and are not out after it, those that a run of
    /// everyone could not lock, and what is urgent otherwise; nil for a run of a few people, which has not looked at the others.
    let leaversNotOut: Int?

    init(_ report: SyncReport) {
        let contents = report.targets.compactMap(\.plan?.content)
        let count = { (cause: Plan.WithheldStep.Cause) in
            contents.reduce(0) { $0 + $1.withheld.count { $0.cause == cause } }
        }
        run = report.runId
        verdict = report.verdict.label
        targets = report.targets.count
        failedTargets = report.targets.count { $0.verdict <= .partialFailure }
        busyTargets = report.targets.count { $0.verdict == .busy }
        changes = report.targets.reduce(0) { $0 + $1.outcomes.count(where: \.isDone) }
        missedByEvents = report.targets.reduce(0) { $0 + $1.missedByEvents }
        left = report.targets.reduce(-changes) { $0 + ($1.wasApplied ? $1.plan?.content.steps.count ?? 0 : 0) }
        // A server that is stopped lets nobody in, and may stay so for months.
        let hasSeenAll =
            report.scope == .everyone && report.sourceFailure == nil
            && report.targets.allSatisfy { $0.plan != nil || $0.isResting || $0.failure?.code == .deferred }
        // None of these two is said only by a run that has looked everywhere: it ends the alarm.
        let withheld = count(.removalsBrake)
        removalsWithheld = hasSeenAll || withheld > 0 ? withheld : nil
        joinsWithheld = count(.joinsBrake)
        admissionsFrozen = count(.freeze)
        admissionsDeferred = report.targets.reduce(0) { $0 + $1.deferredAdmissions }
        isFrozen = report.isFrozen
        conflicts = contents.reduce(0) { $0 + $1.conflicts.count }
        let notOut = report.targets.reduce(0) { sum, target in
            // What an event's run could not lock comes again at once; what the schedule's could not may have been left for long.
            let accounts = target.leaversNotOut + (report.scope == .everyone ? target.leaversNotLocked : [])
            return sum + Set(accounts.map(Optional.some) + target.urgentAccounts).count
        }
        leaversNotOut = hasSeenAll || notOut > 0 ? notOut : nil
    }

    /// Counts them.
    func count(in metrics: inout EmbeddedMetrics) {
        metrics.count("Runs")
        metrics.count("Changes", by: changes)
        if let removalsWithheld { metrics.count("RemovalsWithheld", by: removalsWithheld) }
        metrics.count("JoinsWithheld", by: joinsWithheld)
        metrics.count("AdmissionsFrozen", by: admissionsFrozen)
        if admissionsDeferred > 0 { metrics.count("AdmissionsDeferred", by: admissionsDeferred) }
        metrics.count("RunsFrozen", by: isFrozen ? 1 : 0)
        metrics.count("Conflicts", by: conflicts)
        if let leaversNotOut { metrics.count("LeaversNotOut", by: leaversNotOut) }
        metrics.count("TargetsFailed", by: failedTargets)
        metrics.count("TargetsBusy", by: busyTargets)
    }

    /// Counts and logs a run of everyone besides.
    ///
    /// - Parameter isGood: Whether no target failed or was busy, nobody is still to be let in, and not everything is frozen.
    func countFullRun(isGood: Bool, in metrics: inout EmbeddedMetrics, _ logger: Logger) {
        metrics.count("GoodFullRuns", by: isGood ? 1 : 0)
        // Nothing was left to do if all events had come and been handled.
        metrics.count("MissedByEvents", by: missedByEvents)
        logger.log(
            level: isGood ? .info : .error,
            "full run: \(verdict)",
            metadata: [
                "run": "\(run)", "missedByEvents": "\(missedByEvents)", "left": "\(left)",
                "failedTargets": "\(failedTargets)", "busyTargets": "\(busyTargets)",
                "admissionsDeferred": "\(admissionsDeferred)",
            ]
        )
    }
}

extension TargetReport {
    /// Joins and grants that were put off.
    var deferredAdmissions: Int { outcomes.count { $0.isDeferred && $0.operation.phase == .admit } }

    /// Accounts of people who left that the run was to lock, and has not locked; without those of whom the directory makes it doubtful
    /// that they have.
    fileprivate var leaversNotLocked: [AccountName] {
        failedOutcomes.compactMap { outcome in
            if case .failed(let error) = outcome.result, [.source, .groupMissing].contains(error.code) { return nil }
            return outcome.operation.action == .lock ? outcome.operation.account : nil
        }
    }

    /// Accounts by which access goes on that is to be over, and that no operation ends; nil for several together.
    fileprivate var urgentAccounts: [AccountName?] {
        plan?.content.findings.filter(\.isUrgent).map(\.account) ?? []
    }

    /// Operations that were done and that an event could have told of.
    var missedByEvents: Int { outcomes.count { $0.isDone && $0.operation.mayBeToldByEvents } }
}

extension Operation {
    /// Whether an event can be the cause.
    ///
    /// An account is dropped because its time has come, and sessions are ended because they are there: nothing changes in the
    /// directory then.
    fileprivate var mayBeToldByEvents: Bool {
        switch action {
        case .drop, .endSessions, .disconnect: false
        default: true
        }
    }
}
