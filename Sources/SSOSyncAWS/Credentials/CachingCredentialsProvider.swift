// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import SSOSyncConcurrency
internal import Synchronization

/// Keeps what another provider hands out, and gets new credentials before the old ones expire.
///
/// However many tasks ask at once, the other provider is asked once. A task that is cancelled goes on without an answer;
/// the others still get theirs. Failures are not kept: the next task asks again.
public final class CachingCredentialsProvider: CredentialsProvider, CustomStringConvertible, CustomReflectable {
    private struct State {
        var credentials: Credentials?
        var refreshDate = Date.distantPast
        var waiters: [Waiter<Credentials>] = []
        var isRefreshing = false
    }

    private let source: any CredentialsProvider
    private let now: @Sendable () -> Date
    private let state = Mutex(State())

    /// Keeps what a provider hands out.
    public convenience init(_ source: any CredentialsProvider) {
        self.init(source) { Date() }
    }

    init(_ source: any CredentialsProvider, now: @escaping @Sendable () -> Date) {
        self.source = source
        self.now = now
    }

    /// Credentials that are good for some minutes yet.
    ///
    /// - Throws: What the other provider throws, unless the old credentials are still good; `CancellationError` if the
    ///   task was cancelled.
    public func credentials() async throws -> Credentials {
        if let kept = state.withLock({ now() < $0.refreshDate ? $0.credentials : nil }) { return kept }
        let waiter = Waiter<Credentials>()
        return try await waiter.wait { enqueue(waiter) }
    }

    /// Never a value.
    public var description: String { "CachingCredentialsProvider(<redacted>)" }

    /// Shows nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }

    private func enqueue(_ waiter: Waiter<Credentials>) {
        let mustStart = state.withLock { state in
            state.waiters.append(waiter)
            defer { state.isRefreshing = true }
            return !state.isRefreshing
        }
        // A task of its own: it goes on if the one that started it is cancelled.
        if mustStart { Task { await refresh() } }
    }

    private func refresh() async {
        let result: Result<Credentials, any Error>
        do {
            result = .success(try await source.credentials())
        } catch {
            result = .failure(error)
        }
        let (answer, waiters) = state.withLock { state in
            defer { (state.waiters, state.isRefreshing) = ([], false) }
            return (settle(result, &state), state.waiters)
        }
        for waiter in waiters { waiter.finish(answer) }
    }

    private func settle(
        _ result: Result<Credentials, any Error>,
        _ state: inout State
    ) -> Result<Credentials, any Error> {
        let date = now()
        guard case .success(let fresh) = result else {
            guard let kept = state.credentials, let end = kept.expiration, end > date + Self.shortest else {
                return result
            }
            // The old ones still do; asking for new ones has time until half a minute later.
            state.refreshDate = min(date + 30, end - Self.shortest)
            return .success(kept)
        }
        state.credentials = fresh
        state.refreshDate = fresh.expiration.map { Self.refreshDate(until: $0, from: date) } ?? .distantFuture
        return .success(fresh)
    }

    /// Credentials that expire sooner may do so on the way.
    private static let shortest: TimeInterval = 10

    /// Five minutes before the end, and up to one more so that many processes do not ask at the same moment; of what is
    /// short-lived, a quarter.
    private static func refreshDate(until end: Date, from date: Date) -> Date {
        let lifetime = max(0, end.timeIntervalSince(date))
        let margin = min(300, lifetime / 4)
        return end - margin - Double.random(in: 0...1) * margin / 5
    }
}
