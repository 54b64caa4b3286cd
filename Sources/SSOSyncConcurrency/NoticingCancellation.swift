// SPDX-License-Identifier: Apache-2.0

private import Synchronization

/// Whether the task that waits for something was cancelled.
package final class CancellationNotice: Sendable {
    private let state = Atomic(false)

    /// Whether it was.
    package var isPosted: Bool { state.load(ordering: .relaxed) }

    /// Of a task that is cancelled as usual.
    package init() {}

    fileprivate func post() { state.store(true, ordering: .relaxed) }
}

/// Runs something that is not broken off when the task is cancelled, since it would leave worse behind, but can find out.
///
/// - Parameters:
///   - grace: After how long it is broken off all the same; nil for never.
///   - body: What is run.
/// - Throws: What `body` throws.
package func noticingCancellation<Value: Sendable>(
    grace: Duration? = nil,
    _ body: @escaping @Sendable (CancellationNotice) async throws -> Value
) async throws -> Value {
    let notice = CancellationNotice()
    let work = Task { try await body(notice) }
    return try await withTaskCancellationHandler {
        try await work.value
    } onCancel: {
        notice.post()
        guard let grace else { return }
        Task {
            try? await Task.sleep(for: grace)
            work.cancel()
        }
    }
}
