// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncConcurrency

/// Asks the directory again about those whom a reading lets in that took a while, or who lose something by one of everyone.
///
/// Who has left while it went on, and had no account yet, has no marker that would tell: the event has found nothing to do. And
/// groups are listed one after another: who goes from one to another meanwhile may be found in neither.
actor SecondLook {
    /// More people than this are not asked about: at the default rate there is no time for them, and a first run for thousands would never
    /// come to its end.
    static let mostPeople = 50

    /// How many are asked about in one reading, so that those have an answer of whom there was time to ask.
    private static let peopleAtOnce = 10

    private let patience: Duration

    private let now: @Sendable () -> Timestamp
    private let read: @Sendable (Set<UserId>) async throws(SyncError) -> Directory
    /// What was found lately, for other targets.
    private var found: [UserId: Directory] = [:]
    private var underWay: [UserId: Task<Directory, any Error>] = [:]

    /// - Parameters:
    ///   - now: The clock that the age of readings is told by.
    ///   - patience: For how long all of them may be asked about, while a session waits.
    ///   - read: Reads people in all groups.
    init(
        now: @escaping @Sendable () -> Timestamp,
        patience: Duration = .seconds(20),
        read: @escaping @Sendable (Set<UserId>) async throws(SyncError) -> Directory
    ) {
        self.now = now
        self.patience = patience
        self.read = read
    }

    /// Who is not to be let in now, and why: whoever is another one by now waits for the run that is about that, whoever there was no
    /// time to ask about waits for the next one, and whoever could not be asked about has failed.
    ///
    /// - Throws: `CancellationError` if the task was cancelled.
    func obstacles(
        to people: Set<UserId>,
        by directory: Directory
    ) async throws -> [UserId: OperationOutcome.Result] {
        guard people.count <= Self.mostPeople else { return [:] }
        let deadline = ContinuousClock.now + patience
        let sorted = people.sorted()
        var results: [UserId: OperationOutcome.Result] = [:]
        for start in stride(from: 0, to: sorted.count, by: Self.peopleAtOnce) {
            let part = sorted[start..<min(start + Self.peopleAtOnce, sorted.count)]
            results.merge(try await obstacles(to: part, by: directory, until: deadline)) { $1 }
        }
        return results
    }

    /// Who is to lose nothing now, and why: whoever is by now in a group for want of which something would be taken.
    ///
    /// Where the directory does not say so in time, the reading stands: whoever has left is out, be there an answer or not.
    ///
    /// - Parameters:
    ///   - grounds: For want of which groups who loses something.
    ///   - directory: The reading.
    ///   - limit: When to ask no more.
    /// - Throws: `CancellationError` if the task was cancelled.
    func obstacles(
        to grounds: RemovalGrounds,
        by directory: Directory,
        until limit: ContinuousClock.Instant
    ) async throws -> [UserId: OperationOutcome.Result] {
        guard grounds.groups.count <= Self.mostPeople else { return [:] }
        let deadline = min(ContinuousClock.now + patience, limit)
        let late = SyncError(.timeout, "the directory has not answered in time")
        let sorted = grounds.groups.keys.sorted()
        var results: [UserId: OperationOutcome.Result] = [:]
        for start in stride(from: 0, to: sorted.count, by: Self.peopleAtOnce) where ContinuousClock.now < deadline {
            let part = sorted[start..<min(start + Self.peopleAtOnce, sorted.count)]
            let latest = try? await withDeadline(deadline, orThrow: late) {
                do {
                    return try await self.latest(of: part, since: directory.asOf)
                } catch {
                    // Another target may have run out of time, and it was its question.
                    guard !Task.isCancelled, TargetRun.syncError(error).code == .cancelled else { throw error }
                    return try await self.latest(of: part, since: directory.asOf)
                }
            }
            try Task.checkCancellation()
            for user in part {
                let groups = grounds.groups[user] ?? []
                guard let joined = latest?[user]?.groups(among: groups, of: user).min() else { continue }
                let reason =
                    "group \(joined) has them by now, and had not in the reading of \(directory.asOf): nothing is taken by that, the "
                    + "next run reads again"
                results[user] = .failed(SyncError(.source, reason))
            }
        }
        return results
    }

    private func obstacles(
        to people: ArraySlice<UserId>,
        by directory: Directory,
        until deadline: ContinuousClock.Instant
    ) async throws -> [UserId: OperationOutcome.Result] {
        let late = SyncError(.cancelled, "there was no time to ask the directory whether that still holds")
        do {
            guard ContinuousClock.now < deadline else { throw late }
            let latest = try await withDeadline(deadline, orThrow: late) {
                try await self.latest(of: people, since: directory.asOf)
            }
            let others = people.filter { latest[$0]?.agrees(with: directory, on: $0) != true }
            let reason = "the directory has changed since the reading of \(directory.asOf)"
            return Dictionary(uniqueKeysWithValues: others.map { ($0, .deferred(because: reason)) })
        } catch {
            try Task.checkCancellation()
            let reason = TargetRun.syncError(error)
            // Another target may have run out of time, and it was its question.
            guard reason.code != .cancelled else {
                return Dictionary(uniqueKeysWithValues: people.map { ($0, .deferred(because: late.message)) })
            }
            let failure = SyncError(
                reason.code,
                "the directory could not be asked whether that still holds: \(reason.message)"
            )
            return Dictionary(uniqueKeysWithValues: people.map { ($0, .failed(failure)) })
        }
    }

    /// What the directory says of people now; several targets that ask get one answer.
    ///
    /// - Parameters:
    ///   - people: The people.
    ///   - asOf: When the reading began that is in question: an answer from before it is none.
    private func latest(of people: ArraySlice<UserId>, since asOf: Timestamp) async throws -> [UserId: Directory] {
        let now = now()
        let known = found.filter {
            people.contains($0.key) && $0.value.asOf >= asOf
                && $0.value.asOf.isWithin(DirectoryReadings.lifetime, of: now)
        }
        let others = people.filter { known[$0] == nil }
        let unasked = Set(others.filter { underWay[$0] == nil })
        if !unasked.isEmpty {
            let task = Task { [read] in try await read(unasked) }
            for user in unasked { underWay[user] = task }
        }
        let tasks = others.map { ($0, underWay[$0]) }
        defer { for user in others { underWay[user] = nil } }
        for (user, task) in tasks {
            guard let task else { continue }
            found[user] = try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        }
        return found.filter { $0.value.asOf >= asOf }
    }
}

extension Directory {
    /// Whether two readings say the same of somebody.
    fileprivate func agrees(with other: Directory, on user: UserId) -> Bool {
        id == other.id && person(user) == other.person(user) && groups(of: user) == other.groups(of: user)
    }

    /// Which of some groups give somebody something.
    fileprivate func groups(among names: Set<GroupName>, of user: UserId) -> Set<GroupName> {
        guard person(user)?.isEnabled == true else { return [] }
        return names.filter { groups[$0]?.members.contains(user) == true }
    }

    private func person(_ user: UserId) -> Person? { place(of: user).map { people[$0] } }

    private func groups(of user: UserId) -> Set<GroupId> {
        Set(groups.values.lazy.filter { $0.members.contains(user) }.map(\.id))
    }
}
