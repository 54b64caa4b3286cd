// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// A directory, a key and databases that do not answer, and a function that has to, before Lambda ends it.
@Suite("A function whose time runs out", .timeLimit(.minutes(5)))
struct FunctionDeadlineTests {
    private static let engines = FleetStory.engines
    /// Seconds that an invocation has; of those a quarter is kept.
    private static let timeout = 5.0

    private func slow(_ operation: String) -> AWSStandIn.Fault {
        var fault = AWSStandIn.Fault("delay", of: operation, times: 100)
        fault.seconds = 20
        return fault
    }

    private func expectInTime(_ report: LambdaControlPlane.Report) throws {
        #expect(report.kinds.allSatisfy { $0 == "response" }, "\(report.outcomes)")
        for outcome in report.outcomes { #expect(try #require(outcome.milliseconds) < Self.timeout * 1_000) }
        #expect(report.metric("DeadlineReached") == Double(report.outcomes.count), "\(report.output)")
        #expect(report.metric("SourceUnavailable") == nil && report.metric("SecondReadings") == nil)
    }

    @Test func `a hub that cannot read or sign in time sends nobody anything, and the event comes again`() async throws
    {
        try await World.with(postgres: 17) { world in
            var story = try await FleetStory([world, world])
            try await story.aws.join(1, FleetStory.readers)
            let batch = try LambdaEvents.batch([story.event("AddMemberToGroup", 1)])
            let back = LambdaEvents.failures("m-0")

            try await story.aws.setFaults([slow("IsMemberInGroups"), slow("ListGroupMemberships")])
            let reading = try await story.playHub([batch, LambdaEvents.schedule], timeout: Self.timeout)
            try expectInTime(reading)
            #expect(reading.outcomes.first?.body == back)
            #expect(reading.outcomes.last?.body.contains(#""verdict":"source-unavailable""#) == true)

            try await story.aws.setFaults([slow("Sign")])
            let signing = try await story.playHub([batch], timeout: Self.timeout)
            try expectInTime(signing)
            #expect(signing.outcomes.first?.body == back)
            // Half of the time is for snapshots, so that some is left to send to others.
            let writing = try await story.playHub([LambdaEvents.schedule], timeout: Self.timeout)
            #expect(
                writing.outcomes.first?.body.contains(#""verdict":"partial-failure""#) == true,
                "\(writing.outcomes)"
            )
            #expect(writing.metric("SnapshotsNotWritten") == 1)
            for report in [reading, signing, writing] { #expect(report.metric("MessagesSent") == 0) }
            for report in [reading, writing] { #expect(report.metric("GoodFullRuns") == 0) }
            #expect(try await story.aws.objects(in: story.place.bucket).isEmpty)
            for spoke in story.spokes { #expect(try await spoke.queue.drain().isEmpty) }

            try await story.aws.setFaults([])
            _ = try await story.hub(story.event("AddMemberToGroup", 1))
            try await story.deliver()
            #expect(await world.canLogIn("person1"))
        }
    }

    /// Servers roll back the statement that is given up, or do it once they can: what comes next finds the one or the other.
    @Test(arguments: engines, ["RemoveMemberFromGroup", nil])
    func
        `a spoke whose time is up in the middle of a statement says so, and its message makes it up when it comes again`(
            engine: TestEngine,
            event: String?
        ) async throws
    {
        try await World.with(engine) { world in
            let story = try await FleetStory.announced(to: world)
            let spoke = story.spokes[0]
            let dba = try await world.server.openAdministrator()
            for isOtherProcess in [true, false] {
                try await story.deliver()
                #expect(await world.canLogIn("person1"))
                try await story.aws.leave(1, FleetStory.readers)
                // An excerpt, or a snapshot.
                let order = try event.map { try LambdaEvents.batch([story.event($0, 1)]) } ?? LambdaEvents.schedule
                _ = try await story.playHub([order])
                let batch = try LambdaEvents.batch(try await spoke.queue.drain())

                try await dba.hold(["person1"])
                let before = try await story.aws.calls().count
                // As long as a process sleeps it is seen what the first invocation has come to.
                async let played = story.play(
                    spoke,
                    isOtherProcess ? [batch] : [batch, batch],
                    timeout: Self.timeout,
                    sleep: 3
                )
                try await eventually("the spoke waits") { try await dba.isProvisionerWaiting() }
                try await eventually("the message is given back") {
                    try await story.aws.calls().dropFirst(before).contains { $0.operation.hasPrefix("ChangeMessage") }
                }
                #expect(try await world.mayLogIn("person1") == true)
                #expect(try await world.rolesHeld(by: "person1") == ["readers"])
                try await dba.letGo()
                let report = try await played
                let cut = try #require(report.outcomes.first)
                #expect(cut.kind == "response" && cut.body == LambdaEvents.failures("m-0"), "\(report.output)")
                #expect(try #require(cut.milliseconds) < Self.timeout * 1_000)
                #expect(report.metric("DeadlineReached") == 1 && report.metric("TargetsFailed") == 1)
                #expect(!report.log(with: "was cancelled. Whether it was done is not known.").isEmpty)

                if isOtherProcess {
                    #expect(report.metric("Changes") == 0)
                    #expect(try await world.rolesHeld(by: "person1") == ["readers"])
                    let again = try await story.play(spoke, [batch])
                    #expect(again.outcomes.map(\.body) == [LambdaEvents.failures()], "\(again.output)")
                } else {
                    #expect(report.outcomes.dropFirst().map(\.body) == [LambdaEvents.failures()], "\(report.output)")
                }
                #expect(try await world.mayLogIn("person1") == false)
                #expect(try await world.rolesHeld(by: "person1") == [])
                try await story.aws.join(1, FleetStory.readers)
                _ = try await story.playHub([LambdaEvents.schedule])
            }
            await dba.close()
        }
    }

    @Test(arguments: engines)
    func `a server that is frozen keeps neither an event nor whoever asked from an answer in time`(engine: TestEngine)
        async throws
    {
        try await World.with(engine) { world in
            let story = try await FunctionStory(world)
            try await story.aws.join(1, FunctionStory.readers)
            let batch = try LambdaEvents.batch([story.event("AddMemberToGroup", 1, FunctionStory.readers)])
            try await world.server.signal("STOP")
            let single = try await story.play([batch], timeout: Self.timeout)
            try expectInTime(single)
            #expect(single.outcomes.map(\.body) == [LambdaEvents.failures("m-0")], "\(single.output)")

            let control = try await story.play(
                [#"{"sso-sync":{"v":1,"do":"plan"}}"#],
                environment: ["SSOSYNC_ROLE": "control"],
                timeout: Self.timeout
            )
            let answer = try #require(control.outcomes.first)
            let took = try #require(answer.milliseconds)
            #expect(answer.kind == "response" && took < Self.timeout * 1_000)
            #expect(answer.body.contains(#""verdict":"partial-failure""#) && !answer.body.contains(#""approval""#))
            try await world.server.signal("CONT")
            #expect(try await world.mayLogIn("person1") == nil)
            #expect(try await story.play([batch]).outcomes.map(\.body) == [LambdaEvents.failures()])
            #expect(await world.canLogIn("person1"))
        }
    }
}
