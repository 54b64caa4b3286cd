// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// What whoever runs the service gives it: what the calls need that it makes, and nothing else.
@Suite(
    "The rights of the service",
    .enabled(if: ServedTool.exists, "the program is not built beside the tests"),
    .timeLimit(.minutes(5))
)
struct ServeRightsTests {
    private static let reader = "arn:aws:iam::123456789012:role/reader"
    private static let provisioner = "arn:aws:iam::123456789012:role/provisioner"

    @Test func `the service is allowed what its calls need, and nothing else`() async throws {
        try await World.with(postgres: 17) { world in
            let story = try await FunctionStory(world, readers: 15, location: #""cluster": "orders""#, more: ", MORE")
            let own = try await keys(for: story, world)
            var rights = FunctionRights(
                aws: own,
                statements: [
                    story.queue.queueURL: "HandleEvents", Self.reader: "BecomeReader",
                    Self.provisioner: "BecomeProvisioners",
                ]
            )
            let notifiers = try await story.aws.makeNotifiers(on: "changes")
            let more = "\(notifiers.text), \(rights.keepReports(in: try await story.aws.makeBucket()))"
            let text = String(decoding: story.configuration, as: UTF8.self).replacing("MORE", with: more)
                .replacing(#""requestsPerSecond""#, with: #""roleArn": "\#(Self.reader)", "requestsPerSecond""#)
            try story.folder.write(text, to: "sso-sync.json")
            let needed = try await rights.needed {
                let service = try story.serve(environment: own.environment)
                try await story.makeWait(service)
                try await story.aws.join(16, FunctionStory.readers)
                try await story.queue.sendMessage(story.event("AddMemberToGroup", 16, FunctionStory.readers))
                try await service.eventually("the person can log in") { _ in await world.canLogIn("person16") }
                // What waits is given back.
                #expect(try await service.end() == 0)

                // The id of a single group that is not pinned is asked for in another way. The server knows no key that STS hands
                // out: this target fails.
                let one = text.replacing(/"Readers": .*\n/, with: "")
                    .replacing(#""cluster""#, with: #""roleArn": "\#(Self.provisioner)", "cluster""#)
                try story.folder.write(one, to: "sso-sync.json")
                let next = try story.serve(environment: own.environment)
                try await next.eventually("a full run ends") { $0.log.contains("full run: partial-failure") }
                #expect(try await next.end() == 0)
            }
            try await FunctionRights.compare(
                needed,
                withPolicies: "reader",
                "provisioner",
                "serve",
                of: "events",
                ["Queue": story.queue.arn]
            )
        }
    }

    /// Keys of the service's own, by which it sees what others do: its calls are not those of the test.
    private func keys(for story: FunctionStory, _ world: World) async throws -> AWSStandIn.World {
        var own = try await AWSStandIn.world()
        own.instances = story.aws.instances
        own.rds = [own.region: world.cluster()]
        try await own.set()
        try world.allow(own)
        return own
    }
}
