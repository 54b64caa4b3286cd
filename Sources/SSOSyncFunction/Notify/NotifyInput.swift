// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import SSOSyncAWS

/// What the role *notify* accepts: records of failed invocations, as they are or in messages of SNS and SQS, and dead letters.
enum NotifyInput {
    /// Told by itself, or by a topic: if it fails, Lambda tries again.
    case failures([FailureNotice.Failure])
    /// Messages of a queue.
    case batch(QueueBatch, [FailureNotice.Failure])

    /// - Throws: ``FunctionFailure`` if it is anything else.
    init(_ payload: [UInt8]) throws(FunctionFailure) {
        if let record = FailureRecord(json: payload) {
            self = .failures([.invocation(record)])
            return
        }
        if let batch = try? QueueBatch(payload) {
            self = .batch(batch, batch.messages.map(Self.failure))
            return
        }
        guard let event = try? JSONDecoder().decode(TopicEvent.self, from: Data(payload)), !event.Records.isEmpty,
            event.Records.allSatisfy({ $0.EventSource == "aws:sns" })
        else {
            throw .refused("this function takes records of failed invocations, and messages of SNS and SQS")
        }
        self = .failures(event.Records.map { Self.failure(id: $0.Sns.MessageId, body: $0.Sns.Message, count: nil) })
    }

    private static func failure(_ message: QueueBatch.Message) -> FailureNotice.Failure {
        failure(id: message.id, body: message.body, count: message.receiveCount)
    }

    private static func failure(id: String, body: String, count: Int?) -> FailureNotice.Failure {
        let bytes = Array(body.utf8)
        // A topic wraps what it hands to a queue, unless it is told not to.
        let inner = (try? JSONDecoder().decode(Wrapped.self, from: Data(bytes))).map { Array($0.Message.utf8) }
        if let record = FailureRecord(json: inner ?? bytes) { return .invocation(record) }
        return .message(id: id, receiveCount: count)
    }

    /// A message of a topic in a queue (<https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html>).
    private struct Wrapped: Decodable { let Message: String }

    /// Messages of a topic (<https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html>).
    private struct TopicEvent: Decodable {
        struct Record: Decodable {
            struct Content: Decodable {
                let MessageId: String
                let Message: String
            }

            let EventSource: String
            let Sns: Content
        }

        let Records: [Record]
    }
}
