// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncCore
import SSOSyncDigest
import SSOSyncTestSupport
import Testing

/// The calls that the function makes, and the actions that its role is allowed.
@Suite("The rights of the Lambda function", .timeLimit(.minutes(5)))
struct FunctionRightsTests {
    /// What of a template's role the function's own code needs.
    private func allowed(by template: String) async throws -> Set<String> {
        let root = ChildProcess.root
        let actions = try await ChildProcess.output([
            root.appending(path: "dev/deploy/python").path, root.appending(path: "dev/deploy/actions.py").path,
            root.appending(path: "Deploy/cloudformation/\(template).yaml").path,
        ])
        return Set(actions.split(separator: "\n").map(String.init))
    }

    /// The actions that calls need, by the calls' names, which do not say what service they are of
    /// (<https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>).
    private static let actions: [String: String] = [
        "ListUsers": "identitystore", "DescribeUser": "identitystore", "ListGroups": "identitystore",
        "GetGroupId": "identitystore", "DescribeGroup": "identitystore", "ListGroupMemberships": "identitystore",
        "IsMemberInGroups": "identitystore", "DescribeDBClusters": "rds", "DescribeDBInstances": "rds",
        "DescribeGlobalClusters": "rds", "DescribeBlueGreenDeployments": "rds", "SendMessage": "sqs",
        "Publish": "sns", "PutEvents": "events", "AssumeRole": "sts",
    ]

    private func action(_ call: String) -> String {
        switch call {
        case "GetObject": "s3:GetObjectVersion"
        case "ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility"
        default: "\(Self.actions[call] ?? "?"):\(call)"
        }
    }

    /// Puts a configuration into a bucket, and says what leads the function there.
    private func pinned(
        _ configuration: String,
        _ aws: AWSStandIn.World,
        _ bucket: String
    ) async throws -> [String: String] {
        let place = try #require(S3Location(bucket: bucket, key: "prod.json"))
        let text = Array(configuration.utf8)
        let receipt = try await S3Client(try aws.client(.s3)).put(text, at: place, contentType: "application/json")
        return [
            "SSOSYNC_CONFIGURATION": "\(place)",
            "SSOSYNC_CONFIGURATION_VERSION": try #require(receipt?.versionId),
            "SSOSYNC_CONFIGURATION_SHA256": SHA256.digest(text).hexadecimal,
        ]
    }

    @Test func `the role single is allowed what its calls need, and nothing else`() async throws {
        try await World.with(postgres: 17) { world in
            var notify = ""
            let story = try await FunctionStory(
                world,
                readers: 15,
                location: #""cluster": "orders""#,
                more: #", "notify": [NOTIFY]"#
            ) { aws in
                var instance = AWSStandIn.DatabaseInstance("orders-0", engine: "aurora-postgresql", in: "orders")
                instance.Endpoint = .init("localhost", world.server.port)
                var cluster = AWSStandIn.Cluster("orders", engine: "aurora-postgresql", members: ["orders-0"])
                (cluster.Endpoint, cluster.Port) = ("localhost", world.server.port)
                aws.rds = [aws.region: AWSStandIn.RDS(clusters: [cluster], instances: [instance])]
                try await aws.set()
                let (topic, bus) = (
                    try await AWSMessages(aws).topic(), try await AWSMessages(aws).bus(source: "sso-sync")
                )
                notify = #"""
                    {"sns": {"topicArn": "\#(topic.arn)"}, "on": ["changes"]},
                    {"eventBridge": {"bus": "\#(bus.name)", "region": "\#(aws.region)"}, "on": ["changes"]}
                    """#
            }
            let reader = #""roleArn": "arn:aws:iam::123456789012:role/reader", "requestsPerSecond""#
            let configuration = String(decoding: story.configuration, as: UTF8.self)
                .replacing("NOTIFY", with: notify).replacing(#""requestsPerSecond""#, with: reader)
            // The id of a single group that is not pinned is asked for in another way.
            let alone = configuration.replacing(/"Readers": .*\n/, with: "")
            let bucket = try await story.aws.makeBucket(hasVersions: true)
            let environments = [
                try await pinned(configuration, story.aws, bucket), try await pinned(alone, story.aws, bucket),
            ]
            try await story.aws.join(16, FunctionStory.readers)
            let before = try await story.aws.calls().count
            let group = LambdaEvents.trail("identitystore-scim", "PatchGroup", #"{"id": "\#(FunctionStory.readers)"}"#)
            let report = try await story.play(
                [
                    try LambdaEvents.batch([story.event("AddMemberToGroup", 16, FunctionStory.readers)]),
                    try LambdaEvents.batch([group]), LambdaEvents.schedule,
                ],
                environment: environments[0]
            )
            #expect(report.metric("Changes") == 16 && report.metric("TargetsFailed") == 0, "\(report.output)")
            #expect(report.metric("NotNotified") == nil, "\(report.output)")
            _ = try await story.play([LambdaEvents.schedule], environment: environments[1])
            let calls = try await story.aws.calls().dropFirst(before)
            let made = Set(calls.map { action($0.operation) })
            // Not to be had without another writer, whom FunctionStoryTests has.
            let waiting: Set = ["sqs:ChangeMessageVisibility"]
            let allowed = try await allowed(by: "single")
            #expect(made.union(waiting).subtracting(allowed).sorted() == [], "is called, and not allowed")
            #expect(allowed.subtracting(made.union(waiting)).sorted() == [], "is allowed, and never called")
        }
    }
}
