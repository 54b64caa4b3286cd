// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncTestSupport

/// The queue by which one process makes all readings of everyone.
struct EveryoneQueue {
    /// The variable that a function knows it by.
    static let variable = "SSOSYNC_EVERYONE_QUEUE_URL"

    let queue: SQSClient
    private let aws: AWSStandIn.World

    /// A new one.
    init(in aws: AWSStandIn.World) async throws {
        self.init(try await AWSMessages(aws).fifoQueue(), in: aws)
    }

    /// One that is there.
    init(_ queue: SQSClient, in aws: AWSStandIn.World) { (self.queue, self.aws) = (queue, aws) }

    /// What a function is deployed with to know it.
    var variables: [String: String] { [Self.variable: queue.queueURL] }

    /// How many messages can be received.
    func count() async throws -> Int { try await aws.messages(in: queue)[""] ?? -1 }

    /// Hands a function what can be received, as Lambda does.
    ///
    /// - Parameter play: Has the function handle a payload.
    @discardableResult
    func deliver(
        to play: (_ payload: String) async throws -> LambdaControlPlane.Report
    ) async throws -> LambdaControlPlane.Report {
        try await LambdaEventSource(queue, arn: queue.arn, client: try aws.client(.sqs)).deliver(to: play)
    }
}
