// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SSOSyncConfiguration
internal import SSOSyncCore
internal import SSOSyncLambdaRuntime

/// Sees what came of a run.
typealias RunObserver = @Sendable (SyncReport) async -> Void

/// Runs of an engine that end in time, are counted, logged and told.
struct EngineRuns: Sendable {
    private let log: LogNotifier?
    private let notices: RunNotices
    private let observer: RunObserver?
    let logger: Logger

    /// - Parameters:
    ///   - configuration: The configuration.
    ///   - assembly: The parts of a run.
    ///   - logger: Where it logs.
    ///   - output: Writes what is counted.
    ///   - observer: Sees each run; nil for nobody.
    init(
        _ configuration: ConfigurationFile,
        _ assembly: Assembly,
        logger: Logger,
        output: MetricsOutput,
        observer: RunObserver? = nil
    ) {
        notices = RunNotices(notifier: assembly.notifier, archive: assembly.archive, logger: logger, output: output)
        // Whoever has no log among the notifiers still finds each run in it.
        log = configuration.notify.contains(.log) ? nil : LogNotifier(logger: logger)
        self.logger = logger
        self.observer = observer
    }

    /// Runs, and counts what came of it.
    ///
    /// - Parameters:
    ///   - engine: Without a notifier, which it would wait for however little time there is.
    ///   - request: Whom to look at.
    ///   - lockWait: How long to wait for another writer, in seconds.
    ///   - options: How the run behaves otherwise.
    ///   - budget: How much time there is.
    ///   - metrics: What is counted.
    func run(
        _ engine: SyncEngine,
        on request: ScopeRequest,
        lockWait: Int,
        options: SyncEngine.Options = SyncEngine.Options(),
        _ budget: TimeBudget,
        _ metrics: inout EmbeddedMetrics
    ) async -> SyncReport {
        let (report, wasCut) = await TimedRun(engine: engine, budget: budget, lockWait: lockWait)
            .apply(request, options: options)
        try? await log?.notify(report)
        await observer?(report)
        RunFigures(report).count(in: &metrics)
        // A directory that was given up because the time was up may be well.
        if let failure = report.sourceFailure, !wasCut, failure.code != .cancelled {
            metrics.count("SourceUnavailable")
        }
        if wasCut {
            let isOver = budget.isOver
            if isOver { metrics.count("DeadlineReached") }
            logger.warning(
                "\(isOver ? "the time was up" : "the process has to end") before the run was done",
                metadata: ["run": "\(report.runId)"]
            )
        }
        return report
    }

    /// Tells whoever is to be told how a run went, and keeps its report.
    func tell(_ report: SyncReport, _ budget: TimeBudget, _ metrics: inout EmbeddedMetrics) async {
        await notices.tell(report, budget, &metrics)
    }
}
