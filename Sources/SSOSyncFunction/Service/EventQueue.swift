// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
package import SSOSyncConfiguration
internal import SSOSyncCore

/// The queue that a service receives events from.
package struct EventQueue: Sendable {
    /// For everything but receiving.
    let client: SQSClient
    private let receiving: SQSClient

    /// The longest that a call waits for a message, in seconds; SQS takes no more.
    private static let longestWait: Int64 = 20
    /// For how long received messages are hidden from others, in seconds: for longer than they are worked on.
    ///
    /// If the process is killed they come again after that time; the full run that the next one begins with needs them not.
    private static let hidden = Int(SyncService.batchTime.components.seconds) + 120
    /// From how many messages or bytes on no more are gathered for a batch: the bytes are what Lambda hands over at most.
    private static let limits = (messages: 1_000, bytes: 6 << 20)
    /// How long messages are gathered, after the first.
    private static let gathering: Duration = .seconds(5)

    /// Uses a queue.
    ///
    /// - Parameters:
    ///   - address: The queue's address.
    ///   - aws: How AWS is reached.
    /// - Throws: ``UsageError`` if it is no address of a queue, or nobody knows its Region.
    package init(_ address: String, aws: AWSAccess) throws(UsageError) {
        guard let place = SQSQueueAddress(address) else {
            throw UsageError(
                "\(Printable.quoted(address)) is no address of a queue, with https, a host and a path, such as "
                    + SQSQueueAddress.example
            )
        }
        guard let region = place.region ?? aws.regions.first else {
            throw UsageError("The address of the queue does not say its Region: set AWS_REGION")
        }
        // Longer than what a call waits for; and the next one is made at any rate.
        let patient = AWSClient.Configuration(
            retryPolicy: RetryPolicy(maximumAttempts: 1),
            attemptTimeout: .seconds(Self.longestWait + 10)
        )
        let quick = AWSClient.Configuration(
            retryPolicy: aws.retryPolicy ?? RetryPolicy(),
            attemptTimeout: .seconds(2)
        )
        do throws(AWSError) {
            receiving = SQSClient(queueURL: address, client: try aws.client(.sqs, region: region, settings: patient))
            client = SQSClient(queueURL: address, client: try aws.client(.sqs, region: region, settings: quick))
        } catch {
            throw UsageError("The queue cannot be used: \(error.message)")
        }
    }

    /// Waits for a message, and takes what else is there.
    ///
    /// A storm of events is read in a few large batches, as an event source with a batch window does it.
    ///
    /// - Parameter end: When to wait no longer; a second is waited in any case.
    /// - Returns: The messages; none if there was none in time.
    /// - Throws: What the call throws, if nothing was received by then. What SQS hands over while the task is cancelled may be
    ///   lost with the connection; it comes again.
    func batch(waitingUntil end: ContinuousClock.Instant) async throws -> QueueBatch {
        let left = ContinuousClock.now.duration(to: end).components.seconds
        let wait = Int(min(max(left, 1), Self.longestWait))
        var received = try await receiving.receiveMessages(wait: wait, visibilityTimeout: Self.hidden)
        var last = received
        let latest = ContinuousClock.now + Self.gathering
        while !last.isEmpty, received.count < Self.limits.messages, .now < latest,
            received.reduce(0, { $0 + $1.body.utf8.count }) < Self.limits.bytes
        {
            // Whatever is the matter, there is something to be done already.
            last = (try? await receiving.receiveMessages(wait: 0, visibilityTimeout: Self.hidden)) ?? []
            received += last
        }
        return QueueBatch(received)
    }
}
