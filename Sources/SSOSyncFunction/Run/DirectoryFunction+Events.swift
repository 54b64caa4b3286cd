// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SSOSyncAWS
internal import SSOSyncCore
internal import SSOSyncLambdaRuntime

/// Batches of messages from the queue that events come from.
extension DirectoryFunction {
    /// After how many seconds the same is read once more: a directory may lag behind its events.
    private static let secondReadingDelay = 120
    /// How many unknown shapes are logged; the others are only counted.
    private static let shapeLimit = 100

    /// What follows from the readings of a batch.
    struct BatchOutcome: Sendable {
        /// The ids of messages that are to come again.
        let failed: Set<String>
        /// The ids of those among them for which everyone is read.
        var wide: Set<String> = []
        /// The ids of those of these that wait for the turn of everyone.
        var waiting: Set<String> = []
        /// When that comes; nil if none waits.
        var turn: ContinuousClock.Instant?
        /// Whom to read once more.
        var second: [SecondReading] = []
    }

    /// What the readings of a batch have come to.
    private struct Progress {
        /// Whom they have covered.
        var done = EventScope()
        var gravest = RunDisposition.done
        /// When the turn of everyone comes, if nobody waited for it.
        var turn: ContinuousClock.Instant?
    }

    /// Reads whom messages concern, and sees to what is to come again.
    ///
    /// - Returns: Which of the messages are.
    func answer(
        _ messages: QueueBatch,
        _ budget: TimeBudget,
        _ metrics: inout EmbeddedMetrics
    ) async -> [UInt8] {
        // While somebody slept until the turn of everyone, whoever leaves would wait, too.
        let outcome = await read(
            messages,
            returningAtMost: queue == nil ? 0 : RedeliveryDelay.mostWaits,
            budget,
            &metrics
        )
        await request(outcome.second, &metrics)
        await giveBack(outcome, of: messages, &metrics)
        if let turn = outcome.turn, !outcome.waiting.isEmpty {
            await returns.giveBack(outcome.waiting, of: messages, until: turn, &metrics)
            // Another process may get the messages, and nobody is to wait here for what that one has read.
            coalescer.withdrawEveryone()
            wideGroups = []
        }
        return messages.response(failed: outcome.failed)
    }

    /// Gives back what has failed.
    ///
    /// - Parameter atOnce: Whether it is to come at once all the same.
    func giveBack(
        _ outcome: BatchOutcome,
        of messages: QueueBatch,
        atOnce: Bool = false,
        _ metrics: inout EmbeddedMetrics
    ) async {
        let left = coalescer.nextWideReading.millisecondsSince1970 - Timestamp.now.millisecondsSince1970
        await returns.giveBack(
            outcome.failed.subtracting(outcome.waiting),
            of: messages,
            wide: outcome.wide,
            turn: MessageReturns.seconds(until: .milliseconds(left)),
            atOnce: atOnce,
            &metrics
        )
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
        guard let mapped = await mapped(batch.scope, budget, &metrics) else {
            return BatchOutcome(failed: batch.messages, wide: Set(batch.items.filter { isWide($0.scope) }.map(\.id)))
        }
        metrics.count("GroupsUnmapped", by: batch.scope.groups.count - mapped.scope.groups.count)
        coalescer.add(wanted(mapped.scope), at: .now)
        let wide = Set(batch.items.filter { isWide(mapped.part(of: $0.scope)) }.map(\.id))
        let isPatient = messages.messages.contains { wide.contains($0.id) && ($0.receiveCount ?? 1) > limit }
        var progress = Progress()
        while !progress.done.covers(mapped.scope), let scope = await turn(isPatient, budget, &progress) {
            let people = mapped.scope.people.subtracting(progress.done.people)
            await read(scope, people, budget, &progress, &metrics)
        }
        let done = batch.items.filter { progress.done.covers(mapped.part(of: $0.scope)) }
        // Whom nothing maps, nobody has read.
        for item in done where !mapped.part(of: item.scope).isEmpty { record(item, &metrics) }
        logger.info(
            "a batch of messages is handled",
            metadata: [
                "messages": "\(messages.messages.count)", "concerning": "\(batch.items.count)", "done": "\(done.count)",
            ]
        )
        let failed = batch.messages.subtracting(done.map(\.id))
        let returning = failed.intersection(wide)
        let waiting = progress.turn == nil ? [] : returning
        if failed != waiting, progress.gravest == .done { noteEnd(budget, &metrics) }
        return BatchOutcome(
            failed: failed,
            wide: returning,
            waiting: waiting,
            turn: progress.turn,
            second: secondReadings(of: done, mapped)
        )
    }

    /// Whom to read for a scope.
    private func wanted(_ scope: EventScope) -> EventScope {
        guard !work.readsGroups else { return scope }
        if scope.isUnbounded { wideGroups = nil } else { wideGroups?.formUnion(scope.groups) }
        return EventScope(people: scope.people, isUnbounded: isWide(scope))
    }

    /// Whether everyone is to be read for a scope.
    ///
    /// A hub does so for a group: whom the group's roles were granted to, only whoever asks databases can tell.
    private func isWide(_ scope: EventScope) -> Bool { scope.isUnbounded || !work.readsGroups && !scope.groups.isEmpty }

    /// What is to be asked for when somebody's turn has come; nil if the directory cannot tell.
    ///
    /// - Parameters:
    ///   - scope: Whose turn it is.
    ///   - people: Who of the batch was not read yet; a reading of everyone has taken their turn, too.
    private func requests(
        _ scope: EventScope,
        _ people: Set<UserId>,
        _ budget: TimeBudget,
        _ metrics: inout EmbeddedMetrics
    ) async -> [ScopeRequest]? {
        guard scope.isUnbounded, !work.readsGroups, let groups = wideGroups else {
            if scope.isUnbounded { wideGroups = [] }
            return await mapped(scope, budget, &metrics)?.requests
        }
        // Everyone is to be read for the sake of these groups: that is of interest to those who map them.
        wideGroups = []
        return await mapped(EventScope(people: people, groups: groups), budget, &metrics)?.requests
    }

    var returns: MessageReturns { MessageReturns(queue: queue, logger: logger) }

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

    /// Waits until something is to be read.
    ///
    /// - Returns: Whom; nil if there is nothing, no time for it, or nothing worth waiting for. What waits then is read with the next
    ///   batch.
    private func turn(_ isPatient: Bool, _ budget: TimeBudget, _ progress: inout Progress) async -> EventScope? {
        while !Task.isCancelled, budget.mayBegin() {
            let now = Timestamp.now
            switch coalescer.decide(at: now) {
            case .read(let scope): return scope
            case .idle: return nil
            case .wait(let until):
                let wait = Duration.milliseconds(until.millisecondsSince1970 - now.millisecondsSince1970)
                guard isPatient || !coalescer.onlyEveryoneWaits else {
                    progress.turn = .now + wait
                    return nil
                }
                guard budget.mayBegin(after: wait) else { return nil }
                try? await Task.sleep(for: wait)
            }
        }
        return nil
    }

    /// Whom events concern, as far as any target maps them; nil if the directory cannot tell.
    private func mapped(
        _ scope: EventScope,
        _ budget: TimeBudget,
        _ metrics: inout EmbeddedMetrics
    ) async -> ScopeResolver.Mapped? {
        do {
            return try await resolver.mapped(scope)
        } catch {
            logger.error("the groups in events cannot be looked up: \(error)")
            if Task.isCancelled { noteEnd(budget, &metrics) } else { metrics.count("SourceUnavailable") }
            return nil
        }
    }

    private func read(
        _ scope: EventScope,
        _ people: Set<UserId>,
        _ budget: TimeBudget,
        _ progress: inout Progress,
        _ metrics: inout EmbeddedMetrics
    ) async {
        var disposition = RunDisposition.failed
        if let requests = await requests(scope, people, budget, &metrics) {
            disposition = .done
            for request in requests.flatMap(parts) {
                guard budget.mayBegin() else {
                    // What has failed by now has said so, be it that the time was up.
                    if disposition != .failed { noteEnd(budget, &metrics) }
                    disposition = .failed
                    break
                }
                let part = await work.work(on: request, budget, &metrics)
                if part == .done { progress.done.formUnion(Self.covered(by: request, of: scope)) }
                disposition = max(disposition, part)
            }
        }
        progress.gravest = max(progress.gravest, disposition)
        if disposition == .done { progress.done.formUnion(scope) }
    }

    /// A request for many people, as one for each part of them: what there was time for is not read again.
    private func parts(of request: ScopeRequest) -> [ScopeRequest] {
        guard case .people(let people) = request else { return [request] }
        return parts(of: people).map { .people($0) }
    }

    private func parts(of people: Set<UserId>) -> [Set<UserId>] {
        let source = work.source as? IdentityCenterSource
        let size = source?.peopleAtOnce(of: people.count, in: work.groups) ?? people.count
        guard size < people.count else { return [people] }
        let sorted = people.sorted()
        return stride(from: 0, to: sorted.count, by: size).map { Set(sorted[$0..<min($0 + size, sorted.count)]) }
    }

    /// What of a scope a request for some of it covers.
    private static func covered(by request: ScopeRequest, of scope: EventScope) -> EventScope {
        switch request {
        case .people(let people): EventScope(people: people)
        case .groups: EventScope(groups: scope.groups)
        case .everyone: scope
        }
    }

    /// How long it took from the event to now.
    private func record(_ item: EventBatch.Item, _ metrics: inout EmbeddedMetrics) {
        guard let time = item.time else { return }
        let milliseconds = Timestamp.now.millisecondsSince1970 - time.millisecondsSince1970
        metrics.record("EventToDone", Double(max(0, milliseconds)) / 1_000, unit: .seconds)
    }

    /// Whom to read once more, of those whom events concerned; in parts as they are read, since a message is done with as a whole.
    ///
    /// What was a second reading itself causes none.
    private func secondReadings(of items: [EventBatch.Item], _ mapped: ScopeResolver.Mapped) -> [SecondReading] {
        let scope = items.reduce(into: EventScope()) { scope, item in
            if !item.isSecond { scope.formUnion(mapped.part(of: item.scope)) }
        }
        guard !scope.isUnbounded else { return [SecondReading(.unbounded)].compactMap(\.self) }
        var parts = parts(of: scope.people).map { EventScope(people: $0) }
        parts[0].groups = scope.groups
        return parts.compactMap { SecondReading($0) }
    }

    /// Has the queue bring second readings.
    func request(_ second: [SecondReading], _ metrics: inout EmbeddedMetrics) async {
        for reading in second {
            do {
                guard let queue else { throw AWSError(.invalidArgument, "SSOSYNC_EVENT_QUEUE_URL is not set") }
                try await queue.sendMessage(reading.text, delay: Self.secondReadingDelay)
                metrics.count("SecondReadings")
            } catch {
                metrics.count("SecondReadingsNotSent")
                logger.warning(
                    "nothing is read a second time, so what the directory showed too late waits for the full run: \(error)"
                )
            }
        }
    }

    /// Says that there was an end to the work before all of it was done.
    private func noteEnd(_ budget: TimeBudget, _ metrics: inout EmbeddedMetrics) {
        guard !Task.isCancelled || !budget.mayBegin() else {
            logger.warning("the process has to end: what was not read comes again")
            return
        }
        metrics.count("DeadlineReached")
        logger.warning("the time is up: what was not read comes again")
    }
}
