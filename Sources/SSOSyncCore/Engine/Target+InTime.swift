// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncConcurrency

extension SyncEngine.Target {
    /// Does something that changes nothing, and cancels it when the target's time is up.
    ///
    /// Its end is waited for: no session is closed while it is at work.
    func inTime<Value: Sendable>(
        _ deadline: ContinuousClock.Instant,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let (result, wasCut) = await untilTime(deadline) { await Result.catching(body) }
        do {
            return try result.get()
        } catch {
            // A run that was cancelled as a whole says so itself.
            guard wasCut, !Task.isCancelled else { throw error }
            let reason = TargetRun.syncError(error)
            throw SyncError(
                .timeout,
                "the time of the run was up before target \(policy.target) had been read: \(reason)"
            )
        }
    }
}
