// SPDX-License-Identifier: Apache-2.0

import Foundation
package import SSOSyncAWS

/// What Lambda does between a queue and a function: it receives messages, hands them over in a batch, and deletes those that
/// the answer does not have come again (<https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>).
package struct LambdaEventSource: Sendable {
    /// Messages that were received, and that nobody else gets meanwhile.
    package struct Batch: Sendable {
        /// What the function is handed.
        package let payload: String
        /// The messages' receipt handles by their ids.
        fileprivate let receipts: [String: String]
    }

    private let queue: SQSClient
    private let arn: String
    private let client: AWSClient

    /// - Parameters:
    ///   - queue: The queue.
    ///   - arn: The queue's ARN.
    ///   - client: A client for ``AWSService/sqs``.
    package init(_ queue: SQSClient, arn: String, client: AWSClient) {
        (self.queue, self.arn, self.client) = (queue, arn, client)
    }

    /// Hands a function what is in the queue.
    ///
    /// - Parameter play: Has the function handle a payload.
    /// - Returns: What came of it.
    package func deliver(
        to play: (_ payload: String) async throws -> LambdaControlPlane.Report
    ) async throws -> LambdaControlPlane.Report {
        let batch = try await receive()
        let report = try await play(batch.payload)
        guard report.kinds == ["response"], let answer = report.outcomes.first?.body else {
            throw ChildProcess.Failure(description: "the function did not answer: \(report.output)")
        }
        try await settle(batch, answer: answer)
        return report
    }

    /// Receives all messages that are there.
    package func receive() async throws -> Batch {
        var received: [Received] = []
        while true {
            let output: Output = try await client.call("ReceiveMessage", Input(QueueUrl: queue.queueURL))
            guard let messages = output.Messages, !messages.isEmpty else { break }
            received += messages
            // Of a group in a FIFO queue there are no more before these are answered.
            guard !queue.queueURL.hasSuffix(".fifo") else { break }
        }
        let records = received.map { Record($0, arn: arn, region: client.region) }
        let payload = try JSONEncoder().encode(["Records": records])
        return Batch(
            payload: String(decoding: payload, as: UTF8.self),
            receipts: Dictionary(uniqueKeysWithValues: received.map { ($0.MessageId, $0.ReceiptHandle) })
        )
    }

    /// Deletes the messages that the function's answer does not name.
    package func settle(_ batch: Batch, answer: String) async throws {
        let answer = try JSONDecoder().decode(Answer.self, from: Data(answer.utf8))
        let returned = Set(answer.batchItemFailures.map(\.itemIdentifier))
        let kept = try await queue.deleteMessages(
            ofReceipts: batch.receipts.filter { !returned.contains($0.key) }.map(\.value)
        )
        guard kept == 0, returned.isSubset(of: batch.receipts.keys) else {
            throw ChildProcess.Failure(description: "\(kept) messages were not deleted; \(returned) come again")
        }
    }

    private struct Input: Encodable {
        let QueueUrl: String
        let MaxNumberOfMessages = 10
        let MessageSystemAttributeNames = ["All"]

        private enum CodingKeys: CodingKey { case QueueUrl, MaxNumberOfMessages, MessageSystemAttributeNames }
    }

    private struct Output: Decodable { let Messages: [Received]? }

    private struct Received: Decodable {
        let MessageId: String
        let ReceiptHandle: String
        let Body: String
        let MD5OfBody: String
        let Attributes: [String: String]
    }

    /// A message as the function is handed it.
    private struct Record: Encodable {
        let messageId: String
        let receiptHandle: String
        let body: String
        let attributes: [String: String]
        let messageAttributes: [String: String] = [:]
        let md5OfBody: String
        let eventSource = "aws:sqs"
        let eventSourceARN: String
        let awsRegion: String

        init(_ message: Received, arn: String, region: String) {
            (messageId, receiptHandle, body) = (message.MessageId, message.ReceiptHandle, message.Body)
            (attributes, md5OfBody, eventSourceARN, awsRegion) = (message.Attributes, message.MD5OfBody, arn, region)
        }

        private enum CodingKeys: CodingKey {
            case messageId, receiptHandle, body, attributes, messageAttributes, md5OfBody
            case eventSource, eventSourceARN, awsRegion
        }
    }

    private struct Answer: Decodable {
        struct Item: Decodable { let itemIdentifier: String }
        let batchItemFailures: [Item]
    }
}
