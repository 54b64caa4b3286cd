// SPDX-License-Identifier: Apache-2.0

/// Tells several notifiers.
///
/// One that fails keeps no other from being told.
public struct CompositeNotifier: Notifier {
    /// Notifiers that failed.
    public struct Failures: Error, CustomStringConvertible {
        /// What each of them threw.
        public let messages: [String]
        /// All messages.
        public var description: String { messages.joined(separator: "; ") }
    }

    private let notifiers: [any Notifier]

    /// A notifier that tells these, all at once: one that waits for an answer keeps no other waiting.
    public init(_ notifiers: [any Notifier]) { self.notifiers = notifiers }

    /// Tells all of them.
    ///
    /// - Throws: ``Failures`` once all have been told, if any of them threw.
    public func notify(_ report: SyncReport) async throws {
        let failures = await withTaskGroup(of: (Int, String)?.self) { group in
            for (index, notifier) in notifiers.enumerated() {
                group.addTask {
                    do {
                        try await notifier.notify(report)
                        return nil
                    } catch {
                        return (index, "\(type(of: notifier)): \(error)")
                    }
                }
            }
            return await group.reduce(into: [(Int, String)]()) { failures, failure in
                if let failure { failures.append(failure) }
            }
        }
        let messages = failures.sorted { $0.0 < $1.0 }.map(\.1)
        if !messages.isEmpty { throw Failures(messages: messages) }
    }
}
