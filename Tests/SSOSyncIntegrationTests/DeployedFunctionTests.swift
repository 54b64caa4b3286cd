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
            var story = try await FunctionStory(world)
            let template = try await LaunchedTemplate.withBus(
                "single",
                configuration: story.configuration,
                in: story.aws
            )
            story.variables = template.variables
            for (number, family) in Self.families.enumerated() {
                let (person, account) = (number + 1, AccountName("person\(number + 1)"))
                try await story.aws.join(person, FunctionStory.readers)
                try await tell(story, template, family.joins, of: person, earlier: 2 * number)
                #expect(try await world.rolesHeld(by: account) == ["readers"])
                let session = try await world.server.logIn(as: account)

                try await story.aws.leave(person, FunctionStory.readers)
                try await tell(story, template, family.leaves, of: person, earlier: 2 * number + 1)
                #expect(try await world.mayLogIn(account) == false)
                #expect(try await world.rolesHeld(by: account) == [])
                #expect(await !world.canLogIn(account))
                await #expect(throws: LostSession.self) { try await session.check() }
            }
            #expect(try await story.aws.calls().allSatisfy(\.verified))
        }
    }

    /// Publishes an event, and hands the function what arrives.
    ///
    /// - Parameter earlier: How many were published before it.
    private func tell(
        _ story: FunctionStory,
        _ template: LaunchedTemplate,
        _ title: String,
        of person: Int,
        earlier: Int
    ) async throws {
        let event = try EventBridgeEvent(sample: title, person, FunctionStory.readers, in: story.aws)
        // One whose source does not say that it is AWS's does not even reach the queue.
        var foreign = event
        foreign.source = event.source.replacing("aws.", with: "")
        try await template.publish(foreign)
        #expect(try await template.messages() == ["": 0, "Delayed": earlier, "NotVisible": 0], "\(title)")
        try await template.publish(event)
        #expect(try await template.messages() == ["": 1, "Delayed": earlier, "NotVisible": 0], "\(title)")
        let report = try await template.deliver { try await story.play([$0]) }
        #expect(report.metric("Runs") == 1 && report.metric("TargetsFailed") == 0, "\(report.output)")
        // It is done with; whoever was read for it is read once more, two minutes later.
        #expect(try await template.messages() == ["": 0, "Delayed": earlier + 1, "NotVisible": 0], "\(title)")
    }

    @Test
    func `with a hub, who joins a group can log in on all servers once the event is published, and who leaves cannot`()
        async throws
    {
        try await FleetStory.onEachEngine { story in
            let fleet = try await LaunchedFleet(story)
            // Of people the hub sends excerpts, and for the sake of a group it writes a snapshot.
            for (number, family) in [Self.families[0], Self.families[2]].enumerated() {
                let (person, account) = (number + 1, AccountName("person\(number + 1)"))
                try await story.aws.join(person, FleetStory.readers)
                try await fleet.tell(family.joins, of: person, earlier: 2 * number)
                for spoke in story.spokes {
                    #expect(try await spoke.world.rolesHeld(by: account) == ["readers"])
                    #expect(await spoke.world.canLogIn(account))
                }
                try await story.aws.leave(person, FleetStory.readers)
                try await fleet.tell(family.leaves, of: person, earlier: 2 * number + 1)
                for spoke in story.spokes {
                    #expect(try await spoke.world.mayLogIn(account) == false)
                    #expect(try await spoke.world.rolesHeld(by: account) == [])
                    #expect(await !spoke.world.canLogIn(account))
                }
            }
            #expect(try await story.aws.calls().allSatisfy(\.verified))
        }
    }
}
