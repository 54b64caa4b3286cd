// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncDigest
import SSOSyncTestSupport
import Testing

/// Rights of a function's role, of a service's, or of people, each the id of a statement, an action, and what a call has to come with, or
/// such an id, and what a call is about: those that its template or a policy gives, and those that the calls need which the
/// stand-in for AWS has seen.
struct FunctionRights {
    let aws: AWSStandIn.World
    /// The statements that are about a queue, a role or a path in S3, or all below one that ends with a slash; others have one
    /// for each service.
    var statements: [String: String] = [:]

    /// The services of operations, whose names do not say it, and which are the actions' names, too
    /// (<https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>).
    private static let services: [String: String] = [
        "ListUsers": "identitystore", "DescribeUser": "identitystore", "ListGroups": "identitystore",
        "GetGroupId": "identitystore", "DescribeGroup": "identitystore", "ListGroupMemberships": "identitystore",
        "IsMemberInGroups": "identitystore", "CreateGroupMembership": "identitystore",
        "DeleteGroupMembership": "identitystore", "GetGroupMembershipId": "identitystore",
        "DescribeDBClusters": "rds", "DescribeDBInstances": "rds",
        "DescribeGlobalClusters": "rds", "DescribeBlueGreenDeployments": "rds", "SendMessage": "sqs",
        "Publish": "sns", "PutEvents": "events", "AssumeRole": "sts", "GetObject": "s3", "PutObject": "s3",
        "Sign": "kms", "GetPublicKey": "kms", "DescribeTrails": "cloudtrail", "GetTrailStatus": "cloudtrail",
        "GetEventSelectors": "cloudtrail", "GetTopicAttributes": "sns", "DescribeEventBus": "events",
        "ReceiveMessage": "sqs", "DeleteMessage": "sqs", "ChangeMessageVisibility": "sqs", "GetQueueAttributes": "sqs",
    ]
    /// The statements of what a doctor calls.
    private static let statementsByOperation = [
        "DescribeTrails": "ExamineTrails", "GetTrailStatus": "ExamineTrails", "GetEventSelectors": "ExamineTrails",
        "GetTopicAttributes": "ExamineTopics", "DescribeEventBus": "ExamineBuses",
    ]
    /// The statements of services that have one each.
    private static let statementsByService = [
        "identitystore": "ReadDirectory", "rds": "FindTargets", "sns": "NotifyTopics", "events": "NotifyBuses",
        "kms": "SignByHub",
    ]
    /// The statement by which reports are kept, and none is replaced.
    private static let keeping = "KeepReports"
    /// What stands between a statement and what it is about.
    private static let about = " on "

    /// What a role of a template, or a policy, gives to whoever makes the calls.
    static func given(
        by file: String,
        _ role: String? = nil,
        _ values: [String: String] = [:]
    ) async throws -> Set<String> {
        let paths = ["dev/deploy/python", "dev/deploy/actions.py", file].map {
            ChildProcess.root.appending(path: $0).path
        }
        let lines = try await ChildProcess.output(paths + (role.map { [$0] } ?? []) + values.map { "\($0)=\($1)" })
        return Set(lines.split(separator: "\n").map(String.init))
    }

    /// What the calls need that are made meanwhile.
    func needed(during body: () async throws -> Void) async throws -> Set<String> {
        let before = try await aws.calls().count
        try await body()
        let calls = try await aws.calls().dropFirst(before)
        #expect(calls.filter { !$0.verified } == [])
        // Whoever has a key may ask whose it is.
        return Set(calls.filter { $0.operation != "GetCallerIdentity" }.flatMap(rights))
    }

    /// The action that a call needs; nil for what whoever has a key may ask: whose it is.
    static func action(of call: AWSStandIn.Call) -> String? {
        guard call.operation != "GetCallerIdentity" else { return nil }
        let (service, action) = name(of: call)
        return "\(service):\(action)"
    }

    /// A call's service and action.
    private static func name(of call: AWSStandIn.Call) -> (service: String, action: String) {
        // Batches have no action of their own.
        let isBatch = call.operation.hasSuffix("Batch")
        let action = isBatch ? String(call.operation.dropLast("Batch".count)) : call.operation
        return (isBatch ? "sqs" : services[action] ?? "?", action)
    }

    /// The rights that a call needs.
    private func rights(_ call: AWSStandIn.Call) -> [String] {
        let (service, action) = Self.name(of: call)
        let statement =
            Self.statementsByOperation[action] ?? statement(about: call.resource)
            ?? Self.statementsByService[service] ?? "?"
        // With a version's id it is another action.
        let operation = statement == "ReadConfiguration" ? "GetObjectVersion" : action
        // Without what a policy demands a call would be denied.
        let demanded = statement == Self.keeping ? call.conditions.map { " s3:\($0)" }.joined() : ""
        return ["\(statement) \(service):\(operation)\(demanded)"]
            + call.resources(of: service).map { "\(statement)\(Self.about)\($0)" }
    }

    private func statement(about resource: String) -> String? {
        statements[resource] ?? statements.first { $0.key.hasSuffix("/") && resource.hasPrefix($0.key) }?.value
    }

    /// Has reports kept in a bucket, where the templates want them.
    ///
    /// - Parameters:
    ///   - bucket: The bucket.
    ///   - spoke: The spoke whose reports they are, if they are one's.
    /// - Returns: What says so in a configuration.
    mutating func keepReports(in bucket: String, of spoke: String? = nil) -> String {
        let place = "\(bucket)/reports/\(spoke.map { "\($0)/" } ?? "")"
        statements["/\(place)"] = Self.keeping
        return #""reports": {"s3": "s3://\#(place)"}"#
    }

    /// Requires that what is needed is what a template gives.
    ///
    /// - Parameters:
    ///   - needed: What is needed.
    ///   - template: The template.
    ///   - role: The role's name in it.
    ///   - values: Its parameters, and the ARNs of what stands for its resources.
    static func compare(
        _ needed: Set<String>,
        with template: String,
        role: String = "Role",
        _ values: [String: String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let given = try await given(by: "Deploy/cloudformation/\(template).yaml", role, values)
        compare(needed, with: given, sourceLocation)
    }

    /// Requires that what is needed is what policies give, whose resources are examples, and one that a template makes, if there is one.
    ///
    /// - Parameters:
    ///   - needed: What is needed.
    ///   - policies: The policies that are given as examples.
    ///   - template: The template, in which the policy is called `Policy`.
    ///   - values: Its parameters, and the ARNs of what stands for its resources.
    static func compare(
        _ needed: Set<String>,
        withPolicies policies: String...,
        of template: String? = nil,
        _ values: [String: String] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        var examples: Set<String> = []
        for policy in policies { examples.formUnion(try await given(by: "Policies/\(policy).json")) }
        var all = examples
        if let template {
            all.formUnion(try await given(by: "Deploy/cloudformation/\(template).yaml", "Policy", values))
        }
        let ids = Set(examples.map { $0.prefix { $0 != " " } })
        let known = needed.filter { !$0.contains(about) || !ids.contains($0.prefix { $0 != " " }) }
        compare(known, with: all, sourceLocation)
    }

    private static func compare(_ needed: Set<String>, with given: Set<String>, _ sourceLocation: SourceLocation) {
        /// What is given has asterisks where it is given for many.
        func covers(_ given: String, _ needed: String) -> Bool { fnmatch(given, needed, 0) == 0 }
        let missing = needed.filter { right in !given.contains { covers($0, right) } }
        let idle = given.filter { right in !needed.contains { covers(right, $0) } }
        #expect(missing.sorted() == [], "needed, and not given", sourceLocation: sourceLocation)
        #expect(idle.sorted() == [], "given, and not needed", sourceLocation: sourceLocation)
    }

    /// A template's parameters for a configuration in a bucket, with reports beside it.
    static func parameters(_ bucket: String) -> [String: String] {
        [
            "Owner": "test", "ConfigurationBucket": bucket, "ConfigurationKey": "configuration.json",
            "ReportsBucket": bucket,
        ]
    }

    /// Puts a configuration into a bucket with versions, which may be another with each call.
    ///
    /// - Returns: What leads the function there.
    mutating func pin(_ configuration: String, _ bucket: String) async throws -> [String: String] {
        let place = try #require(S3Location(bucket: bucket, key: "configuration.json"))
        let text = Array(configuration.utf8)
        let receipt = try await S3Client(try aws.client(.s3)).put(text, at: place, contentType: "application/json")
        statements["/\(bucket)/configuration.json"] = "ReadConfiguration"
        return [
            "SSOSYNC_CONFIGURATION": "\(place)",
            "SSOSYNC_CONFIGURATION_VERSION": try #require(receipt?.versionId),
            "SSOSYNC_CONFIGURATION_SHA256": SHA256.digest(text).hexadecimal,
        ]
    }
}

extension AWSStandIn.Call {
    /// What the identity store's operations are about besides the store, and RDS's, if they name one or none.
    private static let kinds = [
        "ListUsers": ["user"], "DescribeUser": ["user"], "ListGroups": ["group"], "GetGroupId": ["group"],
        "DescribeGroup": ["group"], "ListGroupMemberships": ["group", "membership"],
        "IsMemberInGroups": ["user", "group", "membership"], "DescribeDBClusters": ["cluster"],
        "DescribeDBInstances": ["db"], "DescribeGlobalClusters": ["global-cluster"],
        "DescribeBlueGreenDeployments": ["deployment"],
    ]

    /// The ARNs of what it is about, as policies name it; of people, groups and databases the log does not tell which.
    fileprivate func resources(of service: String) -> [String] {
        let account = "123456789012"
        let kinds = Self.kinds[operation] ?? []
        switch service {
        case "s3": return ["arn:aws:s3:::\(resource.dropFirst())"]
        case "sqs":
            return ["arn:aws:sqs:\(region):\(account):\(resource.split(separator: "/").last ?? "?")"]
        case "events": return ["arn:aws:events:\(region):\(account):event-bus/\(resource)"]
        case "identitystore":
            return ["arn:aws:identitystore::\(account):identitystore/\(resource)"]
                + kinds.map { "arn:aws:identitystore:::\($0)/*" }
        case "rds":
            return kinds.map { "arn:aws:rds:\($0 == "global-cluster" ? "" : region):\(account):\($0):*" }
        // No trail by itself: nothing but all can be allowed.
        case "cloudtrail": return ["*"]
        default: return [resource]
        }
    }
}

extension SQSClient {
    /// The queue's ARN.
    var arn: String {
        "arn:aws:sqs:eu-west-1:123456789012:\(queueURL.split(separator: "/").last ?? "?")"
    }
}

extension AWSStandIn.World {
    /// Makes a cluster whose instance is a test's server.
    mutating func makeCluster(_ name: String, _ world: World) async throws {
        var instance = AWSStandIn.DatabaseInstance("\(name)-0", engine: "aurora-postgresql", in: name)
        instance.Endpoint = .init("localhost", world.server.port)
        var cluster = AWSStandIn.Cluster(name, engine: "aurora-postgresql", members: ["\(name)-0"])
        (cluster.Endpoint, cluster.Port) = ("localhost", world.server.port)
        rds = [region: AWSStandIn.RDS(clusters: [cluster], instances: [instance])]
        try await set()
    }

    /// Makes a trail, which is there for all tests in the Region.
    func makeTrail(_ bucket: String) async throws {
        struct Selectors: Encodable {
            struct Selector: Encodable {
                let ReadWriteType = "WriteOnly"
                let IncludeManagementEvents = true

                private enum CodingKeys: CodingKey { case ReadWriteType, IncludeManagementEvents }
            }

            let TrailName: String
            let EventSelectors = [Selector()]

            private enum CodingKeys: CodingKey { case TrailName, EventSelectors }
        }
        let cloudTrail = try client(.cloudTrail)
        try await cloudTrail.perform("CreateTrail", ["Name": bucket, "S3BucketName": bucket])
        try await cloudTrail.perform("PutEventSelectors", Selectors(TrailName: bucket))
        try await cloudTrail.perform("StartLogging", ["Name": bucket])
    }

    /// Makes a topic and a bus.
    ///
    /// - Returns: The notifiers that tell them of these things, for a configuration, and for a template its parameters.
    func makeNotifiers(on kinds: String) async throws -> (text: String, parameters: [String: String]) {
        let (topic, bus) = (try await AWSMessages(self).topic(), try await AWSMessages(self).bus(source: "sso-sync"))
        let arn = "arn:aws:events:\(region):123456789012:event-bus/\(bus.name)"
        let parameters = ["NotifyTopicArns": topic.arn, "NotifyBusArns": arn]
        let text = #"""
            "notify": [
              {"sns": {"topicArn": "\#(topic.arn)"}, "on": ["\#(kinds)"]},
              {"eventBridge": {"bus": "\#(bus.name)", "region": "\#(region)"}, "on": ["\#(kinds)"]}
            ]
            """#
        return (text, parameters)
    }
}
