// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// From an event that is put on a bus, as AWS publishes it, to people who log in: with the rules and the queue of the
/// template, and what is received from that queue, as it is.
@Suite("The Lambda function behind its template's rules", .timeLimit(.minutes(5)))
struct DeployedFunctionTests {
    /// What each family of events tells of whoever joins a group and leaves it, by the titles of the decoder's samples.
    private static let families = [
        (joins: "console: a member is added", leaves: "console: a member is removed, at the top level"),
        (
            joins: "API: a membership is created",
            leaves: "API: a membership is deleted, of which only its own id is told"
        ),
        (
            joins: "SCIM: members of a group change, and their ids are hidden",
            leaves: "SCIM: members of a group change, and their ids are hidden"
        ),
        (
            joins: "notification: a membership with all ids",
            leaves: "notification: a membership with ids in the detail"
        ),
    ]

    @Test(arguments: World.engines.filter { $0 == .mysql || $0 == .postgres(17) })
    func `who joins a group can log in once the event is published, and who leaves cannot`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let function = try await DeployedFunction(world)
            var deliveries = 0
            func publish(_ title: String, _ person: Int) async throws {
                let event = try EventBridgeEvent(
                    sample: title,
                    person: AWSStandIn.id(person),
                    group: FunctionStory.readers,
                    store: function.story.aws.store
                )
                // Whose source does not say that it is AWS's does not even reach the queue.
                var foreign = event
                foreign.source = event.source.replacing("aws.", with: "")
                try await function.publish(foreign)
                #expect(try await function.story.messages() == Self.messages(delayed: deliveries), "\(title)")
                try await function.publish(event)
                #expect(try await function.story.messages() == Self.messages(1, delayed: deliveries), "\(title)")
                let report = try await function.deliver()
                deliveries += 1
                #expect(report.metric("Runs") == 1 && report.metric("TargetsFailed") == 0, "\(report.output)")
                // Whoever was read is read once more, two minutes later.
                #expect(try await function.story.messages() == Self.messages(delayed: deliveries), "\(title)")
            }
            for (number, family) in Self.families.enumerated() {
                let (person, account) = (number + 1, AccountName("person\(number + 1)"))
                try await function.story.aws.join(person, FunctionStory.readers)
                try await publish(family.joins, person)
                #expect(try await world.rolesHeld(by: account) == ["readers"])
                let session = try await world.server.logIn(as: account)

                try await function.story.aws.leave(person, FunctionStory.readers)
                try await publish(family.leaves, person)
                #expect(try await world.mayLogIn(account) == false)
                #expect(try await world.rolesHeld(by: account) == [])
                #expect(await !world.canLogIn(account))
                await #expect(throws: LostSession.self) { try await session.check() }
            }
            #expect(try await function.story.aws.calls().allSatisfy(\.verified))
        }
    }

    /// How many messages the queue has.
    private static func messages(_ visible: Int = 0, delayed: Int) -> [String: Int] {
        ["": visible, "Delayed": delayed, "NotVisible": 0]
    }
}
