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
    /// Runs for events do not wait long: their messages come again.
    private static let lockWaitOfEvents = 5
    /// After how many seconds messages come again whose target another writer holds.
    private static let busyDelay = 20
    /// After how many seconds the same is read once more: a directory may lag behind its events.
    private static let secondReadingDelay = 120
    /// How many unknown shapes are logged; the others are only counted.
    private static let shapeLimit = 100

    private let owner: DeploymentOwner
    private let engine: SyncEngine
    private let resolver: ScopeResolver
    private let decoder: DirectoryEventDecoder
    private let queue: SQSClient?
    private let directoryRequests: @Sendable () -> Int?
    private let log: LogNotifier?
    private let logger: Logger
    private let write: @Sendable (String) -> Void
    private var coalescer: EventCoalescer
    private var shapes: Set<String> = []

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
        engine = assembly.engine
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
            for line in metrics.lines(at: .now) { write(line) }
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
        metrics.count("MissedByEvents", by: figures.changes)
        logger.log(
            level: isGood ? .info : .error,
            "full run: \(figures.verdict)",
            metadata: [
                "run": "\(figures.run)", "missedByEvents": "\(figures.changes)", "left": "\(figures.left)",
                "failedTargets": "\(figures.failedTargets)", "busyTargets": "\(figures.busyTargets)",
            ]
        )
        return CanonicalJSON.bytes(FullRunAnswer(figures))
    }

    // MARK: Events

    /// What the readings of a batch have come to.
    private struct Progress {
        /// Whom they have covered.
        var done = EventScope()
        /// Whom they were to cover, without what no target maps.
        var mapped = EventScope()
        var gravest = RunDisposition.done
    }

    private func answer(
        _ messages: QueueBatch,
        _ budget: TimeBudget,
        _ metrics: inout EmbeddedMetrics
    ) async -> [UInt8] {
        let batch = EventBatch(messages, decoder: decoder)
        note(batch, &metrics)
        coalescer.add(batch.scope, at: .now)
        var progress = Progress()
        while !progress.done.covers(batch.scope), let scope = await turn(budget) {
            await read(scope, budget, &progress, &metrics)
        }
        let done = batch.items.filter { progress.done.covers($0.scope) }
        let failed = batch.messages.subtracting(done.map(\.id))
        for item in done {
            guard let time = item.time else { continue }
            let milliseconds = Timestamp.now.millisecondsSince1970 - time.millisecondsSince1970
            metrics.record("EventToDone", Double(max(0, milliseconds)) / 1_000, unit: .seconds)
        }
        await requestSecondReading(of: done, progress, &metrics)
        guard !failed.isEmpty else { return messages.response(failed: []) }
        metrics.count("MessagesReturned", by: failed.count)
        if progress.gravest == .busy {
            await hide(messages.messages.filter { failed.contains($0.id) }, budget)
        } else if progress.gravest == .done {
            metrics.count("DeadlineReached")
            logger.warning("the time is up: what was not read comes again", metadata: ["messages": "\(failed.count)"])
        }
        return messages.response(failed: failed)
    }

    private func note(_ batch: EventBatch, _ metrics: inout EmbeddedMetrics) {
        for (reason, count) in batch.dropped {
            metrics.count(
                "EventsDropped\(reason.rawValue.prefix(1).uppercased())\(reason.rawValue.dropFirst())",
                by: count
            )
        }
        for (shape, count) in batch.unknown {
            metrics.count("EventsUnknown", by: count)
            guard shapes.count < Self.shapeLimit, shapes.insert(shape).inserted else { continue }
            logger.warning("a message is no event that is known", metadata: ["shape": "\(shape)"])
        }
    }

    /// Waits until something is to be read.
    ///
    /// - Returns: Whom; nil if there is nothing, or no time for it. What waits then is read with the next batch.
    private func turn(_ budget: TimeBudget) async -> EventScope? {
        while !Task.isCancelled, budget.mayBegin() {
            let now = Timestamp.now
            switch coalescer.decide(at: now) {
            case .read(let scope): return scope
            case .idle: return nil
            case .wait(let until):
                let wait = Duration.milliseconds(until.millisecondsSince1970 - now.millisecondsSince1970)
                guard budget.mayBegin(after: wait) else { return nil }
                try? await Task.sleep(for: wait)
            }
        }
        return nil
    }

    private func read(
        _ scope: EventScope,
        _ budget: TimeBudget,
        _ progress: inout Progress,
        _ metrics: inout EmbeddedMetrics
    ) async {
        let mapped: ScopeResolver.Mapped
        do {
            mapped = try await resolver.mapped(scope)
        } catch {
            logger.error("the groups in events cannot be looked up: \(error)")
            metrics.count("SourceUnavailable")
            progress.gravest = .failed
            return
        }
        if mapped.requests.isEmpty { metrics.count("EventsUnmapped") }
        var disposition = RunDisposition.done
        for request in mapped.requests {
            let report = await run(request, lockWait: Self.lockWaitOfEvents, budget, &metrics)
            disposition = max(disposition, RunDisposition(report))
        }
        progress.gravest = max(progress.gravest, disposition)
        guard disposition == .done else { return }
        progress.done.formUnion(scope)
        progress.mapped.formUnion(mapped.scope)
    }

    /// Has the queue bring whom events concerned once more.
    ///
    /// What was a second reading itself causes none.
    private func requestSecondReading(
        of items: [EventBatch.Item],
        _ progress: Progress,
        _ metrics: inout EmbeddedMetrics
    ) async {
        var scope = items.lazy.filter { !$0.isSecond }.reduce(into: EventScope()) { $0.formUnion($1.scope) }
        scope.groups.formIntersection(progress.mapped.groups)
        guard let second = SecondReading(scope) else { return }
        do {
            guard let queue else { throw AWSError(.invalidArgument, "SSOSYNC_EVENT_QUEUE_URL is not set") }
            try await queue.sendMessage(second.text, delay: Self.secondReadingDelay)
            metrics.count("SecondReadings")
        } catch {
            metrics.count("SecondReadingsNotSent")
            logger.warning(
                "nothing is read a second time, so what the directory showed too late waits for the full run: \(error)"
            )
        }
    }

    /// Keeps messages from coming again at once.
    private func hide(_ messages: [QueueBatch.Message], _ budget: TimeBudget) async {
        guard let queue else { return }
        do {
            let receipts = messages.compactMap(\.receiptHandle)
            _ = try await queue.changeVisibility(ofReceipts: receipts, to: Self.busyDelay)
        } catch {
            logger.info("messages cannot be held back, and come again when the queue says: \(error)")
        }
    }

    // MARK: Runs

    private func run(
        _ request: ScopeRequest,
        lockWait: Int,
        _ budget: TimeBudget,
        _ metrics: inout EmbeddedMetrics
    ) async -> SyncReport {
        let (report, wasCut) = await TimedRun(engine: engine, budget: budget, lockWait: lockWait).apply(request)
        try? await log?.notify(report)
        RunFigures(report).count(in: &metrics)
        if report.sourceFailure != nil { metrics.count("SourceUnavailable") }
        if wasCut {
            metrics.count("DeadlineReached")
            logger.warning("the time was up before the run was done", metadata: ["run": "\(report.runId)"])
        }
        return report
    }
}

/// What the schedule is answered.
private struct FullRunAnswer: Encodable {
    private let figures: RunFigures

    private enum CodingKeys: CodingKey { case missedByEvents }

    init(_ figures: RunFigures) { self.figures = figures }

    func encode(to encoder: any Encoder) throws {
        try figures.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        // Nothing was left to do if all events had come and been handled.
        try container.encode(figures.changes, forKey: .missedByEvents)
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
