// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// The call of the Simple Notification Service that publishes
/// (<https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>).
public struct SNSClient: Sendable {
    /// What all subscribers of a topic get.
    public struct Message: Sendable, Hashable {
        /// What an e-mail has as its subject; nil for what the topic says.
        public var subject: String?
        /// What subscribers get whose protocol has no text of its own.
        public var text: String
        /// Texts of their own for protocols: `email`, `http`, `https`, `lambda`, `sqs`, `firehose`, `sms`.
        public var textsByProtocol: [String: String]
        /// Lists of words that subscriptions can filter by.
        public var attributes: [String: [String]]
        /// For a FIFO topic: messages of one group come in their order.
        public var groupId: String?
        /// For a FIFO topic: another message of the same id is dropped for five minutes.
        public var deduplicationId: String?

        /// Puts a message together.
        public init(
            subject: String? = nil,
            text: String,
            textsByProtocol: [String: String] = [:],
            attributes: [String: [String]] = [:],
            groupId: String? = nil,
            deduplicationId: String? = nil
        ) {
            self.subject = subject
            self.text = text
            self.textsByProtocol = textsByProtocol
            self.attributes = attributes
            self.groupId = groupId
            self.deduplicationId = deduplicationId
        }

        /// What the service counts: the whole message, with the texts of all protocols, and the attributes.
        public var byteCount: Int {
            let counted = attributeFields.flatMap { [$0.name, Self.listType, $0.value] }
            return body.utf8.count + counted.reduce(0) { $0 + $1.utf8.count }
        }

        /// The text, or the texts of all protocols as an object.
        fileprivate var body: String {
            guard !textsByProtocol.isEmpty else { return text }
            let texts = textsByProtocol.merging(["default": text]) { own, _ in own }
            return String(decoding: CanonicalJSON.bytes(texts), as: UTF8.self)
        }

        fileprivate var attributeFields: [(name: String, value: String)] {
            attributes.sorted { $0.key < $1.key }.map {
                ($0.key, String(decoding: CanonicalJSON.bytes($0.value), as: UTF8.self))
            }
        }

        fileprivate static let listType = "String.Array"
    }

    /// The most bytes of a message: 256 KiB.
    public static let byteLimit = 262_144

    private let client: AWSClient

    /// Publishes with a client for ``AWSService/sns``.
    public init(_ client: AWSClient) { self.client = client }

    /// Whether the service takes a text for a subject: at most 100 characters, printable ASCII alone, beginning with a letter,
    /// a digit or a punctuation mark.
    public static func isSubject(_ text: String) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, first != 0x20 else { return false }
        return bytes.count <= 100 && bytes.allSatisfy { (0x20...0x7E).contains($0) }
    }

    /// Publishes a message (`Publish`).
    ///
    /// A call whose answer is lost is made again, so that subscribers may get a message twice.
    ///
    /// - Parameters:
    ///   - message: What to publish.
    ///   - topic: The topic's ARN.
    ///   - deadline: When to give up in all.
    /// - Returns: The message's id.
    /// - Throws: ``AWSError``; with the code ``AWSError/Code/invalidArgument`` for a message that the service does not take.
    @discardableResult
    public func publish(
        _ message: Message,
        to topic: String,
        deadline: ContinuousClock.Instant? = nil
    ) async throws -> String {
        try Self.check(message)
        let result = try await Self.advice("Publish", topic).about {
            try await client.query("Publish", Self.parameters(message, topic), deadline: deadline)
        }
        guard let id = result.text(at: "MessageId") else {
            throw AWSError(.badResponse, "SNS Publish: the answer has no message id", mayHaveBeenSent: true)
        }
        return id
    }

    /// How many subscribers hear of what is published to a topic (`GetTopicAttributes`).
    ///
    /// - Parameters:
    ///   - topic: The topic's ARN.
    ///   - deadline: When to give up in all.
    /// - Returns: Those that were confirmed; nil if the service does not say.
    /// - Throws: ``AWSError``, too if there is no such topic.
    public func confirmedSubscriptions(
        of topic: String,
        deadline: ContinuousClock.Instant? = nil
    ) async throws -> Int? {
        let result = try await Self.advice("GetTopicAttributes", topic).about {
            try await client.query("GetTopicAttributes", [(name: "TopicArn", value: topic)], deadline: deadline)
        }
        let attributes = result.list("Attributes", of: "entry")
        let count = attributes.first { $0.text(at: "key") == "SubscriptionsConfirmed" }?.text(at: "value")
        return count.flatMap { Int($0) }
    }

    private static func advice(_ operation: String, _ topic: String) -> ResourceAdvice {
        ResourceAdvice(
            kind: "topic",
            name: topic,
            missingCodes: ["NotFound", "NotFoundException"],
            access: AccessAdvice(action: "sns:\(operation)", resources: [topic])
        )
    }

    private static func check(_ message: Message) throws(AWSError) {
        if let subject = message.subject, !isSubject(subject) {
            let rule = "at most 100 characters of printable ASCII that begin with no space"
            throw AWSError(.invalidArgument, "SNS Publish: a subject has to be \(rule)")
        }
        guard !message.text.isEmpty else { throw AWSError(.invalidArgument, "SNS Publish: a message needs a text") }
        let count = message.byteCount
        guard count <= byteLimit else {
            throw AWSError(
                .invalidArgument,
                "SNS Publish: a message of \(count) bytes is over the limit of \(byteLimit)"
            )
        }
    }

    private static func parameters(_ message: Message, _ topic: String) -> [(name: String, value: String)] {
        var parameters = [("TopicArn", topic), ("Message", message.body)]
        if !message.textsByProtocol.isEmpty { parameters.append(("MessageStructure", "json")) }
        let optional = [
            ("Subject", message.subject), ("MessageGroupId", message.groupId),
            ("MessageDeduplicationId", message.deduplicationId),
        ]
        for (name, value) in optional { if let value { parameters.append((name, value)) } }
        for (index, field) in message.attributeFields.enumerated() {
            let prefix = "MessageAttributes.entry.\(index + 1)"
            parameters += [
                ("\(prefix).Name", field.name), ("\(prefix).Value.DataType", Message.listType),
                ("\(prefix).Value.StringValue", field.value),
            ]
        }
        return parameters.map { (name: $0.0, value: $0.1) }
    }
}
