// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SSOSyncAWS
internal import SSOSyncConcurrency
internal import SSOSyncCore

/// What the directory says of people who have lost a group, for all copies of a snapshot that is to be replaced: asked once.
actor SharedLook {
    /// For how long people may be asked about.
    private static let patience: Duration = .seconds(20)

    private let logger: Logger
    private let read: @Sendable (Set<UserId>) async throws -> Directory
    private var looks: [Set<UserId>: Task<Directory, any Error>] = [:]

    /// - Parameters:
    ///   - logger: Where it says that there was no answer.
    ///   - read: Reads people anew.
    init(_ logger: Logger, read: @escaping @Sendable (Set<UserId>) async throws -> Directory) {
        (self.logger, self.read) = (logger, read)
    }

    /// What the directory says of people now.
    func latest(of people: Set<UserId>) async throws -> Directory {
        let task =
            looks[people]
            ?? Task { [logger, read] in
                let late = SyncError(.timeout, "the directory has not answered in time")
                do {
                    return try await withDeadline(.now + Self.patience, orThrow: late) { try await read(people) }
                } catch {
                    logger.warning(
                        "the snapshot is written although it could not be asked once more about who has lost a group: \(error)",
                        metadata: ["people": "\(people.count)"]
                    )
                    throw error
                }
            }
        looks[people] = task
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }
}
