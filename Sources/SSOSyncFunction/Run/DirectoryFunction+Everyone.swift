// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SSOSyncAWS
internal import SSOSyncCore
internal import SSOSyncDigest
internal import SSOSyncLambdaRuntime

/// Readings of everyone, by a queue of their own if there is one.
///
/// Its messages are one group, of which Lambda hands out one batch at a time, whichever process gets it: until one is answered
/// nobody else reads everyone, and those that events come to are free for people.
extension DirectoryFunction {
    /// A reading of everyone that has come about.
    struct WideReadingDone {
        /// When it began.
        let began: Timestamp
        /// The groups that it was for; nil for all.
        let groups: Set<GroupId>?

        /// By how much the clocks of the queue and of this process may differ, in seconds.
        private static let clockTolerance: Int64 = 5

        /// Whether a message was there before the reading, which was for it, too.
        func covers(_ item: EventBatch.Item, sent: Timestamp?) -> Bool {
            guard let sent, sent.advanced(bySeconds: Self.clockTolerance) <= began else { return false }
            guard let groups else { return true }
            return !item.scope.isUnbounded && item.scope.people.isEmpty && item.scope.groups.isSubset(of: groups)
        }
    }

    /// What of a batch is whose.
    struct Division {
        /// What is to be read for here.
        var own: [EventBatch.Item]
        /// What a reading has covered already.
        var covered: [EventBatch.Item] = []
        /// The ids of what somebody else reads for.
        var handedOn: Set<String> = []
        /// Whether somebody else was to read for something, and could not be told.
        var isTroubled = false
    }

    /// The queue that a batch came from, as far as it is known.
    func source(of messages: QueueBatch) -> SQSClient? {
        isForEveryone(messages) ? everyoneQueue : queue
    }

    /// Whether the messages are of the queue for readings of everyone.
    func isForEveryone(_ messages: QueueBatch) -> Bool {
        guard let name = everyoneQueue?.queueURL.split(separator: "/").last else { return false }
        return messages.messages.contains { $0.queueARN?.hasSuffix(":\(name)") ?? false }
    }

    /// Whether what everyone is to be read for is handed on.
    func handsOn(_ messages: QueueBatch) -> Bool { everyoneQueue != nil && !isForEveryone(messages) }

    /// Hands on what is not to be read for here, and finds what nobody has to read for any more.
    ///
    /// - Parameter wide: The ids of those that everyone is to be read for.
    func divide(
        _ batch: EventBatch,
        wide: Set<String>,
        of messages: QueueBatch,
        _ metrics: inout EmbeddedMetrics
    ) async -> Division {
        if handsOn(messages) {
            var division = Division(own: batch.items.filter { !wide.contains($0.id) })
            guard !wide.isEmpty else { return division }
            if await handOn(batch.items.filter { wide.contains($0.id) }, &metrics) {
                division.handedOn = wide
            } else {
                division.isTroubled = true
            }
            return division
        }
        guard isForEveryone(messages), let last = lastWideReading else { return Division(own: batch.items) }
        let sent = Dictionary(messages.messages.map { ($0.id, $0.sent) }) { first, _ in first }
        let covered = batch.items.filter { last.covers($0, sent: sent[$0.id] ?? nil) }
        metrics.count("WideReadingsSpared", by: covered.count)
        let ids = Set(covered.map(\.id))
        return Division(own: batch.items.filter { !ids.contains($0.id) }, covered: covered)
    }

    /// Sends one message for all of these.
    ///
    /// - Returns: Whether the queue has it.
    private func handOn(_ items: [EventBatch.Item], _ metrics: inout EmbeddedMetrics) async -> Bool {
        let scope = items.reduce(into: EventScope()) { $0.formUnion($1.scope) }
        let reading = WideReading(
            because: scope,
            isSecond: items.allSatisfy(\.isSecond),
            time: items.compactMap(\.time).min()
        )
        // The same messages may come twice; but other messages are not the same, be it that they say the same.
        let ids = items.map(\.id).sorted().joined(separator: " ")
        do {
            try await everyoneQueue?.sendMessage(
                reading.text,
                groupId: "everyone",
                deduplicationId: SHA256.digest(Array(ids.utf8)).hexadecimal
            )
            metrics.count("WideReadings")
            return true
        } catch {
            metrics.count("WideReadingsNotSent")
            logger.error("a reading of everyone cannot be handed on, and what asked for it comes again: \(error)")
            return false
        }
    }

    /// Whether more messages may wait behind these than can be handled at once: those are of interest, too, whatever groups they
    /// are about, or each would take a reading.
    func mayBeFollowed(_ messages: QueueBatch) -> Bool {
        isForEveryone(messages) && messages.messages.count >= SQSClient.batchLimit
    }

    // MARK: The turn of everyone

    /// How much longer than the invocation messages are hidden.
    private static let grace = 60

    /// Has messages for everyone come again soon after the invocation if its process is ended: meanwhile nobody reads everyone, and
    /// the queue would have hidden them for several times as long.
    func claim(_ messages: QueueBatch, _ budget: TimeBudget) async {
        guard isForEveryone(messages) else { return }
        let seconds = MessageReturns.seconds(until: budget.left) + Self.grace
        await returns(of: messages).hide(messages.messages, for: seconds)
    }

    /// Waits until everyone may be read again, if everyone was: the next batch may come to a process that has not heard of it.
    ///
    /// What comes again keeps others from coming until then anyway.
    func keepTurn(_ outcome: BatchOutcome, of messages: QueueBatch, _ budget: TimeBudget) async {
        guard isForEveryone(messages), outcome.hasReadEveryone, outcome.failed.isEmpty else { return }
        let left = coalescer.nextWideReading.millisecondsSince1970 - Timestamp.now.millisecondsSince1970
        guard left > 0, budget.mayBegin(after: .milliseconds(left)) else { return }
        // Ends at once if the process has to.
        try? await Task.sleep(for: .milliseconds(left))
    }

    /// A batch without messages for everyone that have come so often that they are the schedule's: it reads everyone, too, and they
    /// keep others from coming.
    func givingUp(_ messages: QueueBatch, _ metrics: inout EmbeddedMetrics) -> QueueBatch {
        guard isForEveryone(messages) else { return messages }
        let others = messages.messages.filter { $0.receiveCount ?? 1 <= Self.mostReceptions }
        let count = messages.messages.count - others.count
        guard count > 0 else { return messages }
        metrics.count("WideReadingsGivenUp", by: count)
        logger.error("a reading of everyone was asked for too often, and is left to the schedule")
        return QueueBatch(others)
    }

    /// As often as messages of the queue of events come until they are dead letters.
    private static let mostReceptions = 10
}
