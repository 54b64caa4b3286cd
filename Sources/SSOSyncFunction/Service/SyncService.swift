// SPDX-License-Identifier: Apache-2.0

package import Logging
internal import SSOSyncAWS
package import SSOSyncConfiguration
internal import SSOSyncCore

/// What *single* does, in a process that stays: full runs on an interval, and between them events from a queue.
///
/// One thing is done at a time. Nothing that goes wrong ends it: what could not be done now is done later. While messages wait
/// for the turn of everyone, whom others concern is read.
package actor SyncService {
    /// The configuration, and the parts that it was made into.
    package typealias Parts = (configuration: ConfigurationFile, assembly: Assembly)

    /// How the service behaves.
    package struct Options: Sendable {
        /// How long it is from the beginning of a full run to that of the next.
        package var interval: Duration = .seconds(900)
        /// Makes new parts of those before, before each further full run; nil if they stay as they are.
        package var renewal: (@Sendable (Assembly) async throws(ConfigurationError) -> Parts)?
        /// Where events come from; nil for nowhere.
        package var queue: EventQueue?
        /// From how many bytes on, of messages that wait for the turn of everyone, nothing is received until it comes.
        package var mostHeld = 16 << 20
        /// Told of each run; nil for none.
        package var health: HealthFile?
        /// Writes lines of metrics; nil for nowhere.
        package var writeMetrics: (@Sendable (String) -> Void)?

        /// The defaults.
        package init() {}
    }

    /// The longest that a batch of messages is worked on: what it is too short for comes again.
    static let batchTime: Duration = .seconds(600)
    /// A full run has no limit of its own: each target has one, and what is later in turn must not be left out for ever.
    private static let fullRunTime: Duration = .seconds(86_400)
    /// How long to wait after a call to the queue that failed.
    private static let pause: Duration = .seconds(10)

    private let options: Options
    private let logger: Logger
    private var assembly: Assembly
    private var function: DirectoryFunction
    /// Messages that wait for the turn of everyone, and when it comes.
    private var held: (batch: QueueBatch, turn: ContinuousClock.Instant)?

    /// - Parameters:
    ///   - parts: The configuration, and the parts that it was made into.
    ///   - options: How the service behaves.
    ///   - logger: Where it logs.
    package init(_ parts: Parts, options: Options, logger: Logger) {
        self.options = options
        self.logger = logger
        assembly = parts.assembly
        function = Self.function(parts, options, logger)
    }

    private static func function(_ parts: Parts, _ options: Options, _ logger: Logger) -> DirectoryFunction {
        let output = MetricsOutput(write: options.writeMetrics ?? { _ in })
        let health = options.health
        let work = SingleWork(parts.configuration, parts.assembly, logger: logger, output: output) { report in
            await health?.note(report, logger)
        }
        let queue = options.queue?.client
        return DirectoryFunction(parts.configuration, work, queue: queue, logger: logger, output: output)
    }

    /// Works until the task is cancelled.
    ///
    /// What is under way then stops where nothing is half done, and messages that are not done with are given back.
    package func run() async {
        logger.info("begins", metadata: ["interval": "\(options.interval)"])
        var isFirst = true
        while !Task.isCancelled {
            let next = ContinuousClock.now + options.interval
            if !isFirst { await renew() }
            isFirst = false
            await function.fullRun(TimeBudget(lasting: Self.fullRunTime))
            // Once at least: runs that take longer than the interval must not keep events waiting for ever.
            repeat { await handleEvents(until: next) } while !Task.isCancelled && .now < next
        }
        if let held {
            await conclude(held.batch, DirectoryFunction.BatchOutcome(failed: Set(held.batch.messages.map(\.id))))
        }
        logger.info("ends")
    }

    /// What carries tags is looked for anew; what was found before goes on if that fails.
    private func renew() async {
        guard let renewal = options.renewal else { return }
        do throws(ConfigurationError) {
            let parts = try await renewal(assembly)
            assembly = parts.assembly
            function = Self.function(parts, options, logger)
        } catch {
            logger.error("targets cannot be looked for, those from before are worked on: \(error)")
        }
    }

    /// Waits for messages and works on them, or only waits.
    private func handleEvents(until end: ContinuousClock.Instant) async {
        guard let queue = options.queue else {
            // Ends early if the task is cancelled.
            try? await Task.sleep(until: end, clock: .continuous)
            return
        }
        let fresh = await receive(from: queue, until: min(end, held?.turn ?? end))
        guard !fresh.isEmpty || held.map({ $0.turn <= .now }) ?? false else { return }
        let batch = QueueBatch((held?.batch.messages ?? []) + fresh)
        held = nil
        await conclude(batch, await function.read(batch, TimeBudget(lasting: Self.batchTime)))
    }

    private func receive(
        from queue: EventQueue,
        until end: ContinuousClock.Instant
    ) async -> [QueueBatch.Message] {
        guard held?.batch.size ?? 0 < options.mostHeld else {
            try? await Task.sleep(until: end, clock: .continuous)
            return []
        }
        do {
            return try await queue.batch(waitingUntil: end).messages
        } catch {
            guard !Task.isCancelled else { return [] }
            logger.error("no messages can be received, full runs go on: \(error)")
            try? await Task.sleep(until: min(end, .now + Self.pause), clock: .continuous)
            return []
        }
    }

    /// Tells the queue what came of messages, and holds those that wait.
    private func conclude(_ batch: QueueBatch, _ outcome: DirectoryFunction.BatchOutcome) async {
        let isEnding = Task.isCancelled
        var outcome = outcome
        if !isEnding, let turn = outcome.turn, !outcome.waiting.isEmpty {
            held = (QueueBatch(batch.messages.filter { outcome.waiting.contains($0.id) }), turn)
        } else {
            outcome.waiting = []
        }
        // What was done is to be said in any case: the queue would bring it again.
        await Task { [function, outcome] in await function.conclude(batch, outcome, isEnding: isEnding) }.value
    }
}

extension DirectoryFunction {
    /// Reads whom messages concern.
    fileprivate func read(_ batch: QueueBatch, _ budget: TimeBudget) async -> BatchOutcome {
        await counting { await read(batch, returningAtMost: .max, budget, &$0) }
    }

    /// Does what Lambda does with the answer for a batch: takes what is done out of the queue, and gives back what does not wait.
    ///
    /// - Parameters:
    ///   - batch: The messages.
    ///   - outcome: What the readings have come to.
    ///   - isEnding: Whether the process is to end, and another one to have the messages at once.
    fileprivate func conclude(_ batch: QueueBatch, _ outcome: BatchOutcome, isEnding: Bool) async {
        await counting { metrics in
            // First: a message that is gone can cause no second reading.
            await request(outcome.second, &metrics)
            let done = batch.messages.filter { !outcome.failed.contains($0.id) }
            await returns(of: batch).delete(done)
            await giveBack(outcome, of: batch, atOnce: isEnding, &metrics)
        }
    }
}
