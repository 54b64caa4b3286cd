// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SSOSyncAWS
internal import SSOSyncCore
internal import SSOSyncLambdaRuntime

/// What a batch of messages from a hub comes to, once nothing is believed that is not signed.
struct SpokeBatch {
    /// A few people, of whom a message brings what the directory says.
    struct Excerpt {
        /// The message's id.
        let message: String
        let snapshot: Snapshot
        /// Whom it covers.
        let people: Set<UserId>
    }

    /// A snapshot that a message announces.
    struct Item {
        /// The message's id.
        let message: String
        let work: FleetMessage.Work
    }

    private(set) var excerpts: [Excerpt] = []
    private(set) var works: [Item] = []
    /// Messages that are to come again, though nothing can be done about them now.
    private(set) var failed: Set<String> = []
    /// How many messages are no messages of a hub, and are done with.
    private(set) var unknown = 0
    /// How many excerpts were refused, and are done with: they would be no better the next time.
    private(set) var refused = 0
    /// How many times a target was named that is none of ours.
    private(set) var unknownTargets = 0

    /// - Parameters:
    ///   - batch: The messages.
    ///   - snapshot: What excerpts are held to.
    ///   - targets: Our targets.
    ///   - logger: Where it logs.
    init(_ batch: QueueBatch, snapshot: SnapshotSource, targets: Set<TargetName>, logger: Logger) {
        for message in batch.messages {
            switch FleetMessage(message.body) {
            case nil:
                unknown += 1
                logger.warning(
                    "a message does not come from a hub",
                    metadata: ["message": "\(Printable.escaped(message.id))"]
                )
            case .work(let work)?: add(work, message.id, targets, logger)
            case .excerpt(let signed, let run)?: add(signed, message.id, snapshot, logger, run)
            }
        }
    }

    /// Counts what cannot be used.
    func count(in metrics: inout EmbeddedMetrics) {
        metrics.count("MessagesUnknown", by: unknown)
        metrics.count("ExcerptsRefused", by: refused)
        metrics.count("TargetsUnknown", by: unknownTargets)
    }

    private mutating func add(
        _ work: FleetMessage.Work,
        _ message: String,
        _ targets: Set<TargetName>,
        _ logger: Logger
    ) {
        let strangers = Set(work.targets).subtracting(targets)
        guard !strangers.isEmpty else { return works.append(Item(message: message, work: work)) }
        unknownTargets += strangers.count
        // The hub's configuration may be ahead of ours.
        failed.insert(message)
        let names = strangers.map { Printable.escaped($0.rawValue) }.sorted().joined(separator: ", ")
        logger.error(
            "this configuration has no target \(names): the message comes again, in case a newer one is being deployed",
            metadata: ["run": "\(work.run)"]
        )
    }

    private mutating func add(
        _ signed: SignedSnapshot,
        _ message: String,
        _ source: SnapshotSource,
        _ logger: Logger,
        _ run: String
    ) {
        do throws(SnapshotRefusal) {
            let excerpt = try source.excerpt(signed)
            guard case .people(let people) = excerpt.scope else { return }
            excerpts.append(Excerpt(message: message, snapshot: excerpt, people: people))
        } catch {
            refused += 1
            logger.warning("an excerpt is refused: \(error)", metadata: ["run": "\(run)"])
        }
    }
}
