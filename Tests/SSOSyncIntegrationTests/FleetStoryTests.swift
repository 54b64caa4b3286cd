// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// Events as AWS publishes them, a hub and spokes under a control plane, queues between them, and real servers.
@Suite("A hub and its spokes", .timeLimit(.minutes(10)))
struct FleetStoryTests {
    @Test func `who is added to a group can log in on every server, and who is taken out is out on every one`()
        async throws
    {
        try await FleetStory.onEachEngine { story in
            try await story.aws.join(1, FleetStory.readers)
            let joined = try await story.hub(story.event("AddMemberToGroup", 1))
            #expect(joined.metric("MessagesSent") == Double(story.spokes.count))
            #expect(joined.metric("SecondReadings") == 1)
            for report in try await story.deliver() {
                #expect(report.metric("Changes") == 1)
                #expect(try #require(report.metric("ReadingToDone")) < 60)
                #expect(!report.output.contains { $0.contains("person1") })
            }
            for spoke in story.spokes {
                #expect(try await spoke.world.rolesHeld(by: "person1") == ["readers"])
                #expect(await spoke.world.canLogIn("person1"))
            }

            try await story.aws.leave(1, FleetStory.readers)
            try await story.hub(story.event("RemoveMemberFromGroup", 1))
            try await story.deliver()
            for spoke in story.spokes {
                #expect(try await spoke.world.mayLogIn("person1") == false)
                #expect(try await spoke.world.rolesHeld(by: "person1") == [])
                #expect(await !spoke.world.canLogIn("person1"))
            }
            #expect(try await story.aws.calls().allSatisfy(\.verified))
        }
    }

    @Test func `a full run writes one snapshot, and each target is brought in step with it`() async throws {
        try await FleetStory.onEachEngine { story in
            for person in 1...5 { try await story.aws.join(person, FleetStory.readers) }
            let hub = try await story.playHub([LambdaEvents.schedule])
            #expect(hub.outcomes.first?.body.contains(#""verdict":"sent""#) == true, "\(hub.output)")
            #expect(hub.metric("GoodFullRuns") == 1 && hub.metric("SnapshotsNotWritten") == 0)
            for report in try await story.deliver() {
                #expect(report.metric("MissedByEvents") == 5)
                #expect(report.metric("TargetsInStep") == 1)
                // By which alarms tell two of one account and Region apart.
                let names = story.spokes.map { #""deployment":"test/\#($0.name)""# }
                #expect(report.output.contains { line in names.contains { line.contains($0) } }, "\(report.output)")
                #expect(!report.output.contains { $0.contains(#""deployment":"test""#) }, "\(report.output)")
            }
            for spoke in story.spokes {
                for person in 1...5 { #expect(await spoke.world.canLogIn(AccountName("person\(person)"))) }
            }
            // Once for all: the spokes ask the directory nothing.
            let reads = try await story.aws.calls().filter { $0.operation == "ListGroupMemberships" }
            #expect(reads.count == 2)
        }
    }

    @Test func `an event that names a group alone is a full run for the spokes, which says nothing of missed events`()
        async throws
    {
        try await FleetStory.onEachEngine { story in
            try await story.aws.join(3, FleetStory.writers)
            let patch = LambdaEvents.trail("identitystore-scim", "PatchGroup", #"{"id": "\#(FleetStory.writers)"}"#)
            try await story.hub(patch)
            for report in try await story.deliver() {
                #expect(report.metric("Changes") == 1)
                #expect(report.metric("MissedByEvents") == nil)
            }
            for spoke in story.spokes { #expect(try await spoke.world.rolesHeld(by: "person3") == ["writers"]) }
            try await story.aws.leave(3, FleetStory.writers)
            try await story.hub(patch)
            try await story.deliver()
            for spoke in story.spokes { #expect(await !spoke.world.canLogIn("person3")) }
        }
    }

    @Test func `where an event has told of it, nothing counts as missed, be it a full run for another target`()
        async throws
    {
        try await World.with(postgres: 17) { told in
            try await World.with(.mysql) { missed in
                var story = try await FleetStory([told])
                let spoke = story.spokes[0]
                try story.add("missed", on: missed, to: spoke)
                try story.configureHub { $0.replacing(#"["target-0"]"#, with: #"["target-0", "missed"]"#) }
                for person in 1...5 { try await story.aws.join(person, FleetStory.readers) }
                _ = try await story.playHub([LambdaEvents.schedule])
                let messages = try await spoke.queue.drain().map { text in
                    guard text.contains(#""targets":["target-0"]"#) else { return text }
                    return text.replacing(#""scheduled":true"#, with: #""scheduled":false"#)
                }
                let report = try await story.play(spoke, [try LambdaEvents.batch(messages)])
                #expect(report.outcomes.map(\.body) == [LambdaEvents.failures()], "\(report.output)")
                #expect(report.metric("Runs") == 1 && report.metric("Changes") == 10)
                #expect(report.metric("MissedByEvents") == 5 && report.metric("TargetsInStep") == 1)
            }
        }
    }

    @Test func `for the sake of a group, everyone is read, and those who map the group are told`() async throws {
        try await World.with(postgres: 17) { world in
            let story = try await FleetStory([world, world], mapped: [["Readers"], ["Writers"]])
            let patch = LambdaEvents.trail("identitystore-scim", "PatchGroup", #"{"id": "\#(FleetStory.writers)"}"#)
            let report = try await story.hub(patch)
            #expect(report.metric("MessagesSent") == 1)
            #expect(try await story.spokes[0].queue.drain().isEmpty)
            #expect(try await story.spokes[1].queue.drain().count == 1)
            // People in the same batch are everybody's affair, and nobody's name is lost for the group's sake.
            try await story.aws.join(1, FleetStory.readers)
            let both = try await story.hub(patch, story.event("AddMemberToGroup", 1))
            #expect(both.metric("MessagesSent") == 3, "\(both.output)")
            let anybody = #"{"identityStoreId": "\#(story.aws.store)", "membershipId": "m"}"#
            let all = try await story.hub(LambdaEvents.trail("identitystore", "DeleteGroupMembership", anybody))
            #expect(all.metric("MessagesSent") == 2)
        }
    }

    @Test func `a hub and a spoke take nothing that is another role's`() async throws {
        try await World.with(postgres: 17) { world in
            let story = try await FleetStory([world])
            let spoke = try await story.play(
                story.spokes[0],
                [LambdaEvents.schedule, LambdaEvents.schedulerInput, "{}"]
            )
            #expect(spoke.kinds == ["error", "error", "error"])
            #expect(spoke.metric("InputRefused") == 3)
            let hub = try await story.playHub([#"{"sso-sync":{"v":1,"do":"plan"}}"#, "[]"])
            #expect(hub.kinds == ["error", "error"])
            _ = try await story.playHub([LambdaEvents.schedule])
            let work = try #require(try await story.spokes[0].queue.drain().first)
            let stray = try await story.playHub([try LambdaEvents.batch([work])])
            #expect(stray.metric("EventsUnknown") == 1 && stray.metric("MessagesSent") == nil)
        }
    }
}
