// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import SSOSyncAWS

/// What the role *notify* accepts: records of failed invocations, as they are or in messages of a topic, and dead letters.
enum NotifyInput {
    /// Told by itself, or by a topic: if it fails, Lambda tries again.
    case failures([FailureNotice.Failure])
    /// Messages of a queue, whatever is in them: dead letters, which could pose as records.
    case deadLetters(QueueBatch)

    /// - Throws: ``FunctionFailure`` if it is anything else.
    init(_ payload: [UInt8]) throws(FunctionFailure) {
        if let record = FailureRecord(json: payload) {
            self = .failures([.invocation(record)])
            return
        }
        if let batch = try? QueueBatch(payload) {
            self = .deadLetters(batch)
            return
        }
        guard let event = try? JSONDecoder().decode(TopicEvent.self, from: Data(payload)), !event.Records.isEmpty,
            event.Records.allSatisfy({ $0.EventSource == "aws:sns" })
        else {
            throw .refused("this function takes records of failed invocations, and messages of SNS and SQS")
        }
        self = .failures(
            event.Records.map { record in
                FailureRecord(json: Array(record.Sns.Message.utf8)).map { .invocation($0) }
                    ?? .message(id: record.Sns.MessageId, receiveCount: nil)
            }
        )
    }

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
