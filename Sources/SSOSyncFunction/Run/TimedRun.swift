// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// A run of the engine that ends in time: what is not done by then is reported, and the next run does it.
struct TimedRun {
    let engine: SyncEngine
    let budget: TimeBudget
    /// How long to wait for another writer of a target, in seconds; never more than a quarter of the time.
    let lockWait: Int

    /// Runs.
    ///
    /// - Returns: What came of it, and whether the time was up before all was done.
    func apply(_ request: ScopeRequest) async -> (report: SyncReport, wasCut: Bool) {
        let wait = min(lockWait, Int(budget.left.components.seconds) / 4)
        var options = SyncEngine.Options()
        options.lockWait = wait
        options.timeLimitPerTarget = max(budget.left - .seconds(wait), .seconds(1))
        return await withTaskGroup(of: SyncReport?.self) { [options] group in
            group.addTask { await engine.apply(request, options: options) }
            group.addTask {
                // Ends early when the run is over, and nobody looks at it then.
                try? await Task.sleep(until: budget.end, clock: .continuous)
                return nil
            }
            var wasCut = false
            while let ended = await group.next() {
                group.cancelAll()
                if let report = ended { return (report, wasCut) }
                wasCut = true
            }
            preconditionFailure("a group of tasks has lost one")
        }
    }
}
