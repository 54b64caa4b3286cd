// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SSOSyncAWS
internal import SSOSyncLambdaRuntime

/// Messages that come again, and when.
struct MessageReturns: Sendable {
    /// The queue that they came from; nil if it is not known, and then they come again when it says.
    let queue: SQSClient?
    let logger: Logger

    /// Keeps messages that come again from coming at once, and those that have come often for longer.
    ///
    /// - Parameters:
    ///   - failed: The ids of the messages.
    ///   - batch: What they are in.
    ///   - wide: The ids of those for which everyone is read.
    ///   - turn: In how many seconds everyone may be read again.
    ///   - atOnce: Whether they are to come at once all the same: to somebody else, as this process is to end.
    ///   - metrics: What is counted.
    func giveBack(
        _ failed: Set<String>,
        of batch: QueueBatch,
        wide: Set<String> = [],
        turn: Int = 0,
        atOnce: Bool = false,
        _ metrics: inout EmbeddedMetrics
    ) async {
        await giveBack(failed, of: batch, &metrics) {
            if atOnce { return 0 }
            guard wide.contains($0.id) else { return RedeliveryDelay.seconds(receiveCount: $0.receiveCount) }
            return RedeliveryDelay.seconds(receiveCount: $0.receiveCount, turn: turn)
        }
    }

    /// Has messages come again when their turn comes.
    ///
    /// - Parameters:
    ///   - waiting: The ids of the messages.
    ///   - batch: What they are in.
    ///   - turn: When it comes.
    ///   - metrics: What is counted.
    func giveBack(
        _ waiting: Set<String>,
        of batch: QueueBatch,
        until turn: ContinuousClock.Instant,
        _ metrics: inout EmbeddedMetrics
    ) async {
        let seconds = Self.seconds(until: ContinuousClock.now.duration(to: turn))
        await giveBack(waiting, of: batch, &metrics) { _ in seconds }
    }

    /// For how many seconds a message has to be hidden to come when a turn has come, and not a moment before.
    ///
    /// - Parameter turn: How long it is until then.
    static func seconds(until turn: Duration) -> Int { Int(max(.zero, turn).components.seconds) + 1 }

    private func giveBack(
        _ failed: Set<String>,
        of batch: QueueBatch,
        _ metrics: inout EmbeddedMetrics,
        after delay: (QueueBatch.Message) -> Int
    ) async {
        guard !failed.isEmpty else { return }
        let messages = batch.messages.filter { failed.contains($0.id) }
        metrics.count("MessagesReturned", by: messages.count)
        guard let queue else { return }
        let delayed = Dictionary(grouping: messages, by: delay)
        do {
            for (delay, group) in delayed.sorted(by: { $0.key < $1.key }) {
                _ = try await queue.changeVisibility(ofReceipts: group.compactMap(\.receiptHandle), to: delay)
            }
        } catch {
            logger.info("messages cannot be held back, and come again when the queue says: \(error)")
        }
    }
}
