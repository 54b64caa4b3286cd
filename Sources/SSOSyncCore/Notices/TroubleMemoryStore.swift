// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// Keeps what notifiers have told.
public protocol TroubleMemoryStore: Sendable {
    /// What a notifier has told.
    ///
    /// - Parameter notifier: Who told it.
    /// - Throws: If it cannot be read; then it is told again.
    func memory(of notifier: String) async throws -> TroubleMemory

    /// Changes what a notifier has told.
    ///
    /// ## Implementation guidance
    /// Read, change and keep in one step: somebody else may tell the same people of another target meanwhile, and what is
    /// lost of that hides trouble that comes back.
    ///
    /// - Parameters:
    ///   - notifier: Who told it.
    ///   - change: Makes the new memory of the one that there is.
    /// - Throws: If it cannot be kept; then it is told again by the next run.
    func update(_ notifier: String, _ change: @Sendable (TroubleMemory) -> TroubleMemory) async throws
}

/// Keeps what notifiers have told as long as the process lasts.
public final class ProcessTroubleMemory: TroubleMemoryStore {
    private let memories = Mutex<[String: TroubleMemory]>([:])

    /// Nothing has been told yet.
    public init() {}

    /// What a notifier has told since the process began.
    public func memory(of notifier: String) async throws -> TroubleMemory {
        memories.withLock { $0[notifier] ?? TroubleMemory() }
    }

    /// Changes what a notifier has told.
    public func update(_ notifier: String, _ change: @Sendable (TroubleMemory) -> TroubleMemory) async throws {
        memories.withLock { $0[notifier] = change($0[notifier] ?? TroubleMemory()) }
    }
}
