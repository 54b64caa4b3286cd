// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SSOSyncAWS
internal import SSOSyncConcurrency
internal import SSOSyncConfiguration
internal import SSOSyncCore
internal import SSOSyncLambdaRuntime

/// The role *spoke*: works on its targets with what a hub has read of the directory, to which it has no rights itself.
actor SpokeFunction {
    /// How long runs wait for another writer, in seconds.
    ///
    /// Messages come again, so that there is no need to wait for long; a full run is worth some waiting.
    private static let lockWaits = (full: 20, few: 5)
    /// How long a snapshot may have taken to read that the engine takes for one of this moment.
    private static let freshness: Duration = .seconds(5)
    /// Whoever can send to the queue can make up runs of the hub, which are not to fill a report.
    private static let mostHubRuns = 100

    private let owner: DeploymentOwner
    private let assembly: Assembly
    private let targets: [SyncEngine.Target]
    private let snapshot: SnapshotSource
    private let runs: EngineRuns
    private let returns: MessageReturns
    private let output: MetricsOutput
    private let logger: Logger
    private var seen = SeenReadings()
    private let frozen = FrozenReadings()

    /// - Parameters:
    ///   - configuration: The configuration.
    ///   - assembly: Its parts.
    ///   - snapshot: The directory.
    ///   - queue: The queue that messages come from, to hold them back; nil if it is not known.
    ///   - logger: Where it logs.
    ///   - output: Writes what is counted.
    init(
        _ configuration: ConfigurationFile,
        _ assembly: Assembly,
        snapshot: SnapshotSource,
        queue: SQSClient?,
        logger: Logger,
        output: MetricsOutput = MetricsOutput()
    ) {
        owner = configuration.owner
        self.assembly = assembly
        targets = assembly.targets
        self.snapshot = snapshot
        runs = EngineRuns(configuration, assembly, logger: logger, output: output)
        returns = MessageReturns(queue: queue, logger: logger)
        self.output = output
        self.logger = logger
    }

    /// Does what the messages of an invocation are about.
    ///
    /// - Returns: Which of them are to come again.
    /// - Throws: ``FunctionFailure`` if it is no batch of messages, or leaves too little time.
    func handle(_ invocation: LambdaInvocation) async throws -> [UInt8] {
        var metrics = EmbeddedMetrics(deployment: owner)
        defer { output.hand(&metrics) }
        do throws(FunctionFailure) {
            guard case .batch(let batch) = try FunctionInput(invocation.payload) else {
                throw .refused("a spoke takes batches of messages from its queue, and has no schedule: its hub has one")
            }
            let budget = try TimeBudget(until: invocation.deadline)
            let read = SpokeBatch(batch, snapshot: snapshot, targets: Set(targets.map(\.policy.target)), logger: logger)
            read.count(in: &metrics)
            var failed = read.failed
            failed.formUnion(await workOnExcerpts(read.excerpts, budget, &metrics))
            failed.formUnion(await workOnSnapshot(read.works, budget, &metrics))
            await returns.giveBack(failed, of: batch, &metrics)
            return batch.response(failed: failed)
        } catch {
            metrics.count(error.reason)
            throw error
        }
    }

    // MARK: Excerpts

    /// The newest first, so that nobody is read in an older one whom a newer one covers.
    ///
    /// What a target that does not answer was left out of comes again.
    ///
    /// - Returns: The messages that are to come again.
    private func workOnExcerpts(
        _ excerpts: [SpokeBatch.Excerpt],
        _ budget: TimeBudget,
        _ metrics: inout EmbeddedMetrics
    ) async -> Set<String> {
        var failed: Set<String> = []
        var silent = SilentTargets()
        for excerpt in excerpts.sorted(by: { $0.snapshot.asOf > $1.snapshot.asOf }) {
            guard mayBegin(budget, &metrics) else {
                failed.insert(excerpt.message)
                continue
            }
            let people = seen.admit(excerpt.people, asOf: excerpt.snapshot.asOf, now: .now)
            guard !people.isEmpty else { continue }
            guard await work(on: excerpt, for: people, &silent, budget, &metrics) != .done else { continue }
            failed.insert(excerpt.message)
            seen.forget(people, asOf: excerpt.snapshot.asOf)
        }
        return failed
    }

    private func work(
        on excerpt: SpokeBatch.Excerpt,
        for people: Set<UserId>,
        _ silent: inout SilentTargets,
        _ budget: TimeBudget,
        _ metrics: inout EmbeddedMetrics
    ) async -> RunDisposition {
        let left = silent.names
        let chosen = targets.filter { !left.contains($0.policy.target) }
        guard !chosen.isEmpty else { return .failed }
        var report = await runs.run(
            engine(ExcerptSource(excerpt: excerpt.snapshot, frozen: frozen), chosen),
            on: .people(people),
            // Whoever has the lock is waited for once in a batch.
            lockWait: silent.hasBusy ? 0 : Self.lockWaits.few,
            options: excerptOptions,
            budget,
            &metrics
        )
        report.hubRuns = [excerpt.run]
        logger.info("an excerpt is worked on", metadata: ["hubRun": "\(excerpt.run)", "run": "\(report.runId)"])
        silent.note(report)
        let disposition = left.isEmpty ? RunDisposition(report) : .failed
        let figures = RunFigures(report)
        if disposition == .done, figures.admissionsDeferred == 0, figures.admissionsFrozen == 0 {
            let lag = Timestamp.now.millisecondsSince1970 - excerpt.snapshot.asOf.millisecondsSince1970
            metrics.record("ReadingToDone", Double(max(0, lag)) / 1_000, unit: .seconds)
        }
        await runs.tell(report, budget, &metrics)
        return disposition
    }

    // MARK: Snapshots

    /// One run for all targets of which the snapshot that is there was announced, or an earlier one.
    ///
    /// Nobody has signed what is announced: however many announce what does not come, the snapshot is read once.
    ///
    /// - Returns: The messages that are to come again.
    private func workOnSnapshot(
        _ works: [SpokeBatch.Item],
        _ budget: TimeBudget,
        _ metrics: inout EmbeddedMetrics
    ) async -> Set<String> {
        let works = works.filter { !$0.work.targets.isEmpty }
        let all = Set(works.map(\.message))
        guard !works.isEmpty, mayBegin(budget, &metrics) else { return all }
        let began = ContinuousClock.now
        let (found, _) = await untilTime(budget.end) { [snapshot] in
            await Result.catching { try await snapshot.snapshot() }
        }
        // As with excerpts, what anybody but the hub has written is told apart from what is too old or not there.
        if case .failure(let refusal as SnapshotRefusal) = found, refusal.isOfStranger {
            metrics.count("SnapshotsRefused")
        }
        let first = found.mapError(snapshot.explained)
        let read = try? first.get()
        let isFresh = began.duration(to: .now) < Self.freshness
        guard mayBegin(budget, &metrics) else { return all }
        let chosen = chosen(works, for: read, &metrics)
        guard let asOf = chosen.map(\.work.asOf).max() else { return all }
        let names = Set(chosen.flatMap(\.work.targets))
        assembly.hangUp()
        var report = await runs.run(
            engine(
                AnnouncedSource(snapshot, first: isFresh || read == nil ? first : nil, asOf: asOf, frozen: frozen),
                targets.filter { names.contains($0.policy.target) }
            ),
            on: .everyone,
            lockWait: Self.lockWaits.full,
            options: snapshotOptions,
            budget,
            &metrics
        )
        report.hubRuns = Self.hubRuns(chosen)
        let hubRuns = report.hubRuns.map(\.rawValue).joined(separator: ", ")
        logger.info("a snapshot is worked on", metadata: ["hubRun": "\(hubRuns)", "run": "\(report.runId)"])
        if report.sourceFailure == nil {
            for asOf in Self.readings(report) { seen.note(everyoneAsOf: asOf) }
        }
        count(report, chosen, &metrics)
        await runs.tell(report, budget, &metrics)
        let done = Set(Self.done(report).map(\.target))
        return all.subtracting(chosen.filter { done.isSuperset(of: $0.work.targets) }.map(\.message))
    }

    /// What there is to do by a snapshot; all of it if that is nothing, so that the run says why.
    private func chosen(
        _ works: [SpokeBatch.Item],
        for snapshot: Snapshot?,
        _ metrics: inout EmbeddedMetrics
    ) -> [SpokeBatch.Item] {
        guard let snapshot else { return works }
        let chosen = works.filter { $0.work.asOf <= snapshot.asOf }
        guard !chosen.isEmpty, chosen.count < works.count else { return works }
        metrics.count("SourceUnavailable")
        for item in works where item.work.asOf > snapshot.asOf {
            let error = AnnouncedSource.error(snapshot.asOf, announced: item.work.asOf)
            logger.error("\(error)", metadata: ["hubRun": "\(item.work.run)"])
        }
        return chosen
    }

    /// Counts what came of a run where it was time for it: elsewhere an event has told of what it did.
    ///
    /// A target whose lock somebody has held for minutes has failed: nothing is known of its leavers, the zeros of another worker, which
    /// has found nobody on its targets, end the alarm about them, and SQS does not count the message as old any more.
    private func count(_ report: SyncReport, _ chosen: [SpokeBatch.Item], _ metrics: inout EmbeddedMetrics) {
        let overlooked = Set(chosen.filter(\.isOverlooked).flatMap(\.work.targets))
        let busy = report.targets.count { $0.verdict == .busy && overlooked.contains($0.target) }
        metrics.count("TargetsFailed", by: busy)
        let scheduled = Set(chosen.filter(\.work.scheduled).flatMap(\.work.targets))
        // Where runs for events have somebody wait, a full run lets them in: where it does not, nothing else would.
        let deferred = report.targets.count { $0.deferredAdmissions > 0 && scheduled.contains($0.target) }
        if deferred > 0 { metrics.count("TargetsDeferred", by: deferred) }
        let inStep = Self.inStep(report).filter { scheduled.contains($0.target) }
        metrics.count("TargetsInStep", by: inStep.count)
        guard !inStep.isEmpty else { return }
        metrics.count("MissedByEvents", by: inStep.reduce(0) { $0 + $1.missedByEvents })
    }

    /// In whose name the messages are: of the latest readings, if they are many.
    static func hubRuns(_ chosen: [SpokeBatch.Item]) -> [HubRunId] {
        let runs = Dictionary(chosen.map { ($0.work.run, $0.work.asOf) }, uniquingKeysWith: max)
        return runs.sorted { ($0.value, $0.key) > ($1.value, $1.key) }.prefix(mostHubRuns).map(\.key).sorted()
    }

    /// When the snapshots began that a run has worked with: each may be later than the announced one, and later for a target
    /// that had to wait.
    private static func readings(_ report: SyncReport) -> [Timestamp] {
        ([report.directoryAsOf] + report.targets.map(\.plan?.directoryAsOf)).compactMap(\.self)
    }

    /// The targets for which a run is done with.
    private static func done(_ report: SyncReport) -> [TargetReport] {
        guard report.sourceFailure == nil else { return [] }
        return report.targets.filter { RunDisposition($0.verdict) == .done }
    }

    /// Those of them that are as the directory says: not what is frozen, nor where somebody is still to be let in.
    private static func inStep(_ report: SyncReport) -> [TargetReport] {
        report.isFrozen ? [] : done(report).filter { $0.deferredAdmissions == 0 }
    }

    // MARK: Parts

    private func engine(_ source: any IdentitySource, _ chosen: [SyncEngine.Target]) -> SyncEngine {
        SyncEngine(
            source: source,
            targets: chosen,
            // One place for whatever is the matter with what the hub sends, whichever targets a batch is for: or it would be
            // told once for each, and never be over.
            leftOut: Set(targets.map(\.policy.target)),
            logger: logger
        )
    }

    /// How a run for an excerpt behaves.
    ///
    /// A target that hangs keeps nothing from the others for long.
    private var excerptOptions: SyncEngine.Options {
        var options = snapshotOptions
        options.timeLimitPerTarget = .seconds(20)
        return options
    }

    /// How a run for a snapshot behaves: whoever has left by a reading that was seen, and is later, stays out.
    private var snapshotOptions: SyncEngine.Options {
        var options = SyncEngine.Options()
        options.admits = { [seen] in seen.admits($0, asOf: $1) }
        return options
    }

    private func mayBegin(_ budget: TimeBudget, _ metrics: inout EmbeddedMetrics) -> Bool {
        guard !budget.mayBegin() else { return true }
        metrics.count("DeadlineReached")
        logger.warning("the time is up: what was not done comes again")
        return false
    }
}
