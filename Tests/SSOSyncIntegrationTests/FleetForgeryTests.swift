// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// What is forged, altered, or played again.
@Suite("A hub and its spokes, and whoever may write to queue and bucket", .timeLimit(.minutes(10)))
struct FleetForgeryTests {
    @Test(arguments: FleetStory.engines)
    func `forged, altered and unsigned messages do nothing but a metric`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            let story = try await FleetStory([world])
            let spoke = story.spokes[0]
            try await story.aws.join(1, FleetStory.readers)
            try await story.hub(story.event("AddMemberToGroup", 1))
            let genuine = try #require(try await spoke.queue.drain().first)
            let altered = genuine.replacing(AWSStandIn.id(1), with: AWSStandIn.id(2))
            let unsigned = genuine.replacing(/"value":"[^"]*"/, with: #""value":"""#)
            let forged = [
                altered, unsigned, "rm -rf /", #"{"sso-sync":{"v":1,"run":"full"}}"#,
                story.event("AddMemberToGroup", 1),
                #"{"sso-sync":{"v":1,"do":"apply"}}"#,
            ]
            let report = try await story.play(spoke, [try LambdaEvents.batch(forged)])
            #expect(report.outcomes.map(\.body) == [LambdaEvents.failures()], "\(report.output)")
            #expect(report.metric("ExcerptsRefused") == 2)
            #expect(report.metric("MessagesUnknown") == 4)
            #expect(report.metric("Runs") == nil)
            #expect(try await world.mayLogIn("person1") == nil)
            #expect(try await world.mayLogIn("person2") == nil)
            #expect(try await story.play(spoke, [try LambdaEvents.batch([genuine])]).metric("Changes") == 1)
        }
    }

    @Test(arguments: FleetStory.engines)
    func `by a snapshot of which a byte was altered nobody is changed, and its message comes again`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let story = try await FleetStory.announced(to: world)
            let spoke = story.spokes[0]
            try await story.deliver()
            #expect(await world.canLogIn("person1"))
            try await story.aws.leave(1, FleetStory.readers)
            try await story.aws.join(2, FleetStory.readers)
            _ = try await story.playHub([LambdaEvents.schedule])
            let work = try LambdaEvents.batch(try await spoke.queue.drain())
            let genuine = try #require(try await story.snapshot.read()).bytes

            let (name, signature) = (Array("person2".utf8), Array(#""value":""#.utf8))
            let places = try [#require(genuine.firstRange(of: name)), #require(genuine.firstRange(of: signature))]
            for place in places {
                var altered = genuine
                altered[place.upperBound + (place == places[0] ? -1 : 8)] ^= 1
                #expect(try await story.snapshot.write(altered, replacing: try await story.snapshot.read()))
                let report = try await story.play(spoke, [work])
                #expect(report.outcomes.map(\.body) == [LambdaEvents.failures("m-0")], "\(report.output)")
                #expect(report.metric("SnapshotsRefused") == 1)
                #expect(report.metric("SourceUnavailable") == 1 && report.metric("Changes") == 0)
                #expect(report.metric("TargetsInStep") == 0)
                #expect(try await world.mayLogIn("person1") == true)
                for person in [2, 3] { #expect(try await world.mayLogIn(AccountName("person\(person)")) == nil) }
            }
            #expect(try await story.snapshot.write(genuine, replacing: try await story.snapshot.read()))
            let report = try await story.play(spoke, [work])
            #expect(report.outcomes.map(\.body) == [LambdaEvents.failures()], "\(report.output)")
            #expect(report.metric("SnapshotsRefused") == nil)
            #expect(try await world.mayLogIn("person1") == false)
            #expect(await world.canLogIn("person2"))
        }
    }

    @Test func `announcements of the near future keep the snapshot that is there from nobody, and have it read once`()
        async throws
    {
        try await World.with(postgres: 17) { world in
            let story = try await FleetStory.announced(to: world)
            let spoke = story.spokes[0]
            let genuine = try #require(try await spoke.queue.drain().first)
            let forged = (1...3).map { number in
                let asOf = Timestamp.now.advanced(bySeconds: Int64(60 * number))
                return genuine.replacing(/"asOf":"[^"]*"/, with: #""asOf":"\#(asOf)""#)
            }
            for (messages, verdict) in [(forged + [genuine], "in-sync"), (forged, "source-unavailable")] {
                let before = try await story.aws.calls().count
                let report = try await story.play(spoke, [try LambdaEvents.batch(messages)])
                #expect(report.outcomes.map(\.body) == [LambdaEvents.failures("m-0", "m-1", "m-2")], "\(report.output)")
                let reads = try await story.aws.calls().dropFirst(before).count { $0.operation == "GetObject" }
                #expect(reads == 1 && report.metric("Runs") == 1, "\(reads) \(verdict)")
                #expect(report.metric("TargetsInStep") == (verdict == "in-sync" ? 1 : 0))
                #expect(report.metric("SourceUnavailable") == 1)
                #expect(await world.canLogIn("person1"))
            }
        }
    }

    @Test(arguments: FleetStory.engines)
    func `an excerpt and a snapshot that are played again after a newer lock change nothing`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let story = try await FleetStory([world])
            let spoke = story.spokes[0]
            try await story.aws.join(1, FleetStory.readers)
            try await story.hub(story.event("AddMemberToGroup", 1))
            _ = try await story.playHub([LambdaEvents.schedule])
            let old = try await spoke.queue.drain()
            let oldSnapshot = try #require(try await story.snapshot.read())
            _ = try await story.play(spoke, [try LambdaEvents.batch(old)])
            #expect(await world.canLogIn("person1"))

            try await story.aws.leave(1, FleetStory.readers)
            try await story.hub(story.event("RemoveMemberFromGroup", 1))
            try await story.deliver()
            #expect(try await world.mayLogIn("person1") == false)

            // Whoever may write the bucket and the queue puts back what there was.
            #expect(try await story.snapshot.write(oldSnapshot.bytes, replacing: try await story.snapshot.read()))
            _ = try await story.play(spoke, [try LambdaEvents.batch(old)])
            #expect(try await world.mayLogIn("person1") == false)
            #expect(try await world.rolesHeld(by: "person1") == [])
        }
    }
}
