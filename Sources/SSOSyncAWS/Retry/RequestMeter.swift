// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// Counts the requests of all clients that share it.
final class RequestMeter: Sendable {
    /// What was counted.
    struct Counts {
        var requests = 0
        var throttled = 0
    }

    private let values = Mutex(Counts())

    var counts: Counts { values.withLock { $0 } }

    /// A request is sent, for the first time or again.
    func noteRequest() { values.withLock { $0.requests += 1 } }

    /// The service had had enough requests.
    func noteThrottled() { values.withLock { $0.throttled += 1 } }
}
