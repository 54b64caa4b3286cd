// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SSOSyncAWS
internal import SSOSyncConfiguration
internal import SSOSyncCore
internal import SSOSyncLambdaRuntime

/// The role *single*: reads the directory and works on the targets, for events from a queue and on a schedule.
///
/// It lives as long as its process. Lambda hands one invocation to a process at a time.
actor SingleFunction {
    /// Full runs wait this long for another writer, in seconds: nothing sends them again before the next one is due.
    private static let lockWaitOfFullRuns = 30

    private let owner: DeploymentOwner
    private let engine: SyncEngine
    let resolver: ScopeResolver
    let decoder: DirectoryEventDecoder
    let queue: SQSClient?
    private let directoryRequests: @Sendable () -> Int?
    private let log: LogNotifier?
    private let notifier: (any Notifier)?
    let logger: Logger
    private let write: @Sendable (String) -> Void
    var coalescer: EventCoalescer
    /// Shapes of unknown messages that were logged.
    var shapes: Set<String> = []

    /// - Parameters:
    ///   - configuration: The configuration.
    ///   - assembly: Its parts.
    ///   - queue: The queue that events come from, for second readings; nil for none.
    ///   - logger: Where it logs.
    ///   - write: Writes a line of metrics.
    init(
        _ configuration: ConfigurationFile,
        _ assembly: Assembly,
        queue: SQSClient?,
        logger: Logger,
        write: @escaping @Sendable (String) -> Void = StandardOutput.print
    ) {
        owner = configuration.owner
        // Without the notifier, which the engine would wait for however little time there is.
        engine = SyncEngine(
            source: assembly.source,
            targets: assembly.targets,
            leftOut: Set(configuration.targets.map(\.name)).subtracting(assembly.targets.map(\.policy.target)),
            logger: logger
        )
        notifier = assembly.notifier
        resolver = ScopeResolver(source: assembly.source, policies: assembly.targets.map(\.policy))
        decoder = DirectoryEventDecoder(store: configuration.directory.storeId)
        self.queue = queue
        directoryRequests = { assembly.directoryRequests }
        // Whoever has no log among the notifiers still finds each run in it.
        log = configuration.notify.contains(.log) ? nil : LogNotifier(logger: logger)
        self.logger = logger
        self.write = write
        var limits = EventCoalescer.Limits()
        // The next one may come to another process, or to this one after hours: the queue keeps them.
        limits.secondReading = nil
        coalescer = EventCoalescer(limits: limits)
    }

    /// Does what an invocation asks for.
    ///
    /// - Returns: For messages, which of them are to come again; for the schedule, what came of the run.
    /// - Throws: ``FunctionFailure`` if it asks for anything else, or leaves too little time.
    func handle(_ invocation: LambdaInvocation) async throws -> [UInt8] {
        var metrics = EmbeddedMetrics(deployment: owner)
        let requests = directoryRequests() ?? 0
        defer {
            if let now = directoryRequests(), now > requests { metrics.count("DirectoryRequests", by: now - requests) }
            hand(&metrics)
        }
        do throws(FunctionFailure) {
            let input = try FunctionInput(invocation.payload)
            let budget = try TimeBudget(until: invocation.deadline)
            switch input {
            case .batch(let batch): return await answer(batch, budget, &metrics)
            case .fullRun: return await fullRun(budget, &metrics)
            }
        } catch {
            metrics.count(error.reason)
            throw error
        }
    }

    // MARK: The schedule

    private func fullRun(_ budget: TimeBudget, _ metrics: inout EmbeddedMetrics) async -> [UInt8] {
        let report = await run(.everyone, lockWait: Self.lockWaitOfFullRuns, budget, &metrics)
        let figures = RunFigures(report)
        let isGood = RunDisposition(report) == .done
        metrics.count("GoodFullRuns", by: isGood ? 1 : 0)
        // Nothing was left to do if all events had come and been handled.
        metrics.count("MissedByEvents", by: figures.missedByEvents)
        logger.log(
            level: isGood ? .info : .error,
            "full run: \(figures.verdict)",
            metadata: [
                "run": "\(figures.run)", "missedByEvents": "\(figures.missedByEvents)", "left": "\(figures.left)",
                "failedTargets": "\(figures.failedTargets)", "busyTargets": "\(figures.busyTargets)",
            ]
        )
        await tell(report, budget, &metrics)
        return CanonicalJSON.bytes(figures)
    }

    // MARK: Runs

    /// Runs, and counts what came of it.
    func run(
        _ request: ScopeRequest,
        lockWait: Int,
        _ budget: TimeBudget,
        _ metrics: inout EmbeddedMetrics
    ) async -> SyncReport {
        let (report, wasCut) = await TimedRun(engine: engine, budget: budget, lockWait: lockWait).apply(request)
        try? await log?.notify(report)
        RunFigures(report).count(in: &metrics)
        // A directory that was given up because the time was up may be well.
        if let failure = report.sourceFailure, !wasCut, failure.code != .cancelled {
            metrics.count("SourceUnavailable")
        }
        if wasCut {
            metrics.count("DeadlineReached")
            logger.warning("the time was up before the run was done", metadata: ["run": "\(report.runId)"])
        }
        return report
    }

    /// Tells whoever is to be told how a run went.
    func tell(_ report: SyncReport, _ budget: TimeBudget, _ metrics: inout EmbeddedMetrics) async {
        guard let notifier else { return }
        // Whatever becomes of that, what is counted by now is not lost.
        hand(&metrics)
        let notice = TimedNotice(notifier: notifier, end: budget.lastWord)
        guard let problem = await notice.problem(with: report) else { return }
        metrics.count("NotNotified")
        logger.warning("not everybody was told how the run went: \(problem)", metadata: ["run": "\(report.runId)"])
    }

    /// Writes what is counted, and begins anew.
    private func hand(_ metrics: inout EmbeddedMetrics) {
        for line in metrics.lines(at: .now) { write(line) }
    }
}

extension DirectoryConfiguration {
    /// The identity store whose events count; nil if it is not known, and then all do.
    fileprivate var storeId: String? {
        switch self {
        case .identityCenter(let center): center.identityStoreId
        case .snapshot(let snapshot): snapshot.directoryId.rawValue
        default: nil
        }
    }
}
