// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// The Lambda function as it is deployed, between a directory in the stand-in for AWS, a queue there, and one real server.
struct FunctionStory {
    /// A group whose id is pinned.
    static let readers = AWSStandIn.id(90_001)
    /// A group that is known by its name.
    static let writers = AWSStandIn.id(90_002)

    var aws: AWSStandIn.World
    let queue: SQSClient
    let folder: TemporaryFolder
    /// The variables that the function is deployed with.
    var variables: [String: String]

    /// - Parameters:
    ///   - world: Whose server it is.
    ///   - people: How many people there are.
    ///   - readers: How many of them are in the first group; the others are in none.
    ///   - location: Where the target is, in the configuration; by default where it really is.
    ///   - more: Further members of the configuration.
    ///   - removals: How many people may lose access at once.
    ///   - prepare: Puts into the stand-in for AWS what the configuration needs.
    init(
        _ world: World,
        people: Int = 20,
        readers: Int = 0,
        location: String? = nil,
        more: String = "",
        removals: Int = 1_000,
        prepare: (inout AWSStandIn.World) async throws -> Void = { _ in }
    ) async throws {
        aws = try await AWSStandIn.world()
        try await prepare(&aws)
        let members = (0..<readers).map { AWSStandIn.id($0 + 1) }
        let groups = [
            AWSStandIn.Group(Self.readers, "Readers", members: members), AWSStandIn.Group(Self.writers, "Writers"),
        ]
        try await aws.load(users: (1...people).map { AWSStandIn.User($0) }, groups: groups)
        queue = try await AWSMessages(aws).queue()
        variables = ["SSOSYNC_ROLE": "single", "SSOSYNC_EVENT_QUEUE_URL": queue.queueURL]
        folder = try TemporaryFolder()
        let authority = try Data(contentsOf: URL(filePath: world.server.authority))
        try folder.write(bytes: Array(authority), to: "ca.pem")
        try folder.write(
            """
            {
              "version": 1, "owner": "test",
              "directory": {
                "identityCenter": { "region": "\(aws.region)", "identityStoreId": "\(aws.store)", "requestsPerSecond": 100 }
              },
              "brake": { "removals": \(removals), "percent": 100, "joins": 1000 },
              "targets": [{
                "name": "orders", "mode": "enforce", \(location ?? Self.location(of: world)), "region": "\(aws.region)",
                "user": "sso_provisioner", "tls": { "ca": "ca.pem" },
                "groups": {
                  "Readers": { "id": "\(Self.readers)", "roles": ["readers"] },
                  "Writers": { "roles": ["writers"] }
                }
              }]\(more)
            }
            """,
            to: "sso-sync.json"
        )
        try world.allow(aws)
    }

    private static func location(of world: World) -> String {
        let engine = world.engine == .mysql ? "mysql" : "postgres"
        return #""engine": "\#(engine)", "host": "localhost", "port": \#(world.server.port)"#
    }

    /// The configuration's text.
    var configuration: [UInt8] { folder.contents("sso-sync.json") }

    /// Hands a new process of the function these payloads, one after another.
    ///
    /// - Parameters:
    ///   - payloads: What the function is invoked with.
    ///   - environment: More variables.
    ///   - timeout: Seconds that each invocation has.
    ///   - starts: How many processes it takes.
    func play(
        _ payloads: [String],
        environment: [String: String] = [:],
        timeout: Double = 60,
        starts: Int = 1
    ) async throws -> LambdaControlPlane.Report {
        let own = ["LAMBDA_TASK_ROOT": folder.path, "AWS_REGION": aws.region, "AWS_LAMBDA_LOG_FORMAT": "JSON"]
        let report = try await AllowedActions.single.required(of: aws) {
            try await LambdaControlPlane.play(
                payloads.map { LambdaControlPlane.Invocation($0) },
                on: "sso-sync-lambda",
                environment: aws.environment.merging(own) { $1 }.merging(variables) { $1 }.merging(environment) { $1 },
                timeout: timeout
            )
        }
        #expect(report.violations.isEmpty)
        #expect(report.starts == starts)
        #expect(!report.output.contains { $0.contains(aws.secretAccessKey) || $0.contains("X-Amz-Signature") })
        return report
    }

    /// Hands it messages, and requires that all are done with.
    @discardableResult
    func handle(
        _ bodies: String...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> LambdaControlPlane.Report {
        let report = try await play([try LambdaEvents.batch(bodies)])
        #expect(
            report.outcomes.map(\.body) == [LambdaEvents.failures()],
            "\(report.output)",
            sourceLocation: sourceLocation
        )
        return report
    }

    /// A change of a membership, as the console's is told of.
    func event(_ name: String, _ person: Int, _ group: String) -> String {
        LambdaEvents.membership(name, person: AWSStandIn.id(person), group: group, store: aws.store)
    }

    /// How many messages wait in the queue until they can be received.
    func delayedMessages() async throws -> Int { try await messages()["Delayed"] ?? -1 }

    /// How many messages the queue has: those that wait (`Delayed`), those that somebody has received (`NotVisible`), and, by the
    /// empty name, those that can be received.
    func messages() async throws -> [String: Int] { try await aws.messages(in: queue) }
}
