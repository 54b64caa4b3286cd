// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SSOSyncAWS
internal import SSOSyncConcurrency
internal import SSOSyncLambdaRuntime

/// Messages that come again, and when; and those that do not.
struct MessageReturns: Sendable {
    /// The queue that they came from; nil if it is not known, and then they come again when it says.
    let queue: SQSClient?
    let logger: Logger

    /// How many calls there are at a time: a thousand messages take a hundred, and there may be two seconds.
    private static let concurrentCalls = 8
    /// How long it may take; where nobody answers, nobody is held back by more calls.
    private static let timeLimit: Duration = .seconds(10)
    private static let notHeldBack = "messages could not be held back, and come again when the queue says"

    /// Keeps messages that come again from coming at once, and those that have come often for longer.
    ///
    /// - Parameters:
    ///   - failed: The ids of the messages.
    ///   - batch: What they are in.
    ///   - wide: The ids of those for which everyone is read.
    ///   - turn: In how many seconds everyone may be read again.
    ///   - keepsOthersBack: Whether nothing else comes from the queue before these do: no longer than until the turn then.
    ///   - atOnce: Whether they are to come at once all the same: to somebody else, as this process is to end.
    ///   - metrics: What is counted.
    func giveBack(
        _ failed: Set<String>,
        of batch: QueueBatch,
        wide: Set<String> = [],
        turn: Int = 0,
        keepsOthersBack: Bool = false,
        atOnce: Bool = false,
        _ metrics: inout EmbeddedMetrics
    ) async {
        await giveBack(failed, of: batch, &metrics) {
            if atOnce { return 0 }
            guard wide.contains($0.id) else { return RedeliveryDelay.seconds(receiveCount: $0.receiveCount) }
            return RedeliveryDelay.seconds(receiveCount: keepsOthersBack ? nil : $0.receiveCount, turn: turn)
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

    /// Hides messages for so many seconds from now on.
    func hide(_ messages: [QueueBatch.Message], for seconds: Int) async {
        await make(Call.each(messages, delay: seconds), Self.notHeldBack)
    }

    /// Takes messages that are done with out of the queue.
    func delete(_ messages: [QueueBatch.Message]) async {
        await make(Call.each(messages, delay: nil), "messages that are done with could not be deleted, and come again")
    }

    private func giveBack(
        _ failed: Set<String>,
        of batch: QueueBatch,
        _ metrics: inout EmbeddedMetrics,
        after delay: (QueueBatch.Message) -> Int
    ) async {
        guard !failed.isEmpty else { return }
        let messages = batch.messages.filter { failed.contains($0.id) }
        metrics.count("MessagesReturned", by: messages.count)
        let calls = Dictionary(grouping: messages, by: delay).flatMap { delay, group in
            Call.each(group, delay: delay)
        }
        await make(calls, Self.notHeldBack)
    }

    /// Messages that are hidden for as long, or deleted, by one call.
    private struct Call: Sendable {
        let receipts: [String]
        /// Nil if they are deleted.
        let delay: Int?

        static func each(_ messages: [QueueBatch.Message], delay: Int?) -> [Call] {
            stride(from: 0, to: messages.count, by: SQSClient.batchLimit).map { start in
                let part = messages[start..<min(start + SQSClient.batchLimit, messages.count)]
                return Call(receipts: part.compactMap(\.receiptHandle), delay: delay)
            }
        }

        /// - Returns: For how many messages the queue has not done it.
        func make(_ queue: SQSClient) async throws -> Int {
            guard let delay else { return try await queue.deleteMessages(ofReceipts: receipts) }
            return try await queue.changeVisibility(ofReceipts: receipts, to: delay)
        }
    }

    /// Makes calls in time, and says for how many messages it was not done.
    private func make(_ calls: [Call], _ complaint: String) async {
        guard let queue, !calls.isEmpty else { return }
        let (left, _) = await untilTime(.now + Self.timeLimit) { await Self.make(calls, queue) }
        guard left.count > 0 else { return }
        logger.warning(
            "\(complaint): \(left.reason ?? "it has refused them")",
            metadata: ["messages": "\(left.count)"]
        )
    }

    /// Makes all calls, whatever becomes of some.
    ///
    /// - Returns: For how many messages it was not done, and why; nil if the queue has not said.
    private static func make(_ calls: [Call], _ queue: SQSClient) async -> (count: Int, reason: String?) {
        await withTaskGroup(of: (count: Int, reason: String?).self) { group in
            var waiting = calls.makeIterator()
            func next() {
                guard let call = waiting.next() else { return }
                group.addTask {
                    do {
                        return (try await call.make(queue), nil)
                    } catch {
                        return (call.receipts.count, "\(error)")
                    }
                }
            }
            for _ in 0..<Self.concurrentCalls { next() }
            var left: (count: Int, reason: String?) = (0, nil)
            while let ended = await group.next() {
                left = (left.count + ended.count, left.reason ?? ended.reason)
                next()
            }
            return left
        }
    }
}
