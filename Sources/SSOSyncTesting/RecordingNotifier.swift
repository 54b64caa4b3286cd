// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore
internal import Synchronization

/// A notifier that keeps what it was told, and fails if it is told to.
public final class RecordingNotifier: Notifier {
    private let storage = Mutex<[SyncReport]>([])
    private let failure: SyncError?

    /// A notifier.
    ///
    /// - Parameter failure: What it throws, once it has kept the report; nil for nothing.
    public init(failure: SyncError? = nil) { self.failure = failure }

    /// The reports, in order.
    public var reports: [SyncReport] { storage.withLock { $0 } }

    /// Keeps the report.
    public func notify(_ report: SyncReport) async throws {
        storage.withLock { $0.append(report) }
        if let failure { throw failure }
    }
}
