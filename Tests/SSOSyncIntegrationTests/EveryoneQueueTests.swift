// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// Events that name nobody, with a queue by which one process reads everyone for all of them.
@Suite("Readings of everyone by a queue, from events to databases", .timeLimit(.minutes(5)))
struct EveryoneQueueTests {
    private static func story(_ world: World) async throws -> (FunctionStory, EveryoneQueue) {
        var story = try await FunctionStory(world)
        let everyone = try await EveryoneQueue(in: story.aws)
        story.variables.merge(everyone.variables) { $1 }
        return (story, everyone)
    }

    private func deletion(_ aws: AWSStandIn.World) -> String {
        LambdaEvents.trail(
            "identitystore",
            "DeleteGroupMembership",
            #"{"identityStoreId": "\#(aws.store)", "membershipId": "m"}"#
        )
    }

    @Test(arguments: World.engines.filter { $0 == .mysql || $0 == .postgres(17) })
    func `events about anybody, in two processes at once, are one reading, and keep nobody from being let in`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let (story, everyone) = try await Self.story(world)
            for person in 1...3 { try await story.aws.join(person, FunctionStory.readers) }
            let (event, anybody) = (story.event("AddMemberToGroup", 1, FunctionStory.readers), deletion(story.aws))
            async let first = story.handle(anybody, event, anybody)
            async let second = story.handle(anybody)
            let reports = try await [first, second]
            #expect(reports.map { $0.metric("WideReadings") } == [1, 1])
            // Of the person; nobody else was read yet.
            #expect(reports.map { $0.metric("Runs") } == [1, nil])
            #expect(await world.canLogIn("person1"))
            #expect(try await world.mayLogIn("person2") == nil)

            #expect(try await everyone.count() == 2)
            let read = try await everyone.deliver { try await story.play([$0]) }
            #expect(read.metric("Runs") == 1 && read.metric("EventToDone") != nil, "\(read.output)")
            #expect(try await everyone.count() == 0)
            for person in 1...3 { #expect(await world.canLogIn(AccountName("person\(person)"))) }
            // What the directory shows too late is seen two minutes later.
            #expect(read.metric("SecondReadings") == 1)
            #expect(try await story.delayedMessages() == 2)
        }
    }

    @Test func `the same events once more, as a process may leave them that was ended, are no second reading`()
        async throws
    {
        try await World.with(postgres: 17) { world in
            let (story, everyone) = try await Self.story(world)
            for _ in 1...2 { try await story.handle(deletion(story.aws)) }
            #expect(try await everyone.count() == 1)
        }
    }

    @Test func `with a hub, for the sake of groups everyone is read once, and those who map them are told`()
        async throws
    {
        try await World.with(postgres: 17) { world in
            let fleet = try await FleetStory([world, world], mapped: [["Readers"], ["Writers"]])
            let everyone = try await EveryoneQueue(in: fleet.aws)
            let story = fleet.with(everyone.variables)
            try await story.aws.join(1, FleetStory.writers)
            let patch = LambdaEvents.trail("identitystore-scim", "PatchGroup", #"{"id": "\#(FleetStory.writers)"}"#)
            for bodies in [[patch], [patch, patch]] {
                let report = try await story.playHub([try LambdaEvents.batch(bodies)])
                #expect(report.outcomes.map(\.body) == [LambdaEvents.failures()], "\(report.output)")
                #expect(report.metric("Runs") == nil && report.metric("MessagesSent") == nil)
            }
            let read = try await everyone.deliver { try await story.playHub([$0]) }
            #expect(read.metric("Runs") == 1 && read.metric("MessagesSent") == 1, "\(read.output)")
            #expect(try await everyone.count() == 0)
            #expect(try await story.spokes[0].queue.drain().isEmpty)
            try await story.deliver()
            #expect(try await world.rolesHeld(by: "person1") == ["writers"])
        }
    }
}
