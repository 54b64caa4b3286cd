// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// What cannot be sent, written or reached, and what hub and spokes know of each other.
@Suite("A hub and its spokes in trouble", .timeLimit(.minutes(10)))
struct FleetTroubleTests {
    @Test(.enabled(if: ServedTool.exists, "the program is not built beside the tests"))
    func `targets of one name on two spokes are two lines of the fleet's summary, one well and one not`() async throws {
        try await World.with(postgres: 17) { well in
            try await World.with(.mysql) { ill in
                let story = try await FleetStory([well, ill], names: ["orders", "orders"], hasReports: true)
                try await ill.server.signal("KILL")
                try await story.aws.join(1, FleetStory.readers)
                _ = try await story.playHub([LambdaEvents.schedule])
                for spoke in story.spokes {
                    let bodies = try await spoke.queue.drain()
                    _ = try await story.play(spoke, [try LambdaEvents.batch(bodies)])
                }
                #expect(await well.canLogIn("person1"))
                let makers = try await story.aws.objects(in: story.place.bucket).values.compactMap {
                    $0.firstMatch(of: /"madeBy":"([a-z]+)"/).map { String($0.1) }
                }
                #expect(makers.sorted() == ["hub", "spoke", "spoke"])
                let tool = try ServedTool(configuration: "", environment: story.aws.environment)
                let summary = try await tool.run("fleet", story.reports, "--region", story.aws.region)
                #expect(summary.status == 4, "\(summary)")
                for (world, verdict) in [(well, "in-sync"), (ill, "partial-failure")] {
                    let label = "orders (123456789012 \(story.aws.region) localhost:\(world.server.port))"
                    let line = summary.output.split(separator: "\n").filter { $0.hasPrefix(label) }
                    #expect(line.count == 1 && line[0].contains("  \(verdict)  "), "\(summary)")
                }
                #expect(summary.lines(with: "3 runs on 2 targets, 1 with a good full run: ") == 1, "\(summary)")
            }
        }
    }

    /// Groups are listed one after another, the readers first.
    @Test
    func
        `by a reading that somebody went through from one group to another, nobody is locked, and others are not kept waiting`()
        async throws
    {
        try await World.with(postgres: 17) { world in
            var story = try await FleetStory([world])
            for person in [1, 2] { try await story.aws.join(person, FleetStory.writers) }
            _ = try await story.playHub([LambdaEvents.schedule])
            try await story.deliver()
            #expect(try await world.rolesHeld(by: "person1") == ["writers"])
            var delay = AWSStandIn.Fault("delay", of: "ListGroupMemberships")
            delay.seconds = 5
            try await story.aws.setFaults([delay])
            let fleet = story
            async let played = fleet.playHub([LambdaEvents.schedule])
            try await eventually("the readers are listed") {
                try await fleet.aws.calls().contains { $0.fault == "delay" }
            }
            try await fleet.aws.join(1, FleetStory.readers)
            try await fleet.aws.leave(1, FleetStory.writers)
            let torn = try await played
            #expect(torn.metric("GoodFullRuns") == 1, "\(torn.output)")
            #expect(try await fleet.aws.calls().contains { $0.operation == "IsMemberInGroups" }, "it was not torn")
            #expect(torn.log(with: "have changed groups during the reading").count == 1, "\(torn.output)")
            try await fleet.deliver()
            #expect(try await world.rolesHeld(by: "person1") == ["readers"])
            #expect(await world.canLogIn("person1"))
        }
    }

    @Test func `a group that somebody has deleted keeps nothing from spokes that do not map it`() async throws {
        try await World.with(postgres: 17) { world in
            let story = try await FleetStory([world, world], mapped: [["Readers"], ["Readers", "Gone"]])
            try await story.aws.join(1, FleetStory.readers)
            let event = try LambdaEvents.batch([story.event("AddMemberToGroup", 1)])
            let report = try await story.playHub([event, LambdaEvents.schedule])
            // To try again would be of no use, and somebody is told.
            #expect(report.outcomes.first?.body == LambdaEvents.failures(), "\(report.output)")
            #expect(
                report.outcomes.last?.body.contains(#""obstructedSpokes":["spoke-1"]"#) == true,
                "\(report.outcomes)"
            )
            #expect(report.metric("SpokesNotReached") == 2 && report.metric("GoodFullRuns") == 0)
            #expect(report.metric("MessagesSent") == 2 && report.metric("SourceUnavailable") == nil)
            #expect(report.log(with: "has no group").count >= 2)
            let texts = try await story.spokes[0].queue.drain()
            #expect(texts.count == 2)
            #expect(try await story.spokes[1].queue.drain().isEmpty)
            let spoke = try await story.play(story.spokes[0], [try LambdaEvents.batch(texts)])
            #expect(spoke.metric("Changes") == 1, "\(spoke.output)")
        }
    }

    @Test func `one of two copies that cannot be written keeps the other from nobody`() async throws {
        try await World.with(postgres: 17) { world in
            let story = try await FleetStory([world], copies: ["s3://there-is-no-such-bucket/prod.json"])
            let report = try await story.playHub([LambdaEvents.schedule])
            #expect(report.metric("SnapshotsNotWritten") == 1 && report.metric("GoodFullRuns") == 0)
            #expect(report.metric("MessagesSent") == 1, "\(report.output)")
        }
    }

    @Test
    func `a spoke that cannot be reached keeps nothing from the others, and only an event about people comes again`()
        async throws
    {
        try await World.with(postgres: 17) { world in
            let story = try await FleetStory([world, world])
            try await story.aws.join(1, FleetStory.readers)
            try await story.aws.client(.sqs).perform("DeleteQueue", ["QueueUrl": story.spokes[0].queue.queueURL])
            let event = try LambdaEvents.batch([story.event("AddMemberToGroup", 1)])
            let report = try await story.playHub([event])
            #expect(report.outcomes.map(\.body) == [LambdaEvents.failures("m-0")], "\(report.output)")
            #expect(report.metric("SpokesNotReached") == 1 && report.metric("MessagesSent") == 1)
            #expect(report.log(with: story.spokes[0].queue.queueURL).count == 1)
            #expect(try await story.spokes[1].queue.drain().count == 1)

            let wide = try await story.playHub([try LambdaEvents.batch([patch])])
            #expect(wide.outcomes.map(\.body) == [LambdaEvents.failures()], "\(wide.output)")
            #expect(wide.metric("SpokesNotReached") == 1 && wide.metric("MessagesSent") == 1)
            #expect(wide.metric("SecondReadings") == 1)
            #expect(try await story.spokes[1].queue.drain().count == 1)
            // With nobody reached it is worth another try.
            try await story.aws.client(.sqs).perform("DeleteQueue", ["QueueUrl": story.spokes[1].queue.queueURL])
            let none = try await story.playHub([try LambdaEvents.batch([patch])])
            #expect(none.outcomes.map(\.body) == [LambdaEvents.failures("m-0")], "\(none.output)")
        }
    }

    /// What may have changed a group.
    private let patch = LambdaEvents.trail("identitystore-scim", "PatchGroup", #"{"id": "\(FleetStory.readers)"}"#)

    @Test func `an event for which everyone is read comes again if its only spoke was told of one target of many`()
        async throws
    {
        try await World.with(postgres: 17) { world in
            var story = try await FleetStory([world])
            try story.configureHub { $0.replacing(#"["target-0"]"#, with: #"["target-0", "target-1", "target-2"]"#) }
            // As when the time is up.
            let refusal = AWSStandIn.Fault.error("AccessDenied", status: 403, of: "SendMessage", skip: 1, times: 100)
            try await story.aws.setFaults([refusal])
            let report = try await story.playHub([try LambdaEvents.batch([patch])])
            #expect(report.outcomes.map(\.body) == [LambdaEvents.failures("m-0")], "\(report.output)")
            #expect(report.metric("MessagesSent") == 1 && report.metric("SpokesNotReached") == 1)
        }
    }

    @Test func `an event for which everyone is read comes again if the copy of its only spoke was not written`()
        async throws
    {
        try await World.with(postgres: 17) { world in
            var story = try await FleetStory([world], copies: ["s3://there-is-no-such-bucket/prod.json"])
            let other = try await story.playHub([try LambdaEvents.batch([patch])])
            // Which of two copies in one Region a spoke reads, nobody here knows.
            #expect(other.outcomes.map(\.body) == [LambdaEvents.failures()], "\(other.output)")
            let (place, region) = (story.place, story.aws.region)
            try story.configureHub {
                $0.replacing(
                    #"{ "s3": "\#(place)", "region": "\#(region)" }"#,
                    with: #"{ "s3": "\#(place)", "region": "eu-south-2" }"#
                )
            }
            let report = try await story.playHub([try LambdaEvents.batch([patch])])
            #expect(report.outcomes.map(\.body) == [LambdaEvents.failures("m-0")], "\(report.output)")
            #expect(report.metric("MessagesSent") == 1 && report.metric("SnapshotsNotWritten") == 1)
        }
    }

    @Test func `a spoke does not wait for what is signed for another, and what is for both is signed once`()
        async throws
    {
        try await World.with(postgres: 17) { world in
            var story = try await FleetStory(
                [world, world, world],
                mapped: [["Readers"], ["Readers", "Writers"], ["Readers"]]
            )
            try await story.aws.join(1, FleetStory.readers)
            var slow = AWSStandIn.Fault("delay", of: "Sign", times: 1)
            slow.seconds = 4
            try await story.aws.setFaults([slow])
            let before = try await story.aws.calls().count
            let batch = try LambdaEvents.batch([story.event("AddMemberToGroup", 1)])
            let fleet = story
            async let hub = (try await fleet.playHub([batch]), ContinuousClock.now)
            try await eventually("somebody is told") {
                var waiting = 0
                for spoke in fleet.spokes { waiting += try await fleet.aws.messages(in: spoke.queue)[""] ?? 0 }
                return waiting > 0
            }
            let told = ContinuousClock.now
            let (report, ended) = try await hub
            #expect(told.duration(to: ended) > .seconds(2))
            #expect(report.metric("MessagesSent") == 3 && report.outcomes.map(\.body) == [LambdaEvents.failures()])
            #expect(try await story.aws.calls().dropFirst(before).count { $0.operation == "Sign" } == 2)
        }
    }

    @Test func `a snapshot that cannot be written is announced to nobody`() async throws {
        try await World.with(postgres: 17) { world in
            var story = try await FleetStory([world])
            try await story.aws.setFaults([.error("AccessDenied", status: 403, of: "PutObject", times: 10)])
            let report = try await story.playHub([LambdaEvents.schedule])
            #expect(report.outcomes.first?.body.contains(#""verdict":"partial-failure""#) == true, "\(report.outcomes)")
            #expect(report.metric("SnapshotsNotWritten") == 1 && report.metric("GoodFullRuns") == 0)
            #expect(try await story.spokes[0].queue.drain().isEmpty)
        }
    }

    @Test func `a message for a target that is not known comes again, and so does one whose snapshot is not there yet`()
        async throws
    {
        try await World.with(postgres: 17) { world in
            let story = try await FleetStory([world])
            let spoke = story.spokes[0]
            _ = try await story.playHub([LambdaEvents.schedule])
            let genuine = try #require(try await spoke.queue.drain().first)
            let stranger = genuine.replacing("target-0", with: "target-9")
            let soon = Timestamp.now.advanced(bySeconds: 200)
            let early = genuine.replacing(/"asOf":"[^"]*"/, with: #""asOf":"\#(soon)""#)
            let report = try await story.play(spoke, [try LambdaEvents.batch([stranger, early, genuine])])
            #expect(report.outcomes.map(\.body) == [LambdaEvents.failures("m-0", "m-1")], "\(report.output)")
            #expect(report.metric("TargetsUnknown") == 1)
            #expect(report.log(with: "the hub has announced one of").count >= 1)
        }
    }

    @Test func `a target that does not answer keeps neither the excerpts of a batch nor the snapshot from the others`()
        async throws
    {
        try await World.with(postgres: 17) { world in
            let story = try await FleetStory([world])
            let spoke = story.spokes[0]
            for person in 1...6 { try await story.aws.join(person, FleetStory.readers) }
            _ = try await story.playHub([LambdaEvents.schedule])
            let silent = try SilentServer()
            try story.add("silent", on: world, port: silent.port, to: spoke)
            var messages = try await spoke.queue.drain()
            for person in 2...6 { messages.append(try await story.message(person, in: ["Readers"], age: 0)) }
            let report = try await story.play(spoke, [try LambdaEvents.batch(messages)])
            withExtendedLifetime(silent) {}
            let back = LambdaEvents.failures("m-1", "m-2", "m-3", "m-4", "m-5")
            #expect(report.outcomes.map(\.body) == [back], "\(report.output)")
            #expect(report.metric("Runs") == 6 && report.metric("TargetsFailed") == 2, "\(report.output)")
            #expect(report.metric("TargetsInStep") == 1 && report.metric("ReadingToDone") == nil)
            for person in 1...6 { #expect(await world.canLogIn(AccountName("person\(person)"))) }
        }
    }

    @Test func `a target that the hub does not name is counted by its spoke, and logged`() async throws {
        try await World.with(postgres: 17) { world in
            let story = try await FleetStory([world])
            let spoke = story.spokes[0]
            _ = try await story.playHub([LambdaEvents.schedule])
            let genuine = try #require(try await spoke.queue.drain().first)
            let known = try await story.play(spoke, [try LambdaEvents.batch([genuine])])
            #expect(known.metric("TargetsForgotten") == 0 && known.log(with: "does not know of").isEmpty)
            // As if it had one more by another name, and not this one; for whom it is to work is another matter.
            let other = genuine.replacing(#""known":["target-0"]"#, with: #""known":["target-9"]"#)
            let report = try await story.play(spoke, [try LambdaEvents.batch([other])])
            #expect(report.metric("TargetsForgotten") == 1, "\(report.output)")
            #expect(report.log(with: "the hub does not know of target-0").count == 1)
            #expect(report.outcomes.map(\.body) == [LambdaEvents.failures()] && report.metric("TargetsInStep") == 1)
        }
    }
}
