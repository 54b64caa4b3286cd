// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncDigest
import SSOSyncTestSupport
import Testing

/// The Lambda function as Deploy/cloudformation/single.yaml deploys it: dev/deploy/launch.py makes the template's bus, rules and
/// queues in the stand-in for AWS, and says with which variables the function is started.
struct DeployedFunction {
    private struct Launched: Decodable {
        let bus: String
        let queueArn: String
        let queueUrl: String
        let variables: [String: String]
    }

    let story: FunctionStory
    private let bus: String
    private let source: LambdaEventSource

    init(_ world: World) async throws {
        var story = try await FunctionStory(world)
        let root = ChildProcess.root
        let output = try await ChildProcess.output(
            [
                root.appending(path: "dev/deploy/python").path, root.appending(path: "dev/deploy/launch.py").path,
                root.appending(path: "Deploy/cloudformation/single.yaml").path,
                // Names are made of it, and all tests have one account.
                "Owner=test-\(story.aws.store.dropFirst(2))",
                "ConfigurationSha256=\(SHA256.digest(story.configuration).hexadecimal)",
                "IdentityStoreId=\(story.aws.store)", "IdentityStoreRegion=\(story.aws.region)",
                // Has a bus of its own made, which no other test has rules on.
                "DirectoryAccountId=111122223333",
            ],
            environment: story.aws.environment
        )
        let launched = try JSONDecoder().decode(Launched.self, from: Data(output.utf8))
        let client = try story.aws.client(.sqs)
        (story.variables, story.queue) = (
            launched.variables, SQSClient(queueURL: launched.queueUrl, client: client)
        )
        (self.story, bus) = (story, launched.bus)
        source = LambdaEventSource(queueURL: launched.queueUrl, arn: launched.queueArn, client: client)
    }

    /// Puts an event on the bus.
    func publish(_ event: EventBridgeEvent) async throws {
        try await EventBridgeClient(story.aws.client(.eventBridge)).putEvents([event], on: bus)
    }

    /// Hands the function what is in the queue, as Lambda does, and requires that all of it is done with.
    func deliver(sourceLocation: SourceLocation = #_sourceLocation) async throws -> LambdaControlPlane.Report {
        let batch = try await source.receive()
        let report = try await story.play([batch.payload])
        #expect(report.kinds == ["response"], "\(report.output)", sourceLocation: sourceLocation)
        try await source.settle(batch, answer: report.outcomes.first?.body ?? "")
        return report
    }
}
