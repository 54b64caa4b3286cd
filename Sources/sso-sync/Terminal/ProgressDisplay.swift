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
        let (text, isStep) = Self.describe(progress)
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

    /// - Returns: What to say, and whether it is one small step of many.
    private static func describe(_ progress: Progress) -> (text: String, isStep: Bool) {
        switch progress {
        case .readingDirectory: ("reading the directory", false)
        case .directoryRead(let people): ("people in the directory: \(people)", false)
        case .inspecting(let target): ("\(target): reading accounts", false)
        case .planned(let target, let operations): ("\(target): operations planned: \(operations)", false)
        case .applying(let target, let phase, let done, let total):
            ("\(target): \(phase) \(done)/\(total)", done < total)
        case .finished(let target): ("\(target): finished", false)
        }
    }
}
