// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// A hub, and spokes in two Regions, each of which has a copy of the snapshot.
@Suite("A hub and its spokes in two Regions", .timeLimit(.minutes(10)))
struct FleetRegionTests {
    /// The hub's, and another one.
    private static let regions = ["eu-west-1", "us-west-2"]

    private func inTwoRegions(_ body: (FleetStory) async throws -> Void) async throws {
        try await FleetStory.onEachEngine({ try await FleetStory($0, regions: Self.regions) }, body)
    }

    /// Which of these calls were made for which snapshot, and the Region that each was signed for.
    private func calls(_ operation: String, _ story: FleetStory, after first: Int) async throws -> Set<String> {
        let all = try await story.aws.calls()
        #expect(all.filter { !$0.verified } == [])
        return Set(
            all.dropFirst(first).filter { $0.operation == operation && $0.status == 200 }
                .map { "\($0.resource) \($0.region)" }
        )
    }

    @Test func `the hub writes a copy for each Region, and a spoke reads the one of its own, signed for that Region`()
        async throws
    {
        try await inTwoRegions { story in
            let own = Set(story.spokes.map { "/\($0.place.bucket)/\($0.place.key) \($0.region)" })
            #expect(own.count == 2)
            for person in 1...3 { try await story.aws.join(person, FleetStory.readers) }
            var before = try await story.aws.calls().count
            let hub = try await story.playHub([LambdaEvents.schedule])
            #expect(hub.metric("SnapshotsNotWritten") == 0 && hub.metric("GoodFullRuns") == 1, "\(hub.output)")
            #expect(try await calls("PutObject", story, after: before) == own)

            before = try await story.aws.calls().count
            for report in try await story.deliver() { #expect(report.metric("TargetsInStep") == 1) }
            #expect(try await calls("GetObject", story, after: before) == own)
            for spoke in story.spokes {
                for person in 1...3 { #expect(await spoke.world.canLogIn(AccountName("person\(person)"))) }
            }

            // Once a copy is there, it is what the next one takes its number from.
            try await story.aws.leave(1, FleetStory.readers)
            _ = try await story.playHub([LambdaEvents.schedule])
            try await story.deliver()
            for spoke in story.spokes { #expect(await !spoke.world.canLogIn("person1")) }
        }
    }

    @Test func `a Region whose copy cannot be written is named and counted, and only its spokes wait for the next one`()
        async throws
    {
        try await inTwoRegions { made in
            var story = made
            let (near, far) = (story.spokes[0], story.spokes[1])
            for person in 1...2 { try await story.aws.join(person, FleetStory.readers) }
            _ = try await story.playHub([LambdaEvents.schedule])
            try await story.deliver()

            // What is there of the copy is of before.
            let missing = "there-is-no-\(far.place.bucket)"
            try story.configureHub { $0.replacing("//\(far.place.bucket)/", with: "//\(missing)/") }
            try await story.aws.leave(1, FleetStory.readers)
            let hub = try await story.playHub([LambdaEvents.schedule])
            let answer = hub.outcomes.first?.body ?? ""
            #expect(answer.contains(#""verdict":"partial-failure""#), "\(answer)")
            #expect(answer.contains(#""failedSnapshots":["s3://\#(missing)/snapshot.json"]"#), "\(answer)")
            #expect(hub.metric("SnapshotsNotWritten") == 1 && hub.metric("GoodFullRuns") == 0)
            #expect(hub.metric("SpokesNotReached") == 0 && hub.metric("MessagesSent") == 2)
            #expect(hub.log(with: missing).count { $0.contains("NoSuchBucket") } == 1, "\(hub.output)")

            let well = try await story.play(near, [try LambdaEvents.batch(near.queue.drain())])
            #expect(well.outcomes.map(\.body) == [LambdaEvents.failures()] && well.metric("TargetsInStep") == 1)
            #expect(await !near.world.canLogIn("person1"))
            let waiting = try await far.queue.drain()
            let ill = try await story.play(far, [try LambdaEvents.batch(waiting)])
            #expect(ill.outcomes.map(\.body) == [LambdaEvents.failures("m-0")], "\(ill.output)")
            #expect(ill.metric("TargetsInStep") != 1)
            #expect(ill.log(with: "see whether the hub could write this copy").count >= 1)
            #expect(try await far.world.mayLogIn("person1") == true)

            // Events need no copy.
            try await story.aws.leave(2, FleetStory.readers)
            try await story.hub(story.event("RemoveMemberFromGroup", 2))
            try await story.deliver()
            for spoke in story.spokes { #expect(await !spoke.world.canLogIn("person2")) }

            try story.configureHub { $0.replacing("//\(missing)/", with: "//\(far.place.bucket)/") }
            let mended = try await story.playHub([LambdaEvents.schedule])
            #expect(mended.metric("SnapshotsNotWritten") == 0 && mended.metric("GoodFullRuns") == 1)
            // With what had come back to the queue meanwhile.
            let again = try await story.play(far, [try LambdaEvents.batch(waiting + far.queue.drain())])
            #expect(again.outcomes.map(\.body) == [LambdaEvents.failures()], "\(again.output)")
            #expect(await !far.world.canLogIn("person1"))
        }
    }

    @Test func `a copy for which there is no answer in time is given up, said so, and keeps no spoke from being told`()
        async throws
    {
        try await World.with(postgres: 17) { world in
            var story = try await FleetStory([world, world], regions: Self.regions)
            var silence = AWSStandIn.Fault("delay", of: "PutObject", times: 1)
            silence.seconds = 12
            try await story.aws.setFaults([silence])
            let hub = try await story.playHub([LambdaEvents.schedule], timeout: 15)
            #expect(hub.metric("SnapshotsNotWritten") == 1 && hub.metric("GoodFullRuns") == 0, "\(hub.output)")
            #expect(hub.metric("MessagesSent") == 2 && hub.metric("SpokesNotReached") == 0)
            #expect(hub.log(with: "no answer in the time that there is").count { $0.contains("snapshot.json") } == 1)
        }
    }
}
