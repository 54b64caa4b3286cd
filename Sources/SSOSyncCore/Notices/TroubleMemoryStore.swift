// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// Keeps what notifiers have told.
public protocol TroubleMemoryStore: Sendable {
    /// What a notifier has told.
    ///
    /// - Parameter notifier: Who told it.
    /// - Throws: If it cannot be read; then it is told again.
    func memory(of notifier: String) async throws -> TroubleMemory

    /// Keeps what a notifier has told.
    ///
    /// - Throws: If it cannot be kept; then it is told again by the next run.
    func keep(_ memory: TroubleMemory, of notifier: String) async throws
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

    /// Keeps what a notifier has told.
    public func keep(_ memory: TroubleMemory, of notifier: String) async throws {
        memories.withLock { $0[notifier] = memory }
    }
}
