// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// What is sent to all spokes that map the same groups: made once, when the first of them is to have it.
actor SharedTexts {
    private let make: @Sendable (Set<GroupName>) async throws -> [String]
    private var texts: [Set<GroupName>: Task<[String], any Error>] = [:]

    /// - Parameter make: Makes what spokes with these groups are sent.
    init(_ make: @escaping @Sendable (Set<GroupName>) async throws -> [String]) { self.make = make }

    /// What spokes with these groups are sent; with whoever waits for it, it is cancelled for all.
    func texts(for groups: Set<GroupName>) async throws -> [String] {
        let task = texts[groups] ?? Task { [make] in try await make(groups) }
        texts[groups] = task
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }
}
