// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SSOSyncAWS
internal import SSOSyncCore
internal import SSOSyncLambdaRuntime

/// Batches of messages from the queue that events come from.
extension DirectoryFunction {
    /// How many unknown shapes are logged; the others are only counted.
    private static let shapeLimit = 100

    /// Reads whom messages concern, and sees to what is to come again.
    ///
    /// - Returns: Which of the messages are.
    func answer(
        _ messages: QueueBatch,
        _ budget: TimeBudget,
        _ metrics: inout EmbeddedMetrics
    ) async -> [UInt8] {
        await claim(messages, budget)
        let messages = givingUp(messages, &metrics)
        let outcome = await read(messages, returningAtMost: mostWaits(of: messages), budget, &metrics)
        await request(outcome.second, &metrics)
        await giveBack(outcome, of: messages, &metrics)
        if let turn = outcome.turn, !outcome.waiting.isEmpty {
            await returns(of: messages).giveBack(outcome.waiting, of: messages, until: turn, &metrics)
        }
        // Another process may get the messages, and nobody is to wait here for what that one has read.
        if !outcome.wide.isEmpty || isForEveryone(messages) {
            coalescer.withdrawEveryone()
            wideGroups = []
        }
        await keepTurn(outcome, of: messages, budget)
        return messages.response(failed: outcome.failed)
    }

    /// How often a message may come again because it waits for the turn of everyone: while somebody slept until then, whoever leaves
    /// would wait, too.
    private func mostWaits(of messages: QueueBatch) -> Int {
        guard source(of: messages) != nil else { return 0 }
        // There is no other way for the next process to know of the turn.
        return isForEveryone(messages) ? .max : RedeliveryDelay.mostWaits
    }

    /// Reads whom messages concern.
    ///
    /// - Parameter limit: How often a message may come again because it waits for the turn of everyone, when only that is left. Until
    ///   then the caller is told when it comes, can read others meanwhile, and brings the messages that wait again; after that, the
    ///   turn is waited for.
    func read(
        _ messages: QueueBatch,
        returningAtMost limit: Int,
        _ budget: TimeBudget,
        _ metrics: inout EmbeddedMetrics
    ) async -> BatchOutcome {
        let batch = EventBatch(messages, decoder: decoder)
        note(batch, &metrics)
        // Of an event about anybody that somebody else reads for, nothing has to be looked up.
        let known = handsOn(messages) ? batch.scope(where: { !$0.isUnbounded }) : batch.scope
        guard let mapped = await mapped(known, budget, &metrics) else {
            return await unmapped(batch, of: messages, &metrics)
        }
        metrics.count("GroupsUnmapped", by: known.groups.count - mapped.scope.groups.count)
        let wide = Set(batch.items.filter { isWide(mapped.part(of: $0.scope)) }.map(\.id))
        let division = await divide(batch, wide: wide, of: messages, &metrics)
        var scope = division.own.reduce(into: EventScope()) { $0.formUnion(mapped.part(of: $1.scope)) }
        if mayBeFollowed(messages), !scope.isEmpty { scope = .unbounded }
        coalescer.add(wanted(scope), at: .now)
        let own = Set(division.own.map(\.id)).intersection(wide)
        let isPatient = messages.messages.contains { own.contains($0.id) && ($0.receiveCount ?? 1) > limit }
        var progress = Progress(gravest: division.isTroubled ? .failed : .done)
        while !progress.done.covers(scope), let turn = await turn(isPatient, budget, &progress) {
            await read(turn, scope.people.subtracting(progress.done.people), budget, &progress, &metrics)
        }
        let outcome = outcome(of: batch, division, mapped, wide: own, progress, budget, &metrics)
        let (count, concerning) = (messages.messages.count, batch.items.count)
        logger.info(
            "a batch of messages is handled",
            metadata: [
                "messages": "\(count)", "concerning": "\(concerning)", "done": "\(concerning - outcome.failed.count)",
            ]
        )
        return outcome
    }

    /// What follows for a batch once there was an end to its readings.
    ///
    /// - Parameter wide: The ids of those that everyone was to be read for here.
    private func outcome(
        of batch: EventBatch,
        _ division: Division,
        _ mapped: ScopeResolver.Mapped,
        wide: Set<String>,
        _ progress: Progress,
        _ budget: TimeBudget,
        _ metrics: inout EmbeddedMetrics
    ) -> BatchOutcome {
        let done = division.covered + division.own.filter { progress.done.covers(mapped.part(of: $0.scope)) }
        // Whom nothing maps, nobody has read.
        for item in done where !mapped.part(of: item.scope).isEmpty { record(item, &metrics) }
        let failed = batch.messages.subtracting(done.map(\.id)).subtracting(division.handedOn)
        let returning = failed.intersection(wide)
        let waiting = progress.turn == nil ? [] : returning
        if failed != waiting, progress.gravest == .done { noteEnd(budget, &metrics) }
        return BatchOutcome(
            failed: failed,
            wide: returning,
            waiting: waiting,
            turn: progress.turn,
            hasReadEveryone: progress.hasReadEveryone,
            second: secondReadings(of: done, mapped)
        )
    }

    /// What becomes of a batch whose groups cannot be looked up.
    private func unmapped(
        _ batch: EventBatch,
        of messages: QueueBatch,
        _ metrics: inout EmbeddedMetrics
    ) async -> BatchOutcome {
        guard handsOn(messages) else {
            return BatchOutcome(failed: batch.messages, wide: Set(batch.items.filter { isWide($0.scope) }.map(\.id)))
        }
        let anybodys = Set(batch.items.filter(\.scope.isUnbounded).map(\.id))
        let division = await divide(batch, wide: anybodys, of: messages, &metrics)
        return BatchOutcome(failed: batch.messages.subtracting(division.handedOn))
    }

    private func note(_ batch: EventBatch, _ metrics: inout EmbeddedMetrics) {
        for (reason, count) in batch.dropped {
            metrics.count(
                "EventsDropped\(reason.rawValue.prefix(1).uppercased())\(reason.rawValue.dropFirst())",
                by: count
            )
        }
        for (shape, count) in batch.unknown {
            metrics.count("EventsUnknown", by: count)
            guard shapes.count < Self.shapeLimit, shapes.insert(shape).inserted else { continue }
            logger.warning("a message is no event that is known", metadata: ["shape": "\(shape)"])
        }
    }

    /// How long it took from the event to now.
    private func record(_ item: EventBatch.Item, _ metrics: inout EmbeddedMetrics) {
        guard let time = item.time else { return }
        let milliseconds = Timestamp.now.millisecondsSince1970 - time.millisecondsSince1970
        metrics.record("EventToDone", Double(max(0, milliseconds)) / 1_000, unit: .seconds)
    }
}
