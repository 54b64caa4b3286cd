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
        /// The hub's run.
        let run: HubRunId
        let snapshot: Snapshot
        /// Whom it covers.
        let people: Set<UserId>
    }

    /// A snapshot that a message announces.
    struct Item {
        /// The message's id.
        let message: String
        let work: FleetMessage.Work
        /// Whether it has come so often that SQS leaves it out of the age of the oldest message, which would tell of it before
        /// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html>).
        let isOverlooked: Bool
    }

    /// By how many seconds a hub's clock may be ahead of ours.
    private static let clockTolerance: Int64 = 300
    /// How often a message may come before SQS leaves it out of the age of the oldest one.
    private static let mostAged = 3

    private(set) var excerpts: [Excerpt] = []
    private(set) var works: [Item] = []
    /// Messages that are to come again, though nothing can be done about them now.
    private(set) var failed: Set<String> = []
    private var counts: [String: Int] = ["MessagesUnknown": 0, "ExcerptsRefused": 0, "TargetsUnknown": 0]

    private let snapshot: SnapshotSource
    private let targets: Set<TargetName>
    private let logger: Logger

    /// - Parameters:
    ///   - batch: The messages.
    ///   - snapshot: What excerpts are held to.
    ///   - targets: Our targets.
    ///   - logger: Where it logs.
    init(_ batch: QueueBatch, snapshot: SnapshotSource, targets: Set<TargetName>, logger: Logger) {
        (self.snapshot, self.targets, self.logger) = (snapshot, targets, logger)
        for message in batch.messages {
            switch FleetMessage(message.body) {
            case .work(let work)?: add(work, message)
            case .excerpt(let signed, let run)?: add(signed, run: run, message.id)
            case nil: addUnknown(message)
            }
        }
    }

    /// Counts what cannot be used, and what the hub has forgotten.
    func count(in metrics: inout EmbeddedMetrics) {
        for (name, count) in counts { metrics.count(name, by: count) }
        guard let forgotten else { return }
        metrics.count("TargetsForgotten", by: forgotten.count)
        guard !forgotten.isEmpty else { return }
        let names = forgotten.map { Printable.escaped($0.rawValue) }.sorted().joined(separator: ", ")
        logger.error(
            "the hub does not know of \(names), which get no full run: add them to this spoke's targets in its configuration"
        )
    }

    /// Our targets that are not among those that the hub has for us, by the latest message that says so; nil if none does.
    var forgotten: Set<TargetName>? {
        works.map(\.work).filter { $0.known != nil }.max { $0.asOf < $1.asOf }?.known.map(targets.subtracting)
    }

    private mutating func addUnknown(_ message: QueueBatch.Message) {
        guard FleetMessage.isOfLaterVersion(message.body) else {
            counts["MessagesUnknown", default: 0] += 1
            logger.warning(
                "a message does not come from a hub",
                metadata: ["message": "\(Printable.escaped(message.id))"]
            )
            return
        }
        addLater(message.id)
    }

    /// Hubs may be ahead of their spokes for a while, but must not go unheard.
    private mutating func addLater(_ message: String) {
        failed.insert(message)
        counts["MessagesOfLaterVersion", default: 0] += 1
        logger.error(
            "a message is of a later version than this program: it comes again; deploy the later one here, too"
        )
    }

    private mutating func add(_ work: FleetMessage.Work, _ message: QueueBatch.Message) {
        let strangers = Set(work.targets).subtracting(targets)
        guard strangers.isEmpty else {
            counts["TargetsUnknown", default: 0] += strangers.count
            // The hub's configuration may be ahead of ours.
            failed.insert(message.id)
            let names = strangers.map { Printable.escaped($0.rawValue) }.sorted().joined(separator: ", ")
            logger.error(
                "this configuration has no target \(names): the message comes again, in case a newer one is being deployed",
                metadata: ["hubRun": "\(work.run)"]
            )
            return
        }
        guard work.asOf <= Timestamp.now.advanced(bySeconds: Self.clockTolerance) else {
            counts["MessagesUnknown", default: 0] += 1
            logger.warning("a message announces a snapshot of the future", metadata: ["hubRun": "\(work.run)"])
            return
        }
        works.append(Item(message: message.id, work: work, isOverlooked: (message.receiveCount ?? 1) > Self.mostAged))
    }

    private mutating func add(_ signed: SignedSnapshot, run: HubRunId, _ message: String) {
        do throws(SnapshotRefusal) {
            let excerpt = try snapshot.excerpt(signed)
            guard case .people(let people) = excerpt.scope else { return }
            excerpts.append(Excerpt(message: message, run: run, snapshot: excerpt, people: people))
        } catch {
            // Its signature was right, or nobody would have looked at the layout.
            guard error.code != .otherVersion else { return addLater(message) }
            let isGenuine = error.isOfGenuine
            // What a hub has signed and could not be used in time is a dead letter in the end, for somebody to see.
            if isGenuine { failed.insert(message) }
            counts[isGenuine ? "ExcerptsExpired" : "ExcerptsRefused", default: 0] += 1
            logger.log(
                level: isGenuine ? .error : .warning,
                "an excerpt is refused: \(error)",
                metadata: ["hubRun": "\(run)"]
            )
        }
    }
}
