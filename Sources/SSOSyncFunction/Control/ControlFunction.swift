// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SSOSyncConcurrency
internal import SSOSyncConfiguration
internal import SSOSyncCore
internal import SSOSyncLambdaRuntime

/// The role *control*: plans, applies what was approved, releases the brake and examines, for whoever may invoke it.
struct ControlFunction: Sendable {
    /// Somebody waits for the answer, and another writer is done soon; in seconds.
    private static let lockWait = 30

    private let configuration: ConfigurationFile
    private let assembly: Assembly
    private let engine: SyncEngine
    private let runs: EngineRuns
    private let output: MetricsOutput
    private let logger: Logger

    /// - Parameters:
    ///   - configuration: The configuration.
    ///   - assembly: Its parts.
    ///   - logger: Where it logs.
    ///   - output: Writes what is counted.
    init(
        _ configuration: ConfigurationFile,
        _ assembly: Assembly,
        logger: Logger,
        output: MetricsOutput = MetricsOutput()
    ) {
        self.configuration = configuration
        self.assembly = assembly
        // Without the notifier, which the engine would wait for however little time there is.
        engine = SyncEngine(source: assembly.source, targets: assembly.targets, logger: logger)
        runs = EngineRuns(configuration, assembly, logger: logger, output: output)
        self.output = output
        self.logger = logger
    }

    /// Does what an invocation asks for.
    ///
    /// - Returns: What came of it, in JSON.
    /// - Throws: ``FunctionFailure`` if it asks for anything else, hands on what was not approved, or leaves too little time.
    func handle(_ invocation: LambdaInvocation) async throws -> [UInt8] {
        var metrics = EmbeddedMetrics(deployment: configuration.owner)
        defer { output.hand(&metrics) }
        do throws(FunctionFailure) {
            let input = try ControlInput(invocation.payload)
            let budget = try TimeBudget(until: invocation.deadline)
            switch input {
            case .plan: return await plan(budget)
            case .doctor: return await examine(budget)
            case .apply(let approval, let hash):
                try check(approval, hash)
                var options = SyncEngine.Options()
                options.approvedPlans = approval.approvedPlans
                options.releasedRemovals = Set(approval.releasedRemovals)
                return await apply(options, budget, &metrics)
            case .releaseBrake(let hash):
                var options = SyncEngine.Options()
                options.releasedRemovals = [hash]
                return await apply(options, budget, &metrics)
            }
        } catch {
            metrics.count(error.reason)
            throw error
        }
    }

    private func plan(_ budget: TimeBudget) async -> [UInt8] {
        var options = SyncEngine.Options()
        options.timeLimitPerTarget = max(budget.left, .seconds(1))
        let (report, _) = await untilTime(budget.end) { [options] in await engine.plan(options: options) }
        let file =
            report.isFitForApproval
            ? PlanFile(report, configuration: configuration.fingerprint, scope: .everyone) : nil
        return ControlAnswer(report, approval: file.map(PlanApproval.init)).bytes()
    }

    private func examine(_ budget: TimeBudget) async -> [UInt8] {
        let (diagnosis, _) = await untilTime(budget.end) { await Doctor(assembly, logger: logger).examine() }
        return ControlAnswer.bytes(of: diagnosis)
    }

    private func check(_ approval: PlanApproval, _ hash: String) throws(FunctionFailure) {
        do throws(PlanFileError) {
            try approval.check(hash: hash, configuration: configuration.fingerprint)
        } catch {
            throw FunctionFailure(reason: "NotApproved", description: "nothing was done: \(error.message)")
        }
    }

    private func apply(
        _ options: SyncEngine.Options,
        _ budget: TimeBudget,
        _ metrics: inout EmbeddedMetrics
    ) async -> [UInt8] {
        let report = await runs.run(
            engine,
            on: .everyone,
            lockWait: Self.lockWait,
            options: options,
            budget,
            &metrics
        )
        logger.notice("applied for whoever asked: \(report.verdict.label)", metadata: ["run": "\(report.runId)"])
        await runs.tell(report, budget, &metrics)
        return ControlAnswer(report).bytes()
    }
}
