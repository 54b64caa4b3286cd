// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SSOSyncAWS
internal import SSOSyncConcurrency
internal import SSOSyncConfiguration
internal import SSOSyncCore
internal import SSOSyncLambdaRuntime

/// The role *hub*: reads the directory once for everybody, signs what it read, and sends it to those who have databases.
struct HubWork: DirectoryWork {
    private let assembly: HubAssembly
    private let excerpts: ExcerptSigner
    private let notices: RunNotices
    private let logger: Logger

    var source: any IdentitySource { assembly.source }
    var groups: [DirectoryRequest.Group] { assembly.groups }
    let readsGroups = false
    var directoryRequests: Int? { assembly.directoryRequests }

    init(_ assembly: HubAssembly, logger: Logger, output: MetricsOutput = MetricsOutput()) {
        self.assembly = assembly
        excerpts = ExcerptSigner(assembly.signer, accountName: assembly.accountName)
        notices = RunNotices(
            notifier: assembly.notifier,
            archive: assembly.archive,
            logger: logger,
            output: output
        )
        self.logger = logger
    }

    func work(
        on request: ScopeRequest,
        _ budget: TimeBudget,
        _ metrics: inout EmbeddedMetrics
    ) async -> RunDisposition {
        let figures = await figures(request, isScheduled: false, budget, &metrics)
        // The first full run after a freeze does what events have called for meanwhile.
        if figures.isSent || figures.isFrozen { return .done }
        // Everyone is not read and sent to all others again for the sake of few spokes: the second reading comes in any case, and
        // the schedule. Where the time was up, or the network is down, most have not been told.
        if case .people = request { return .failed }
        return figures.isMostlySent ? .done : .failed
    }

    func fullRun(_ budget: TimeBudget, _ metrics: inout EmbeddedMetrics) async -> [UInt8] {
        let figures = await figures(.everyone, isScheduled: true, budget, &metrics)
        metrics.count("GoodFullRuns", by: figures.isGood ? 1 : 0)
        return CanonicalJSON.bytes(figures)
    }

    private func figures(
        _ request: ScopeRequest,
        isScheduled: Bool,
        _ budget: TimeBudget,
        _ metrics: inout EmbeddedMetrics
    ) async -> HubFigures {
        let run = HubRun(
            assembly: assembly,
            excerpts: excerpts,
            logger: logger,
            scope: request,
            isScheduled: isScheduled,
            end: budget.end
        )
        let started = Timestamp.now
        let (outcome, wasCut) = await untilTime(budget.end) { await run.outcome() }
        let figures = outcome.figures
        figures.count(in: &metrics)
        if wasCut { metrics.count("DeadlineReached") }
        if let failure = outcome.sourceFailure, !wasCut, failure.code != .cancelled {
            metrics.count("SourceUnavailable")
        }
        log(figures)
        await notices.tell(report(run, outcome, since: started), budget, &metrics)
        return figures
    }

    private func log(_ figures: HubFigures) {
        guard !figures.isFrozen else {
            logger.warning("\(HubFigures.frozen)", metadata: ["run": "\(figures.run)"])
            return
        }
        if figures.freeze == .joins {
            logger.warning("joins are frozen: spokes let nobody in", metadata: ["run": "\(figures.run)"])
        }
        logger.log(
            level: figures.isGood ? .info : .error,
            "what was read is \(figures.isGood ? "sent" : "not sent to everybody")",
            metadata: [
                "run": "\(figures.run)", "people": "\(figures.people)", "messages": "\(figures.messages)",
                "failedSpokes": "\((figures.failedSpokes + figures.obstructedSpokes).joined(separator: ", "))",
                "failedSnapshots": "\(figures.failedSnapshots.joined(separator: ", "))",
            ]
        )
    }

    /// How the run went, for notifiers: what could not be sent keeps people as much as what could not be read.
    private func report(_ run: HubRun, _ outcome: HubRun.Outcome, since started: Timestamp) -> SyncReport {
        var report = SyncReport(
            runId: run.id,
            kind: .apply,
            scope: run.scope,
            startedAt: started,
            finishedAt: .now,
            directoryAsOf: outcome.figures.asOf,
            sourceFailure: outcome.sourceFailure ?? outcome.figures.failure,
            targets: [],
            leftOut: Set(assembly.spokes.flatMap(\.configuration.targets))
        )
        report.awaited = outcome.awaited
        return report
    }
}
