// SPDX-License-Identifier: Apache-2.0

/// The calls of the Simple Queue Service for one queue
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/>).
public struct SQSClient: Sendable {
    /// A message that was received.
    public struct Message: Sendable, Hashable, Decodable {
        /// The message's id.
        public let id: String
        /// What this reception is named by, to delete the message or to hide it for longer.
        public let receiptHandle: String
        /// The text.
        public let body: String
        /// What the service says about the message, such as `SentTimestamp`.
        public let attributes: [String: String]?

        /// How often the message has been received, this time included; nil if the service does not say.
        public var receiveCount: Int? { attributes?["ApproximateReceiveCount"].flatMap { Int($0) } }

        private enum CodingKeys: String, CodingKey {
            case id = "MessageId"
            case receiptHandle = "ReceiptHandle"
            case body = "Body"
            case attributes = "Attributes"
        }
    }

    /// The queue's address.
    public let queueURL: String
    private let client: AWSClient

    /// Uses a queue.
    ///
    /// - Parameters:
    ///   - queueURL: The queue's address.
    ///   - client: A client for ``AWSService/sqs`` in the queue's Region. Its limit for one attempt has to be longer than
    ///     what is waited for messages.
    public init(queueURL: String, client: AWSClient) {
        self.queueURL = queueURL
        self.client = client
    }

    /// Sends a message (`SendMessage`).
    ///
    /// A call whose answer is lost is made again, so that a message may be there twice.
    ///
    /// - Parameters:
    ///   - body: The text.
    ///   - groupId: For a FIFO queue: messages of one group come in their order.
    ///   - deduplicationId: For a FIFO queue: another message of the same id is dropped for five minutes.
    ///   - delay: For a standard queue: after how many seconds it can be received, 900 at most; nil for what the queue says.
    /// - Returns: The message's id.
    @discardableResult
    public func sendMessage(
        _ body: String,
        groupId: String? = nil,
        deduplicationId: String? = nil,
        delay: Int? = nil
    ) async throws -> String {
        struct Output: Decodable { let MessageId: String }
        var input = Input(queue: queueURL)
        (input.body, input.groupId, input.deduplicationId) = (body, groupId, deduplicationId)
        input.delay = delay
        let output: Output = try await about("SendMessage") { try await client.call("SendMessage", input) }
        return output.MessageId
    }

    /// Receives messages, and hides them from others for a while (`ReceiveMessage`).
    ///
    /// - Parameters:
    ///   - limit: The most messages; 1 to 10.
    ///   - wait: How long to wait for the first one, in seconds; 0 to 20.
    ///   - visibilityTimeout: How long they are hidden, in seconds; nil for as long as the queue says.
    /// - Returns: The messages; none if there was none in time.
    public func receiveMessages(
        limit: Int = 10,
        wait: Int = 20,
        visibilityTimeout: Int? = nil
    ) async throws -> [Message] {
        struct Output: Decodable { let Messages: [Message]? }
        var input = Input(queue: queueURL)
        (input.limit, input.wait, input.visibilityTimeout) = (limit, wait, visibilityTimeout)
        input.systemAttributes = ["ApproximateReceiveCount", "SentTimestamp"]
        let output: Output = try await about("ReceiveMessage") { try await client.call("ReceiveMessage", input) }
        return output.Messages ?? []
    }

    /// Deletes a message that was received (`DeleteMessage`).
    public func deleteMessage(_ message: Message) async throws {
        var input = Input(queue: queueURL)
        input.receiptHandle = message.receiptHandle
        try await about("DeleteMessage") { try await client.perform("DeleteMessage", input) }
    }

    /// Hides a message that was received for so long from now on (`ChangeMessageVisibility`).
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - seconds: How long; 0 to show it again at once, 43200 at most.
    public func changeVisibility(of message: Message, to seconds: Int) async throws {
        var input = Input(queue: queueURL)
        (input.receiptHandle, input.visibilityTimeout) = (message.receiptHandle, seconds)
        try await about("ChangeMessageVisibility") { try await client.perform("ChangeMessageVisibility", input) }
    }

    /// Deletes messages that were received, ten in a call (`DeleteMessageBatch`).
    ///
    /// - Parameter receipts: The receipt handles of the messages.
    /// - Returns: How many of them the service did not delete.
    public func deleteMessages(ofReceipts receipts: [String]) async throws -> Int {
        try await inBatches("DeleteMessage", receipts) { Input.Entry(id: $0, receiptHandle: $1) }
    }

    /// Hides messages that were received for so long from now on, ten in a call (`ChangeMessageVisibilityBatch`).
    ///
    /// - Parameters:
    ///   - receipts: The receipt handles of the messages.
    ///   - seconds: How long; 43200 at most.
    /// - Returns: How many of them the service did not hide.
    public func changeVisibility(ofReceipts receipts: [String], to seconds: Int) async throws -> Int {
        try await inBatches("ChangeMessageVisibility", receipts) {
            Input.Entry(id: $0, receiptHandle: $1, visibilityTimeout: seconds)
        }
    }

    /// The most messages that one call is for.
    package static let batchLimit = 10

    /// Calls the operation for several messages at once.
    ///
    /// - Returns: For how many of them the service did not do it.
    private func inBatches(
        _ operation: String,
        _ receipts: [String],
        _ entry: (_ id: String, _ receipt: String) -> Input.Entry
    ) async throws -> Int {
        struct Output: Decodable {
            struct Failure: Decodable { let Id: String }
            let Failed: [Failure]?
        }
        var failures = 0
        var rest = receipts[...]
        while !rest.isEmpty {
            var input = Input(queue: queueURL)
            input.entries = rest.prefix(Self.batchLimit).enumerated().map { number, receipt in
                entry("\(number)", receipt)
            }
            rest = rest.dropFirst(Self.batchLimit)
            // The right to do it is that of the call for one message
            // (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html).
            let output: Output = try await about(operation) { try await client.call("\(operation)Batch", input) }
            failures += output.Failed?.count ?? 0
        }
        return failures
    }

    // MARK: Errors

    private func about<Output>(_ operation: String, _ call: () async throws -> Output) async throws -> Output {
        let advice = ResourceAdvice(
            kind: "queue",
            name: queueURL,
            // The second is the same error's name in the protocol that the service spoke before; it still comes along.
            missingCodes: ["QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"],
            access: AccessAdvice(action: "sqs:\(operation)", resources: [arn])
        )
        return try await advice.about(call)
    }

    /// The queue's ARN, as its address tells it: `https://sqs.eu-west-1.amazonaws.com/111111111111/name`.
    private var arn: String {
        let parts = queueURL.split(separator: "/").suffix(2)
        let place = "arn:\(AWSPartition(region: client.region).name):sqs:\(client.region)"
        return "\(place):\(parts.first ?? "*"):\(parts.last ?? "*")"
    }
}

extension SQSClient {
    /// What is asked; what is nil is not sent.
    private struct Input: Encodable {
        let queue: String
        var body: String?
        var groupId: String?
        var deduplicationId: String?
        var limit: Int?
        var wait: Int?
        var visibilityTimeout: Int?
        var systemAttributes: [String]?
        var receiptHandle: String?
        var delay: Int?
        var entries: [Entry]?

        struct Entry: Encodable {
            let id: String
            let receiptHandle: String
            var visibilityTimeout: Int?

            enum CodingKeys: String, CodingKey {
                case id = "Id"
                case receiptHandle = "ReceiptHandle"
                case visibilityTimeout = "VisibilityTimeout"
            }
        }

        init(queue: String) { self.queue = queue }

        enum CodingKeys: String, CodingKey {
            case queue = "QueueUrl"
            case body = "MessageBody"
            case groupId = "MessageGroupId"
            case deduplicationId = "MessageDeduplicationId"
            case limit = "MaxNumberOfMessages"
            case wait = "WaitTimeSeconds"
            case visibilityTimeout = "VisibilityTimeout"
            case systemAttributes = "MessageSystemAttributeNames"
            case receiptHandle = "ReceiptHandle"
            case delay = "DelaySeconds"
            case entries = "Entries"
        }
    }
}
