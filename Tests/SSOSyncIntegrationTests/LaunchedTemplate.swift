// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncDigest
import SSOSyncTestSupport
import Testing

/// What dev/deploy/launch.py has made in the stand-in for AWS of a template of Deploy/cloudformation: the bus, the rules and the
/// queues that events pass.
struct LaunchedTemplate {
    private struct Facts: Decodable {
        let bus: String?
        let queueArn: String
        let queueUrl: String
        let variables: [String: String]
    }

    private let facts: Facts
    private let aws: AWSStandIn.World
    /// The queue that invokes the function.
    let queue: SQSClient

    /// - Parameters:
    ///   - name: The template's file, without its ending.
    ///   - configuration: What the function is configured with.
    ///   - parameters: The template's parameters, beside those that all of them have.
    ///   - aws: Where it is made. All tests have one account there: names have the store in them, which no other test has.
    init(
        _ name: String,
        configuration: [UInt8],
        _ parameters: [String: String] = [:],
        in aws: AWSStandIn.World
    ) async throws {
        let own = [
            "Owner": "test-\(aws.store.dropFirst(2))", "ConfigurationSha256": SHA256.digest(configuration).hexadecimal,
        ]
        let root = ChildProcess.root
        let output = try await ChildProcess.output(
            [
                root.appending(path: "dev/deploy/python").path, root.appending(path: "dev/deploy/launch.py").path,
                root.appending(path: "Deploy/cloudformation/\(name).yaml").path,
            ] + own.merging(parameters) { $1 }.map { "\($0)=\($1)" },
            environment: aws.environment
        )
        facts = try JSONDecoder().decode(Facts.self, from: Data(output.utf8))
        self.aws = aws
        queue = SQSClient(queueURL: facts.queueUrl, client: try aws.client(.sqs))
    }

    /// The same of one that takes events of the store, on a bus of its own: no other test has rules on that.
    static func withBus(
        _ name: String,
        configuration: [UInt8],
        in aws: AWSStandIn.World
    ) async throws -> LaunchedTemplate {
        try await LaunchedTemplate(
            name,
            configuration: configuration,
            [
                "DirectoryAccountId": "111122223333", "IdentityStoreId": aws.store, "IdentityStoreRegion": aws.region,
            ],
            in: aws
        )
    }

    /// The variables that the function is started with.
    var variables: [String: String] { facts.variables }

    /// The queue by which everyone is read for what names nobody.
    func everyone() throws -> EveryoneQueue {
        let url = try #require(variables[EveryoneQueue.variable])
        return EveryoneQueue(SQSClient(queueURL: url, client: try aws.client(.sqs)), in: aws)
    }

    /// Puts an event on the bus.
    func publish(_ event: EventBridgeEvent) async throws {
        try await EventBridgeClient(aws.client(.eventBridge)).putEvents([event], on: facts.bus ?? "default")
    }

    /// How many messages the queue has.
    func messages() async throws -> [String: Int] { try await aws.messages(in: queue) }

    /// Hands a function what is in the queue, as Lambda does, and then what it has handed on.
    ///
    /// - Parameter play: Has the function handle a payload.
    /// - Returns: What came of it in the end.
    func deliver(
        to play: (_ payload: String) async throws -> LambdaControlPlane.Report
    ) async throws -> LambdaControlPlane.Report {
        let source = LambdaEventSource(queue, arn: facts.queueArn, client: try aws.client(.sqs))
        let report = try await source.deliver(to: play)
        guard report.metric("WideReadings") != nil else { return report }
        #expect(report.metric("Runs") == nil)
        return try await everyone().deliver(to: play)
    }
}
