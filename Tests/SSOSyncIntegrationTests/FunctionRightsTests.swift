// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// What a function's role is given: what the calls need that it makes, and nothing else.
@Suite("The rights of the Lambda function", .timeLimit(.minutes(5)))
struct FunctionRightsTests {
    private static let reader = "arn:aws:iam::123456789012:role/reader"
    private static let provisioner = "arn:aws:iam::123456789012:role/provisioner"
    /// What is to be done for somebody.
    private static let orders = [
        #"{"sso-sync":{"v":1,"do":"release-brake","hash":"0000000000000000"}}"#,
        #"{"sso-sync":{"v":1,"do":"plan"}}"#, #"{"sso-sync":{"v":1,"do":"doctor"}}"#,
    ]
    /// What reads the directory by a role.
    private static let byRole = #""roleArn": "\#(reader)", "requestsPerSecond""#

    /// A function with all that the role *single* can have, and what leads to two configurations of it.
    private func single(
        people: Int = 20,
        readers: Int = 15,
        _ body: (
            FunctionStory, FunctionRights, _ environments: [[String: String]], _ values: [String: String]
        ) async throws -> Void
    ) async throws {
        try await World.with(postgres: 17) { world in
            var notifiers = (text: "", parameters: [String: String]())
            var story = try await FunctionStory(
                world,
                people: people,
                readers: readers,
                location: #""cluster": "orders""#,
                more: ", NOTIFIERS"
            ) { aws in
                try await aws.makeCluster("orders", world)
                notifiers = try await aws.makeNotifiers(on: "changes")
            }
            let everyone = try await EveryoneQueue(in: story.aws)
            story.variables.merge(everyone.variables) { $1 }
            let bucket = try await story.aws.makeBucket(hasVersions: true)
            var rights = FunctionRights(
                aws: story.aws,
                statements: [
                    story.queue.queueURL: "PutEventsOff", everyone.queue.queueURL: "PutEventsOff",
                    Self.reader: "BecomeReader",
                    Self.provisioner: "BecomeProvisioners",
                ]
            )
            let more = "\(notifiers.text), \(rights.keepReports(in: bucket))"
            let configuration = String(decoding: story.configuration, as: UTF8.self)
                .replacing("NOTIFIERS", with: more).replacing(#""requestsPerSecond""#, with: Self.byRole)
            // The id of a single group that is not pinned is asked for in another way. The server knows no key that STS hands
            // out: this target fails, and its messages come again.
            let other = configuration.replacing(/"Readers": .*\n/, with: "")
                .replacing(#""cluster""#, with: #""roleArn": "\#(Self.provisioner)", "cluster""#)
            let environments = [
                try await rights.pin(configuration, bucket), try await rights.pin(other, bucket),
            ]
            let own = [
                "Queue": story.queue.arn, "EveryoneQueue": everyone.queue.arn, "IdentityStoreId": story.aws.store,
                "ReaderRoleArn": Self.reader,
                "TargetRoleArns": Self.provisioner,
            ]
            let values = own.merging(FunctionRights.parameters(bucket)) { $1 }.merging(notifiers.parameters) { $1 }
            try await body(story, rights, environments, values)
        }
    }

    @Test func `the role single is allowed what its calls need, and nothing else`() async throws {
        try await single { story, rights, environments, values in
            try await story.aws.join(16, FunctionStory.readers)
            let patch = LambdaEvents.trail("identitystore-scim", "PatchGroup", #"{"id": "\#(FunctionStory.writers)"}"#)
            let events = [
                try LambdaEvents.batch([story.event("AddMemberToGroup", 16, FunctionStory.readers)]),
                try LambdaEvents.batch([patch]),
            ]
            let deletion = #"{"identityStoreId": "\#(story.aws.store)", "membershipId": "m"}"#
            let anybody = LambdaEvents.trail("identitystore", "DeleteGroupMembership", deletion)
            let needed = try await rights.needed {
                let report = try await story.play(
                    events + [try LambdaEvents.batch([anybody]), LambdaEvents.schedule],
                    environment: environments[0]
                )
                #expect(report.metric("Changes") == 16 && report.metric("TargetsFailed") == 0, "\(report.output)")
                #expect(report.metric("NotNotified") == nil, "\(report.output)")
                let failing = try await story.play(events, environment: environments[1])
                #expect(failing.metric("MessagesReturned") == 2, "\(failing.output)")
            }
            try await FunctionRights.compare(needed, with: "single", values)
        }
    }

    /// Who is in a group is asked for one by one if they are few, or the store has pages of others.
    @Test(arguments: zip([20, 1_000], [3, 5]))
    func `the role control is allowed what its calls need, and nothing else`(people: Int, members: Int) async throws {
        // Of eleven, or thirteen, who are let in after a slow reading, the last few are asked about one by one.
        try await single(people: people, readers: 8) { story, rights, environments, values in
            for person in people - members + 1...people { try await story.aws.join(person, FunctionStory.writers) }
            let bucket = "bucket-\(story.aws.store.dropFirst(2))"
            try await story.aws.makeTrail(bucket)
            // By the function's clock a reading of more than half a minute, after which it asks once more about those whom it lets in.
            var (aws, slow) = (story.aws, AWSStandIn.Fault("delay", of: "ListGroupMemberships", times: 2))
            slow.seconds = 16
            try await aws.setFaults([slow])
            let needed = try await rights.needed {
                for environment in environments {
                    let report = try await story.play(
                        Self.orders,
                        environment: environment.merging(["SSOSYNC_ROLE": "control"]) { $1 }
                    )
                    #expect(report.kinds == ["response", "response", "response"], "\(report.output)")
                }
            }
            for operation in ["DescribeUser", "IsMemberInGroups"] {
                #expect(needed.contains("ReadDirectory identitystore:\(operation)"))
            }
            try await FunctionRights.compare(needed, with: "single", role: "ControlRole", values)
        }
    }

    @Test func `the role notify is allowed to tell people, and nothing else`() async throws {
        let aws = try await AWSStandIn.world()
        let topic = try await AWSMessages(aws).topic().arn
        let own = ["SSOSYNC_ROLE": "notify", "SSOSYNC_NOTIFY_TOPIC_ARN": topic, "AWS_REGION": aws.region]
        let rights = FunctionRights(aws: aws, statements: [topic: "TellPeople"])
        let needed = try await rights.needed {
            let report = try await LambdaControlPlane.play(
                [LambdaControlPlane.Invocation(try LambdaEvents.batch(["a dead letter"]))],
                on: "sso-sync-lambda",
                environment: aws.environment.merging(own) { $1 }
            )
            #expect(report.metric("FailuresTold") == 1, "\(report.output)")
        }
        for template in ["single", "hub"] {
            try await FunctionRights.compare(needed, with: template, role: "NotifyRole", ["AlarmTopic": topic])
        }
    }

    @Test func `hub and spoke are allowed what their calls need, and nothing else`() async throws {
        try await World.with(postgres: 17) { world in
            var story = try await FleetStory([world])
            try await story.aws.makeCluster("target-0", world)
            for person in 1...16 { try await story.aws.join(person, FleetStory.readers) }
            try await checkHub(story)
            try await checkSpoke(story)
            try await checkControl(story)
        }
    }

    private func checkHub(_ story: FleetStory) async throws {
        let everyone = try await EveryoneQueue(in: story.aws)
        let story = story.with(everyone.variables)
        let bucket = story.place.bucket
        var there = story.aws
        there.region = "us-west-2"
        let other = try await there.makeBucket("copies-\(bucket)")
        var rights = FunctionRights(
            aws: story.aws,
            statements: [
                story.events.queueURL: "PutEventsOff", everyone.queue.queueURL: "PutEventsOff",
                story.spokes[0].queue.queueURL: "SendToSpokes",
                "/\(bucket)/\(story.place.key)": "WriteSnapshot", "/\(other)/\(story.place.key)": "WriteCopies",
                Self.reader: "BecomeReader",
            ]
        )
        let reports = rights.keepReports(in: bucket)
        let configuration = story.configuration.replacing(#""requestsPerSecond""#, with: Self.byRole)
            .replacing(#""hub": {"#, with: #"\#(reports), "hub": {"#)
            .replacing(
                #""snapshots": ["#,
                with:
                    #""snapshots": [{ "s3": "s3://\#(other)/\#(story.place.key)", "region": "\#(there.region)" }, "#
            )
        // One group that is not there is told of.
        let notifiers = try await story.aws.makeNotifiers(on: "failure")
        let failing = configuration.replacing(#""Readers": "\#(FleetStory.readers)", "Writers""#, with: #""Nobody""#)
            .replacing(#""hub": {"#, with: #"\#(notifiers.text), "hub": {"#)
        let environments = [try await rights.pin(configuration, bucket), try await rights.pin(failing, bucket)]
        let events = [
            try LambdaEvents.batch([story.event("AddMemberToGroup", 16)]), LambdaEvents.schedule,
        ]
        let patch = LambdaEvents.trail("identitystore-scim", "PatchGroup", #"{"id": "\#(FleetStory.readers)"}"#)
        let needed = try await rights.needed {
            let report = try await story.playHub(
                events + [try LambdaEvents.batch([patch])],
                environment: environments[0]
            )
            #expect(report.metric("MessagesSent") == 2 && report.metric("SnapshotsNotWritten") == 0, "\(report.output)")
            let failed = try await story.playHub(events, environment: environments[1])
            #expect(failed.metric("MessagesReturned") == 1, "\(failed.output)")
            #expect(failed.metric("NotNotified") == nil, "\(failed.output)")
        }
        let own = [
            "Queue": story.events.arn, "EveryoneQueue": everyone.queue.arn, "Snapshots": "arn:aws:s3:::\(bucket)",
            "SigningKey": story.key,
            "CopyBucketArns": "arn:aws:s3:::\(other)", "SpokeQueueArns": story.spokes[0].queue.arn,
            "IdentityStoreId": story.aws.store, "ReaderRoleArn": Self.reader,
        ]
        let values = own.merging(FunctionRights.parameters(bucket)) { $1 }.merging(notifiers.parameters) { $1 }
        try await FunctionRights.compare(needed, with: "hub", values)
    }

    /// What a spoke's calls need, what leads to its configuration, and what its template is given.
    private func rights(
        of spoke: FleetStory.Spoke,
        _ story: FleetStory
    ) async throws -> (FunctionRights, environment: [String: String], values: [String: String]) {
        let notifiers = try await story.aws.makeNotifiers(on: "changes")
        var rights = FunctionRights(
            aws: story.aws,
            statements: [
                spoke.queue.queueURL: "PutMessagesOff",
                "/\(story.place.bucket)/\(story.place.key)": "ReadSnapshot",
            ]
        )
        let reports = rights.keepReports(in: story.place.bucket, of: spoke.name)
        let configuration = spoke.configuration
            .replacing(/"engine": "postgres",\s+"host": "localhost", "port": \d+/, with: #""cluster": "target-0""#)
            .replacing(#""targets": ["#, with: #"\#(notifiers.text), \#(reports), "targets": ["#)
        let environment = try await rights.pin(configuration, story.place.bucket)
        let own = ["Queue": spoke.queue.arn, "SnapshotBucket": story.place.bucket, "SpokeName": spoke.name]
        let parameters = FunctionRights.parameters(story.place.bucket).merging(notifiers.parameters) { $1 }
        return (rights, environment, own.merging(parameters) { $1 })
    }

    private func checkControl(_ story: FleetStory) async throws {
        let spoke = story.spokes[0]
        let (rights, environment, values) = try await rights(of: spoke, story)
        try await story.aws.leave(1, FleetStory.readers)
        _ = try await story.playHub([LambdaEvents.schedule])
        let needed = try await rights.needed {
            let report = try await story.play(
                spoke,
                Self.orders,
                environment: environment.merging(["SSOSYNC_ROLE": "control"]) { $1 }
            )
            #expect(report.metric("Changes").map { $0 > 0 } == true, "\(report.output)")
        }
        try await FunctionRights.compare(needed, with: "spoke", role: "ControlRole", values)
    }

    private func checkSpoke(_ story: FleetStory) async throws {
        let spoke = story.spokes[0]
        let (rights, environment, values) = try await rights(of: spoke, story)
        let messages = try await spoke.queue.drain()
        // Comes again, in case that a newer configuration is on its way.
        let strange = messages.map { $0.replacing("target-0", with: "target-9") }
        let needed = try await rights.needed {
            let report = try await story.play(
                spoke,
                [try LambdaEvents.batch(messages + strange)],
                environment: environment
            )
            #expect(report.metric("Changes") == 16 && report.metric("TargetsFailed") == 0, "\(report.output)")
            #expect(report.metric("NotNotified") == nil, "\(report.output)")
        }
        try await FunctionRights.compare(needed, with: "spoke", values)
    }
}
