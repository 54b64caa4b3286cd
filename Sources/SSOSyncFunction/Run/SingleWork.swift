// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SSOSyncConfiguration
internal import SSOSyncCore
internal import SSOSyncLambdaRuntime

/// The role *single*, and `sso-sync serve`: whoever is read is worked on at once, on all targets.
struct SingleWork: DirectoryWork {
    /// Full runs wait this long for another writer, in seconds: nothing sends them again before the next one is due.
    private static let lockWaitOfFullRuns = 30
    /// Runs for events do not wait long: their messages come again.
    static let lockWaitOfEvents = 5

    private let engine: SyncEngine
    private let assembly: Assembly
    private let runs: EngineRuns

    var source: any IdentitySource { assembly.source }
    let groups: [DirectoryRequest.Group]
    let readsGroups = true
    var directoryRequests: Int? { assembly.directoryRequests }

    init(
        _ configuration: ConfigurationFile,
        _ assembly: Assembly,
        logger: Logger,
        output: MetricsOutput = MetricsOutput(),
        observer: RunObserver? = nil
    ) {
        engine = SyncEngine(
            source: assembly.source,
            targets: assembly.targets,
            leftOut: Set(configuration.targets.map(\.name)).subtracting(assembly.targets.map(\.policy.target)),
            logger: logger
        )
        groups = assembly.everyone.groups
        self.assembly = assembly
        runs = EngineRuns(configuration, assembly, logger: logger, output: output, observer: observer)
    }

    func work(
        on request: ScopeRequest,
        _ budget: TimeBudget,
        _ metrics: inout EmbeddedMetrics
    ) async -> RunDisposition {
        if case .everyone = request { assembly.hangUp() }
        let report = await runs.run(engine, on: request, lockWait: Self.lockWaitOfEvents, budget, &metrics)
        await runs.tell(report, budget, &metrics)
        let plans = report.targets.filter(\.wasApplied).compactMap(\.plan)
        let namesakes = plans.reduce(into: request.people) { $0.formUnion($1.namesakes) }
        guard namesakes.count > request.people.count else { return RunDisposition(report) }
        // Whoever has the name that somebody is to have may have left or been renamed, and no event has told of it yet. Each time
        // there are more people, so this comes to an end.
        guard budget.mayBegin() else { return .failed }
        return max(RunDisposition(report), await work(on: .people(namesakes), budget, &metrics))
    }

    func fullRun(_ budget: TimeBudget, _ metrics: inout EmbeddedMetrics) async -> [UInt8] {
        assembly.hangUp()
        let report = await runs.run(engine, on: .everyone, lockWait: Self.lockWaitOfFullRuns, budget, &metrics)
        let figures = RunFigures(report)
        figures.countFullRun(isGood: report.isGoodFullRun, in: &metrics, runs.logger)
        await runs.tell(report, budget, &metrics)
        return CanonicalJSON.bytes(figures)
    }
}

extension ScopeRequest {
    /// The people whom it names.
    fileprivate var people: Set<UserId> { if case .people(let people) = self { people } else { [] } }
}
