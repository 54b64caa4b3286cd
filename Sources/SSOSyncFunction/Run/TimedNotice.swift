// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Tells notifiers how a run went, and ends in time: an invocation that waited for them would be ended without an answer.
struct TimedNotice {
    let notifier: any Notifier
    /// Until when it may take.
    let end: ContinuousClock.Instant

    private enum Ending {
        case told(problem: String?)
        case late
    }

    /// Tells, and returns once nothing of it goes on.
    ///
    /// - Returns: Why not everybody was told; nil if everybody was.
    func problem(with report: SyncReport) async -> String? {
        await withTaskGroup(of: Ending.self) { group in
            group.addTask { await tell(report) }
            group.addTask {
                // Ends early when all are told, and nobody looks at it then.
                try? await Task.sleep(until: end, clock: .continuous)
                return .late
            }
            var isLate = false
            while let ended = await group.next() {
                group.cancelAll()
                switch ended {
                case .told(let problem): return isLate ? problem.map { "the time was up: \($0)" } : problem
                case .late: isLate = true
                }
            }
            preconditionFailure("a group of tasks has lost one")
        }
    }

    private func tell(_ report: SyncReport) async -> Ending {
        do {
            try await notifier.notify(report)
            return .told(problem: nil)
        } catch {
            return .told(problem: "\(error)")
        }
    }
}
