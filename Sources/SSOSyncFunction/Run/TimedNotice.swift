// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncConcurrency
internal import SSOSyncCore

/// Tells notifiers how a run went, and ends in time: an invocation that waited for them would be ended without an answer.
struct TimedNotice {
    let notifier: any Notifier
    /// Until when it may take.
    let end: ContinuousClock.Instant

    /// Tells, and returns once nothing of it goes on.
    ///
    /// - Returns: Why not everybody was told; nil if everybody was.
    func problem(with report: SyncReport) async -> String? {
        let (problem, wasCut) = await untilTime(end) { () async -> String? in
            do {
                try await notifier.notify(report)
                return nil
            } catch {
                return "\(error)"
            }
        }
        return wasCut ? problem.map { "the time was up: \($0)" } : problem
    }
}
