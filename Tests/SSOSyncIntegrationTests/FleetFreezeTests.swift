// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// A hub whose configuration freezes joins, or everything, and what its spokes do then.
@Suite("A fleet that is frozen", .timeLimit(.minutes(10)))
struct FleetFreezeTests {
    @Test(arguments: FleetStory.engines)
    func `while joins are frozen nobody is let in and whoever leaves is out, and the full run after that lets them in`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let story = try await FleetStory([world])
            try await story.aws.join(1, FleetStory.readers)
            try await story.hub(story.event("AddMemberToGroup", 1))
            try await story.deliver()
            #expect(await world.canLogIn("person1"))

            try story.freeze("joins")
            try await story.aws.leave(1, FleetStory.readers)
            try await story.aws.join(2, FleetStory.readers)
            try await story.hub(story.event("RemoveMemberFromGroup", 1), story.event("AddMemberToGroup", 2))
            let few = try await story.deliver()[0]
            #expect(few.metric("AdmissionsFrozen") == 1 && few.metric("ReadingToDone") == nil)
            #expect(try await world.mayLogIn("person1") == false)
            #expect(await !world.canLogIn("person1"))
            #expect(try await world.mayLogIn("person2") == nil)

            let hub = try await story.playHub([LambdaEvents.schedule])
            #expect(hub.outcomes.first?.body.contains(#""freeze":"joins""#) == true, "\(hub.outcomes)")
            #expect(hub.metric("GoodFullRuns") == 1 && hub.metric("RunsFrozen") == 0)
            #expect(hub.log(with: "joins are frozen").count == 1)
            let full = try await story.deliver()[0]
            #expect(full.metric("AdmissionsFrozen") == 1 && full.metric("TargetsInStep") == 1)
            #expect(try await world.mayLogIn("person2") == nil)

            try story.freeze(nil)
            _ = try await story.playHub([LambdaEvents.schedule])
            #expect(try await story.deliver()[0].metric("AdmissionsFrozen") == 0)
            #expect(await world.canLogIn("person2"))
        }
    }

    @Test(arguments: FleetStory.engines)
    func `an excerpt and a snapshot of before the freeze that are played again let nobody in`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let story = try await FleetStory([world])
            let spoke = story.spokes[0]
            // Nobody has an account, so that no marker tells when it was decided.
            let old = try await story.message(1, in: ["Readers"], age: 20)
            _ = try await story.playHub([LambdaEvents.schedule])
            let (oldWork, oldSnapshot) = (try await spoke.queue.drain(), try #require(try await story.snapshot.read()))
            try await story.aws.join(1, FleetStory.readers)
            try story.freeze("joins")
            try await story.hub(story.event("AddMemberToGroup", 2))
            let frozen = try await spoke.queue.drain()
            #expect(frozen.count == 1)
            #expect(try await story.snapshot.write(oldSnapshot.bytes, replacing: try await story.snapshot.read()))
            let report = try await story.play(spoke, try [frozen, [old], oldWork].map { try LambdaEvents.batch($0) })
            #expect(report.outcomes.map(\.body) == (1...3).map { _ in LambdaEvents.failures() }, "\(report.output)")
            #expect(report.metric("AdmissionsFrozen") == 1)
            #expect(try await world.mayLogIn("person1") == nil)
            // A process that has seen nothing of the freeze takes it for what it is: young.
            _ = try await story.play(spoke, [try LambdaEvents.batch([old])])
            #expect(await world.canLogIn("person1"))
        }
    }

    @Test func `while everything is frozen, a hub reads nothing and sends nothing, and says so`() async throws {
        try await World.with(postgres: 17) { world in
            let story = try await FleetStory([world])
            try await story.aws.join(1, FleetStory.readers)
            try story.freeze("everything")
            let event = try LambdaEvents.batch([story.event("AddMemberToGroup", 1)])
            let report = try await story.playHub([event, LambdaEvents.schedule])
            #expect(report.outcomes.first?.body == LambdaEvents.failures(), "\(report.output)")
            #expect(report.outcomes.last?.body.contains(#""verdict":"frozen""#) == true, "\(report.outcomes)")
            #expect(report.metric("MessagesSent") == 0 && report.metric("RunsFrozen") == 2)
            #expect(report.metric("GoodFullRuns") == 0 && report.metric("SourceUnavailable") == nil)
            #expect(report.log(with: "rollout.freeze is everything").count >= 2)
            #expect(try await story.spokes[0].queue.drain().isEmpty)
            #expect(try await story.snapshot.read() == nil)

            try story.freeze(nil)
            _ = try await story.playHub([LambdaEvents.schedule])
            try await story.deliver()
            #expect(await world.canLogIn("person1"))
        }
    }
}
