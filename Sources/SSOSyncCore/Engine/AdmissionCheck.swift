// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncConcurrency

/// Asks the directory again about those whom a reading lets in that took a while.
///
/// Who has left while it went on, and had no account yet, has no marker that would tell: the event has found nothing to do.
actor AdmissionCheck {
    /// More people than this are not asked about, one by one: that would take longer than the reading itself.
    static let mostPeople = 20

    /// For how long all of them may be asked about, while a session waits.
    private static let patience: Duration = .seconds(20)

    private let now: @Sendable () -> Timestamp
    private let read: @Sendable (UserId) async throws(SyncError) -> Directory
    /// What was found lately, for other targets.
    private var found: [UserId: Directory] = [:]
    private var underWay: [UserId: Task<Directory, any Error>] = [:]

    /// - Parameters:
    ///   - now: The clock that the age of readings is told by.
    ///   - read: Reads somebody in all groups.
    init(
        now: @escaping @Sendable () -> Timestamp,
        read: @escaping @Sendable (UserId) async throws(SyncError) -> Directory
    ) {
        self.now = now
        self.read = read
    }

    /// Who is not to be let in now, and why: whoever is another one by now waits for the run that is about that, and whoever could not
    /// be asked about has failed.
    ///
    /// - Throws: `CancellationError` if the task was cancelled.
    func obstacles(
        to people: Set<UserId>,
        by directory: Directory
    ) async throws -> [UserId: OperationOutcome.Result] {
        guard people.count <= Self.mostPeople else { return [:] }
        let deadline = ContinuousClock.now + Self.patience
        var obstacles: [UserId: OperationOutcome.Result] = [:]
        for user in people.sorted() { obstacles[user] = try await obstacle(to: user, by: directory, until: deadline) }
        return obstacles
    }

    private func obstacle(
        to user: UserId,
        by directory: Directory,
        until deadline: ContinuousClock.Instant
    ) async throws -> OperationOutcome.Result? {
        let late = SyncError(.timeout, "it has not answered in time")
        do {
            let latest = try await withDeadline(deadline, orThrow: late) { try await self.latest(of: user) }
            guard !latest.agrees(with: directory, on: user) else { return nil }
            return .deferred(because: "the directory has changed since the reading of \(directory.asOf)")
        } catch {
            try Task.checkCancellation()
            let reason = TargetRun.syncError(error)
            return .failed(
                SyncError(reason.code, "the directory could not be asked whether that still holds: \(reason.message)")
            )
        }
    }

    /// What the directory says of somebody now; several targets that ask get one answer.
    private func latest(of user: UserId) async throws -> Directory {
        if let directory = found[user], directory.asOf.isWithin(DirectoryReadings.lifetime, of: now()) {
            return directory
        }
        let task = underWay[user] ?? Task { [read] in try await read(user) }
        underWay[user] = task
        defer { underWay[user] = nil }
        let directory = try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
        found[user] = directory
        return directory
    }
}

extension Directory {
    /// Whether two readings say the same of somebody.
    fileprivate func agrees(with other: Directory, on user: UserId) -> Bool {
        id == other.id && person(user) == other.person(user) && groups(of: user) == other.groups(of: user)
    }

    private func person(_ user: UserId) -> Person? { place(of: user).map { people[$0] } }

    private func groups(of user: UserId) -> Set<GroupId> {
        Set(groups.values.lazy.filter { $0.members.contains(user) }.map(\.id))
    }
}
