// SPDX-License-Identifier: Apache-2.0

import Logging
import SSOSyncConfiguration
import SSOSyncCore
import Synchronization

/// Tells whoever waits what the run has come to: on a terminal in one line, otherwise in the log.
final class ProgressDisplay: Sendable {
    private struct State {
        var finished = 0
        var lastShown: ContinuousClock.Instant?
    }

    private let targets: Int
    private let showsLine: Bool
    private let logger: Logger
    private let state = Mutex(State())

    /// - Parameters:
    ///   - targets: How many targets there are.
    ///   - showsLine: Whether a line that changes is welcome.
    ///   - logger: Where progress is logged at debug level.
    init(targets: Int, showsLine: Bool, logger: Logger) {
        self.targets = targets
        self.showsLine = showsLine
        self.logger = logger
    }

    func show(_ progress: Progress) {
        guard showsLine || !Self.isStep(progress) else { return }
        let (text, isStep) = (Self.describe(progress), Self.isStep(progress))
        if !isStep { logger.debug("\(text)") }
        guard showsLine else { return }
        let finished: Int? = state.withLock { state in
            if case .finished = progress { state.finished += 1 }
            let now = ContinuousClock.now
            // Thousands of operations a second are no sight.
            if isStep, let last = state.lastShown, now - last < .milliseconds(100) { return nil }
            state.lastShown = now
            return state.finished
        }
        guard let finished else { return }
        let prefix = targets > 1 ? "[\(finished)/\(targets)] " : ""
        StandardError.shared.showStatus(prefix + text)
    }

    /// Whether it is one small step of many.
    private static func isStep(_ progress: Progress) -> Bool {
        if case .applying(_, _, let done, let total) = progress { done < total } else { false }
    }

    private static func describe(_ progress: Progress) -> String {
        switch progress {
        case .readingDirectory: "reading the directory"
        case .directoryRead(let people): "people in the directory: \(people)"
        case .inspecting(let target): "\(target): reading accounts"
        case .planned(let target, let operations): "\(target): operations planned: \(operations)"
        case .applying(let target, let phase, let done, let total): "\(target): \(phase) \(done)/\(total)"
        case .finished(let target): "\(target): finished"
        }
    }
}
