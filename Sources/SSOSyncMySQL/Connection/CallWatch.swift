// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Synchronization

/// Watches one blocking call: a deadline or a cancellation cuts the connection's socket off, so that the call ends.
///
/// One that comes before the call has begun only keeps it from beginning; one that comes after its end does nothing.
final class CallWatch: Sendable {
    /// Why a call has to end before its answer is there.
    enum Interruption {
        case timeout
        case cancelled
    }

    private struct State {
        var isUnderWay = false
        var interruption: Interruption?
        var hasCut = false
    }

    private let link: SocketLink
    private let deadline: ContinuousClock.Instant?
    private let state = Mutex(State())

    init(_ link: SocketLink, until deadline: ContinuousClock.Instant?) {
        self.link = link
        self.deadline = deadline
    }

    /// Ends the call.
    func interrupt(_ reason: Interruption) {
        state.withLock { state in
            guard state.interruption == nil else { return }
            state.interruption = reason
            guard state.isUnderWay else { return }
            state.hasCut = true
            link.cut()
        }
    }

    /// What has cut the connection off, if anything has.
    var cut: Interruption? { state.withLock { $0.hasCut ? $0.interruption : nil } }

    /// Does the blocking work, unless it is too late already.
    /// - Throws: `TooLate` before the work begins; what the work throws.
    func run<Value>(_ work: () throws -> Value) throws -> Value {
        if let deadline, deadline <= .now { interrupt(.timeout) }
        let lateness = state.withLock { state in
            state.isUnderWay = state.interruption == nil
            return state.interruption
        }
        if let lateness { throw TooLate(reason: lateness) }
        let timer = makeTimer()
        defer {
            timer?.cancel()
            state.withLock { $0.isUnderWay = false }
        }
        return try work()
    }

    /// It was too late for a call before it began.
    struct TooLate: Error {
        let reason: Interruption
    }

    private func makeTimer() -> (any DispatchSourceTimer)? {
        guard let deadline else { return nil }
        let timer = DispatchSource.makeTimerSource(queue: .global())
        timer.setEventHandler { [self] in interrupt(.timeout) }
        timer.schedule(deadline: .now() + ContinuousClock.now.duration(to: deadline).dispatchInterval)
        timer.resume()
        return timer
    }
}

extension Duration {
    /// The duration for dispatch, rounded up to a millisecond; at most a day, never negative.
    var dispatchInterval: DispatchTimeInterval {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return .nanoseconds(0) }
        guard seconds < 86_400 else { return .seconds(86_400) }
        return .milliseconds(Int(seconds) * 1_000 + Int(attoseconds / 1_000_000_000_000_000) + 1)
    }
}
