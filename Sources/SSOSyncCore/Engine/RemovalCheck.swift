// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncConcurrency

/// Has groups looked up anew before anybody loses anything because he is in none of them, by a reading of some people.
///
/// A source may remember for a while which group has a name, and what a directory says of the members of a group that is gone by then
/// may be that there are none. A group that is there after the reading, and is the one that was asked about, was there in it.
actor RemovalCheck {
    /// How long that may take, while a session waits: servers end one that says nothing for a minute.
    private static let patience: Duration = .seconds(30)

    private let directory: Directory
    private let read: @Sendable (Set<GroupName>) async throws(SyncError) -> [GroupName: GroupId]
    /// What was found since the reading, for several targets of which people lose something.
    private var lookUps: [GroupName: Task<[GroupName: GroupId], any Error>] = [:]

    /// - Parameters:
    ///   - directory: The reading by which people lose something.
    ///   - read: Looks groups up anew.
    init(
        _ directory: Directory,
        read: @escaping @Sendable (Set<GroupName>) async throws(SyncError) -> [GroupName: GroupId]
    ) {
        (self.directory, self.read) = (directory, read)
    }

    /// Who is to lose nothing now, and why.
    ///
    /// - Throws: `CancellationError` if the task was cancelled.
    func obstacles(to grounds: RemovalGrounds) async throws -> [UserId: OperationOutcome.Result] {
        guard !grounds.groups.isEmpty else { return [:] }
        do {
            let ids = try await ids(of: grounds.groups.values.reduce(into: []) { $0.formUnion($1) })
            return grounds.obstacles(directory, ids).mapValues { .failed($0) }
        } catch {
            try Task.checkCancellation()
            let failure = Self.failure(TargetRun.syncError(error))
            return grounds.groups.mapValues { _ in .failed(failure) }
        }
    }

    private static func failure(_ reason: SyncError) -> SyncError {
        // What is missing says enough.
        guard reason.missingGroups.isEmpty else { return reason }
        return SyncError(
            reason.code == .cancelled ? .timeout : reason.code,
            "access is not taken away before groups were looked up once more, which has failed: \(reason.message)"
        )
    }

    /// The groups' ids; what another target has asked about, or asks about now, is not asked again.
    private func ids(of groups: Set<GroupName>) async throws -> [GroupName: GroupId] {
        let unasked = groups.filter { lookUps[$0] == nil }
        if !unasked.isEmpty {
            let task = Task { [read] in try await read(unasked) }
            for group in unasked { lookUps[group] = task }
        }
        let tasks = Set(groups.compactMap { lookUps[$0] })
        let late = SyncError(.timeout, "the directory has not answered in time")
        return try await withDeadline(.now + Self.patience, orThrow: late) {
            try await withTaskCancellationHandler {
                var ids: [GroupName: GroupId] = [:]
                for task in tasks { ids.merge(try await task.value) { $1 } }
                return ids
            } onCancel: {
                for task in tasks { task.cancel() }
            }
        }
    }
}
