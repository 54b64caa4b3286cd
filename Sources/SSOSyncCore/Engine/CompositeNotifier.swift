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

    /// A notifier that tells these, one after the other.
    public init(_ notifiers: [any Notifier]) { self.notifiers = notifiers }

    /// Tells all of them.
    ///
    /// - Throws: ``Failures`` once all have been told, if any of them threw.
    public func notify(_ report: SyncReport) async throws {
        var messages: [String] = []
        for notifier in notifiers {
            do {
                try await notifier.notify(report)
            } catch {
                messages.append("\(type(of: notifier)): \(error)")
            }
        }
        if !messages.isEmpty { throw Failures(messages: messages) }
    }
}
