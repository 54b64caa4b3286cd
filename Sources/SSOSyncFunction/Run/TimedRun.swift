// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncConcurrency
internal import SSOSyncCore

/// A run of the engine that ends in time: what is not done by then is reported, and the next run does it.
struct TimedRun {
    let engine: SyncEngine
    let budget: TimeBudget
    /// How long to wait for another writer of a target, in seconds; never more than a quarter of the time.
    let lockWait: Int

    /// Runs.
    ///
    /// - Parameters:
    ///   - request: Whom to look at.
    ///   - options: How the run behaves otherwise, and when a target is given up at the latest.
    /// - Returns: What came of it, and whether the time was up before all was done.
    func apply(
        _ request: ScopeRequest,
        options: SyncEngine.Options = SyncEngine.Options()
    ) async -> (report: SyncReport, wasCut: Bool) {
        let wait = min(lockWait, Int(budget.left.components.seconds) / 4)
        var options = options
        options.lockWait = wait
        options.timeLimitPerTarget = min(options.timeLimitPerTarget, max(budget.left - .seconds(wait), .seconds(1)))
        let (report, wasCut) = await untilTime(budget.end) { [options] in
            await engine.apply(request, options: options)
        }
        return (report, wasCut)
    }
}
