// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncConcurrency

/// The directory as the targets of one run see it: read once for all of them, and again for those whose turn comes late.
///
/// Whoever has waited for another writer would otherwise let people in who have left the directory meanwhile, and whom the
/// other writer's run has found gone: somebody without an account has no marker that would tell.
actor DirectoryReadings {
    /// What one reading found.
    struct Reading: Sendable {
        let directory: Directory
        /// Targets that could not be asked who holds roles there, so that leavers may be missing from the reading.
        let unasked: [TargetName: SyncError]
        /// Looks at what people lose by it; nil if nobody does.
        var removals: RemovalCheck?
        /// Whether it has taken longer than it is good for: who was in the directory when it began may not be any more.
        var wasSlow = false
    }

    private typealias Outcome = Result<Reading, SyncError>

    /// For how long a reading is good, in seconds, counted from its end.
    ///
    /// Short beside the time that somebody takes to notice that a removal did not work; long enough for all targets of a run
    /// that nobody keeps waiting, so that the directory's quota is spent once.
    static let lifetime: Int64 = 30

    /// How long a session may wait for a reading, in seconds: servers end one that says nothing for a minute, and the lock with it.
    private static let longestWait: Int64 = 20

    /// How long a session may wait for the first reading, of which nobody knows yet how long it takes.
    private static let patienceWithFirst: Duration = .seconds(2)

    private let now: @Sendable () -> Timestamp
    private let read: @Sendable () async throws(SyncError) -> Reading
    private var latest: (outcome: Outcome, beganAt: Timestamp, endedAt: Timestamp)?
    private var underWay: Task<Outcome, Never>?
    /// What kept the directory from being read at first.
    ///
    /// The run has failed by that, however late a target asks.
    private var firstFailure: SyncError?

    /// Whether the run has failed because the directory could not be read.
    var haveFailed: Bool { firstFailure != nil }

    /// - Parameters:
    ///   - now: The clock that the age of readings is told by.
    ///   - read: Reads the directory.
    init(now: @escaping @Sendable () -> Timestamp, read: @escaping @Sendable () async throws(SyncError) -> Reading) {
        self.now = now
        self.read = read
    }

    /// The latest reading, or a new one if that is too old.
    ///
    /// A failure is good for as long as a reading, so that a source in trouble is not asked once for every target.
    ///
    /// - Throws: What kept the directory from being read.
    func current() async throws(SyncError) -> Reading {
        if let firstFailure { throw firstFailure }
        if underWay == nil, let latest, isGood(latest.endedAt) { return try latest.outcome.get() }
        let task = underWay ?? begin()
        return try await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }.get()
    }

    /// Whether a session may be open while ``current()`` is waited for: the latest reading is good, or took no time to speak of.
    ///
    /// The first is waited for: not for long, since a session that has the lock keeps others waiting, too.
    func areQuick() async -> Bool {
        if latest == nil { await wait(for: underWay ?? begin()) }
        guard let latest else { return false }
        if underWay == nil, isGood(latest.endedAt) { return true }
        return latest.endedAt <= latest.beganAt.advanced(bySeconds: Self.longestWait)
    }

    private func wait(for reading: Task<Outcome, Never>) async {
        let tooLate = SyncError(.timeout, "the directory is still being read")
        try? await withDeadline(.now + Self.patienceWithFirst, orThrow: tooLate) { _ = await reading.value }
    }

    /// Several who ask at once get one answer.
    private func begin() -> Task<Outcome, Never> {
        let task = Task {
            let beganAt = now()
            let found = await attempt()
            let endedAt = now()
            if latest == nil, case .failure(let failure) = found { firstFailure = failure }
            let outcome = found.map { reading in
                var reading = reading
                reading.wasSlow = !beganAt.isWithin(Self.lifetime, of: endedAt)
                return reading
            }
            latest = (outcome, beganAt, endedAt)
            underWay = nil
            return outcome
        }
        underWay = task
        return task
    }

    private func attempt() async -> Outcome {
        do throws(SyncError) {
            return .success(try await read())
        } catch {
            return .failure(error)
        }
    }

    /// A reading of the future is none: somebody has set the clock back.
    private func isGood(_ end: Timestamp) -> Bool { end.isWithin(Self.lifetime, of: now()) }
}
