// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// The messages of a queue that are handled at once; if Lambda hands them over, with the answer that says which of them are
/// to come again.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>
public struct QueueBatch: Sendable {
    /// A message.
    public struct Message: Sendable, Hashable {
        /// The message's id.
        public let id: String
        /// The text, which anybody who may send to the queue has written.
        public let body: String
        /// How often it has been received, this time included; nil if the queue does not say.
        public let receiveCount: Int?
        /// When it came to the queue, by the queue's clock; nil if the queue does not say.
        public let sent: Timestamp?
        /// The queue's ARN.
        public let queueARN: String?
        /// What this reception is named by, to hide the message for longer; nil if the queue does not say.
        public let receiptHandle: String?
    }

    /// The messages, as they came.
    public let messages: [Message]

    /// Reads a payload.
    ///
    /// - Throws: ``AWSError`` with the code ``AWSError/Code/invalidArgument`` if it is not a batch from SQS, or if it has a
    ///   message without an id: as nobody could say that this one failed, all have to come again.
    public init(_ payload: [UInt8]) throws(AWSError) {
        guard let root = EventValue(json: payload), case .list(let records)? = root["Records"] else {
            throw AWSError(.invalidArgument, "the payload is no batch of messages")
        }
        var messages: [Message] = []
        for record in records {
            guard record["eventSource"]?.text == "aws:sqs" else {
                throw AWSError(.invalidArgument, "the batch has something in it that does not come from SQS")
            }
            guard let id = record["messageId"]?.text, !id.isEmpty else {
                throw AWSError(.invalidArgument, "the batch has a message without an id")
            }
            messages.append(
                Message(
                    id: id,
                    body: record["body"]?.text ?? "",
                    receiveCount: record["attributes", "ApproximateReceiveCount"]?.text.flatMap { Int($0) },
                    sent: Timestamp(sentTimestamp: record["attributes", "SentTimestamp"]?.text),
                    queueARN: record["eventSourceARN"]?.text,
                    receiptHandle: record["receiptHandle"]?.text
                )
            )
        }
        self.messages = messages
    }

    /// Messages of other batches.
    package init(_ messages: [Message]) { self.messages = messages }

    /// How many bytes the texts are.
    package var size: Int { messages.reduce(0) { $0 + $1.body.utf8.count } }

    /// Messages that were received from the queue itself.
    public init(_ received: [SQSClient.Message]) {
        messages = received.map { message in
            Message(
                id: message.id,
                body: message.body,
                receiveCount: message.receiveCount,
                sent: Timestamp(sentTimestamp: message.attributes?["SentTimestamp"]),
                queueARN: nil,
                receiptHandle: message.receiptHandle
            )
        }
    }

    /// The answer to Lambda.
    ///
    /// The event source has to have `ReportBatchItemFailures`, or it takes any answer for success.
    ///
    /// - Parameter failed: The ids of messages that are to come again; others are deleted from the queue.
    public func response(failed: Set<String>) -> [UInt8] {
        // One id that is in no message, and Lambda takes all for failed.
        let items = messages.map(\.id).filter(failed.contains).map(Response.Item.init)
        return CanonicalJSON.bytes(Response(batchItemFailures: items))
    }

    private struct Response: Encodable {
        struct Item: Encodable {
            let itemIdentifier: String
        }

        let batchItemFailures: [Item]
    }
}

extension Timestamp {
    /// What SQS says: milliseconds since 1970.
    fileprivate init?(sentTimestamp text: String?) {
        guard let milliseconds = text.flatMap({ Int64($0) }) else { return nil }
        self.init(millisecondsSince1970: milliseconds)
    }
}
