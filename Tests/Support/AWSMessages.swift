// SPDX-License-Identifier: Apache-2.0

import Foundation
package import SSOSyncAWS

/// Topics, buses and queues of a test's own in the stand-in for AWS.
package struct AWSMessages: Sendable {
    private let world: AWSStandIn.World
    private let name = "t-\(UInt64.random(in: 0..<(1 << 48)))"

    package init(_ world: AWSStandIn.World) { self.world = world }

    /// A client that signs with the world's keys.
    package func client(_ service: AWSService, _ policy: RetryPolicy = RetryPolicy()) throws -> AWSClient {
        try AWSClient(
            service,
            region: world.region,
            credentials: world.credentials,
            transport: CurlTransport(.init()),
            endpoints: EndpointResolver(environment: world.environment),
            configuration: .init(retryPolicy: policy)
        )
    }

    /// A queue.
    package func queue(_ suffix: String = "") async throws -> SQSClient {
        struct Input: Encodable { let QueueName: String }
        struct Output: Decodable { let QueueUrl: String }
        let sqs = try client(.sqs)
        let output: Output = try await sqs.call("CreateQueue", Input(QueueName: name + suffix))
        return SQSClient(queueURL: output.QueueUrl, client: sqs)
    }

    /// A FIFO queue.
    package func fifoQueue() async throws -> SQSClient {
        struct Input: Encodable {
            let QueueName: String
            let Attributes = ["FifoQueue": "true"]

            private enum CodingKeys: CodingKey { case QueueName, Attributes }
        }
        struct Output: Decodable { let QueueUrl: String }
        let sqs = try client(.sqs)
        let output: Output = try await sqs.call("CreateQueue", Input(QueueName: "\(name).fifo"))
        return SQSClient(queueURL: output.QueueUrl, client: sqs)
    }

    /// A topic, and a queue that gets what the protocol `sqs` gets of its messages.
    package func topic() async throws -> (arn: String, queue: SQSClient) {
        let (sns, queue) = (try client(.sns), try await queue("-topic"))
        let topic = try await sns.query("CreateTopic", [(name: "Name", value: name)])
        let arn = topic.text(at: "TopicArn") ?? ""
        _ = try await sns.query(
            "Subscribe",
            [
                (name: "TopicArn", value: arn), (name: "Protocol", value: "sqs"),
                (name: "Endpoint", value: "arn:aws:sqs:\(world.region):123456789012:\(name)-topic"),
            ]
        )
        return (arn, queue)
    }

    /// A bus, and a queue that gets the events of a source.
    package func bus(source: String) async throws -> (name: String, queue: SQSClient) {
        struct Bus: Encodable { let Name: String }
        struct Rule: Encodable {
            let Name = "all"
            let EventBusName: String
            let EventPattern: String

            private enum CodingKeys: CodingKey { case Name, EventBusName, EventPattern }
        }
        struct Targets: Encodable {
            struct Target: Encodable {
                let Id = "queue"
                let Arn: String

                private enum CodingKeys: CodingKey { case Id, Arn }
            }

            let Rule = "all"
            let EventBusName: String
            let Targets: [Target]

            private enum CodingKeys: CodingKey { case Rule, EventBusName, Targets }
        }
        let (events, queue) = (try client(.eventBridge), try await queue("-bus"))
        try await events.perform("CreateEventBus", Bus(Name: name))
        try await events.perform("PutRule", Rule(EventBusName: name, EventPattern: #"{"source":["\#(source)"]}"#))
        let arn = "arn:aws:sqs:\(world.region):123456789012:\(name)-bus"
        try await events.perform("PutTargets", Targets(EventBusName: name, Targets: [.init(Arn: arn)]))
        return (name, queue)
    }
}

extension SQSClient {
    /// All messages that are there, and no longer afterwards.
    ///
    /// - Parameter wait: How many seconds to wait for one, if there is none.
    package func drain(wait: Int = 0) async throws -> [String] {
        var bodies: [String] = []
        while true {
            let messages = try await receiveMessages(wait: bodies.isEmpty ? wait : 0)
            guard !messages.isEmpty else { return bodies }
            bodies += messages.map(\.body)
            for message in messages { try await deleteMessage(message) }
        }
    }
}
