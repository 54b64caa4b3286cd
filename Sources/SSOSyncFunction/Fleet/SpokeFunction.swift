// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SSOSyncAWS
internal import SSOSyncConfiguration
internal import SSOSyncCore
internal import SSOSyncLambdaRuntime

/// The role *spoke*: works on its targets with what a hub has read of the directory, to which it has no rights itself.
actor SpokeFunction {
    /// Full runs wait this long for another writer, in seconds; those for a few people, whose messages come again, not so long.
    private static let lockWaits = (full: 20, few: 5)

    private let owner: DeploymentOwner
    private let targets: [SyncEngine.Target]
    private let snapshot: SnapshotSource
    private let runs: EngineRuns
    private let returns: MessageReturns
    private let output: MetricsOutput
    private let logger: Logger

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

    /// The newest first, so that nobody is read in an older one whom a newer one covers.
    ///
    /// - Returns: The messages that are to come again.
    private func workOnExcerpts(
        _ excerpts: [SpokeBatch.Excerpt],
        _ budget: TimeBudget,
        _ metrics: inout EmbeddedMetrics
    ) async -> Set<String> {
        var failed: Set<String> = []
        var covered: Set<UserId> = []
        for excerpt in excerpts.sorted(by: { $0.snapshot.asOf > $1.snapshot.asOf }) {
            let people = excerpt.people.subtracting(covered)
            guard !people.isEmpty else { continue }
            guard mayBegin(budget, &metrics) else {
                failed.insert(excerpt.message)
                continue
            }
            covered.formUnion(people)
            let engine = engine(ExcerptSource(excerpt: excerpt.snapshot), targets)
            let report = await runs.run(
                engine,
                on: .people(people),
                lockWait: Self.lockWaits.few,
                budget,
                &metrics
            )
            if RunDisposition(report) != .done { failed.insert(excerpt.message) }
            let lag = Timestamp.now.millisecondsSince1970 - excerpt.snapshot.asOf.millisecondsSince1970
            metrics.record("ReadingToDone", Double(max(0, lag)) / 1_000, unit: .seconds)
            await runs.tell(report, budget, &metrics)
        }
        return failed
    }

    /// One run for all targets that one reading was announced for, the newest first.
    ///
    /// - Returns: The messages that are to come again.
    private func workOnSnapshot(
        _ works: [SpokeBatch.Item],
        _ budget: TimeBudget,
        _ metrics: inout EmbeddedMetrics
    ) async -> Set<String> {
        var failed: Set<String> = []
        var done: Set<TargetName> = []
        let readings = Dictionary(grouping: works) { $0.work.asOf }.sorted { $0.key > $1.key }
        for (asOf, works) in readings {
            let left = Set(works.flatMap(\.work.targets)).subtracting(done)
            guard !left.isEmpty else { continue }
            guard mayBegin(budget, &metrics) else {
                failed.formUnion(works.map(\.message))
                continue
            }
            let chosen = targets.filter { left.contains($0.policy.target) }
            let report = await runs.run(
                engine(AnnouncedSource(source: snapshot, asOf: asOf), chosen),
                on: .everyone,
                lockWait: Self.lockWaits.full,
                budget,
                &metrics
            )
            let isScheduled = works.contains { $0.work.scheduled }
            if isScheduled {
                RunFigures(report).countFullRun(isGood: RunDisposition(report) == .done, in: &metrics, logger)
            }
            done.formUnion(Self.done(report))
            failed.formUnion(works.filter { !done.isSuperset(of: $0.work.targets) }.map(\.message))
            await runs.tell(report, budget, &metrics)
        }
        return failed
    }

    private func engine(_ source: any IdentitySource, _ chosen: [SyncEngine.Target]) -> SyncEngine {
        let names = chosen.map(\.policy.target)
        return SyncEngine(
            source: source,
            targets: chosen,
            leftOut: Set(targets.map(\.policy.target)).subtracting(names),
            logger: logger
        )
    }

    private func mayBegin(_ budget: TimeBudget, _ metrics: inout EmbeddedMetrics) -> Bool {
        guard !budget.mayBegin() else { return true }
        metrics.count("DeadlineReached")
        logger.warning("the time is up: what was not done comes again")
        return false
    }

    /// The targets for which a run is done with.
    private static func done(_ report: SyncReport) -> [TargetName] {
        guard report.sourceFailure == nil else { return [] }
        return report.targets.filter { RunDisposition($0.verdict) == .done }.map(\.target)
    }
}
