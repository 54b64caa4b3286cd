// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// What is forged, late, or cannot be sent or written.
@Suite("A hub and its spokes in trouble", .timeLimit(.minutes(10)))
struct FleetTroubleTests {
    private static let engines = World.engines.filter { $0 == .mysql || $0 == .postgres(17) }

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

    @Test(arguments: engines)
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

    @Test(arguments: engines)
    func `by a snapshot of which a byte was altered nobody is changed, and its message comes again`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let story = try await FleetStory([world])
            let spoke = story.spokes[0]
            try await story.aws.join(1, FleetStory.readers)
            _ = try await story.playHub([LambdaEvents.schedule])
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
                #expect(report.metric("SourceUnavailable") == 1 && report.metric("Changes") == 0)
                #expect(report.metric("TargetsInStep") == 0)
                #expect(try await world.mayLogIn("person1") == true)
                for person in [2, 3] { #expect(try await world.mayLogIn(AccountName("person\(person)")) == nil) }
            }
            #expect(try await story.snapshot.write(genuine, replacing: try await story.snapshot.read()))
            let report = try await story.play(spoke, [work])
            #expect(report.outcomes.map(\.body) == [LambdaEvents.failures()], "\(report.output)")
            #expect(try await world.mayLogIn("person1") == false)
            #expect(await world.canLogIn("person2"))
        }
    }

    @Test(arguments: engines)
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

    @Test(arguments: engines)
    func `whoever has left since an excerpt was made is not let in by it, be it late or overtaken`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let story = try await FleetStory([world])
            let spoke = story.spokes[0]
            // Nobody has an account yet, so that no marker tells when it was decided.
            let old = try await story.message(1, in: ["Readers"], age: 61)
            let late = try await story.play(spoke, [try LambdaEvents.batch([old])])
            #expect(late.outcomes.map(\.body) == [LambdaEvents.failures()], "\(late.output)")
            #expect(late.metric("AdmissionsDeferred") == 1 && late.metric("ReadingToDone") == nil)
            #expect(try await world.mayLogIn("person1") == nil)

            let (joined, left) = (
                try await story.message(2, in: ["Readers"], age: 20), try await story.message(2, in: [], age: 10)
            )
            let overtaken = try await story.play(
                spoke,
                try [[left], [joined], [joined, left]].map { try LambdaEvents.batch($0) }
            )
            #expect(overtaken.outcomes.map(\.body) == (1...3).map { _ in LambdaEvents.failures() })
            #expect(try await world.mayLogIn("person2") == nil)
            // In one batch the newest counts, wherever it stands.
            let messages = [
                try await story.message(3, in: ["Readers"], age: 20), try await story.message(3, in: [], age: 10),
            ]
            _ = try await story.play(spoke, [try LambdaEvents.batch(messages)])
            #expect(try await world.mayLogIn("person3") == nil)
            let fresh = try await story.message(1, in: ["Readers"], age: 5)
            _ = try await story.play(spoke, [try LambdaEvents.batch([fresh])])
            #expect(await world.canLogIn("person1"))
        }
    }

    @Test(arguments: engines)
    func `whoever a later reading has found gone is let in by no older one, be it a snapshot or an excerpt`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let story = try await FleetStory([world])
            let spoke = story.spokes[0]
            // The first has no account and the second one that was locked before: no marker tells of what is found now.
            for groups in [["Readers"], []] {
                let message = try await story.message(2, in: groups, age: 0)
                _ = try await story.play(spoke, [try LambdaEvents.batch([message])])
            }
            #expect(try await world.mayLogIn("person2") == false)
            for person in [1, 2] { try await story.aws.join(person, FleetStory.readers) }
            _ = try await story.playHub([LambdaEvents.schedule])
            let older = try await spoke.queue.drain()
            var left: [String] = []
            for person in [1, 2] { left.append(try await story.message(person, in: [], age: 0)) }
            for batches in [[left, older], [older + left]] {
                let report = try await story.play(spoke, try batches.map { try LambdaEvents.batch($0) })
                #expect(report.outcomes.map(\.body) == batches.map { _ in LambdaEvents.failures() }, "\(report.output)")
                #expect(report.metric("AdmissionsDeferred") == 2 && report.metric("TargetsInStep") == 1)
                #expect(try await world.mayLogIn("person1") == nil)
                #expect(try await world.mayLogIn("person2") == false)
            }

            let joined = try await story.message(3, in: ["Readers"], age: 0)
            _ = try await story.playHub([LambdaEvents.schedule])
            let newer = try await spoke.queue.drain()
            let report = try await story.play(spoke, try [newer, [joined]].map { try LambdaEvents.batch($0) })
            #expect(report.metric("AdmissionsDeferred") == 1 && report.metric("ReadingToDone") == nil)
            #expect(try await world.mayLogIn("person3") == nil)
            // The others were let in by what the snapshot says, and a process that has not seen it takes the excerpt for young.
            #expect(await world.canLogIn("person2"))
            _ = try await story.play(spoke, [try LambdaEvents.batch([joined])])
            #expect(await world.canLogIn("person3"))
        }
    }

    @Test(arguments: engines)
    func `a spoke remembers the snapshot that it has worked with, which may be later than the announced one`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let story = try await FleetStory([world])
            let spoke = story.spokes[0]
            try await story.aws.join(1, FleetStory.readers)
            _ = try await story.playHub([LambdaEvents.schedule])
            let first = try await spoke.queue.drain()
            let joined = try await story.message(1, in: ["Readers"], age: 0)
            // The message of the second snapshot is late, and the snapshot is there.
            try await story.aws.leave(1, FleetStory.readers)
            _ = try await story.playHub([LambdaEvents.schedule])
            let report = try await story.play(spoke, try [first, [joined]].map { try LambdaEvents.batch($0) })
            #expect(
                report.outcomes.map(\.body) == [LambdaEvents.failures(), LambdaEvents.failures()],
                "\(report.output)"
            )
            #expect(report.metric("AdmissionsDeferred") == 1 && report.metric("TargetsInStep") == 1)
            #expect(try await world.mayLogIn("person1") == nil)
        }
    }

    @Test(arguments: engines)
    func `an excerpt whose target is busy comes again, and one that has become too old is a dead letter in the end`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let story = try await FleetStory([world])
            let spoke = story.spokes[0]
            let message = try await story.message(1, in: ["Readers"], age: 0)
            let access = SessionAccess(.writing, runId: "0123456789abcdef", deadline: .now + .seconds(300))
            let other = try await world.provisioner().openSession(access)
            let busy = try await story.play(spoke, [try LambdaEvents.batch([message])])
            await other.close()
            #expect(busy.outcomes.map(\.body) == [LambdaEvents.failures("m-0")], "\(busy.output)")
            #expect(busy.metric("TargetsBusy") == 1 && busy.metric("ReadingToDone") == nil)

            let expired = try await story.message(2, in: ["Readers"], age: 901)
            let later = message.replacing(#""v":1}"#, with: #""v":2}"#)
            let report = try await story.play(spoke, [try LambdaEvents.batch([expired, later, message])])
            #expect(report.outcomes.map(\.body) == [LambdaEvents.failures("m-0", "m-1")], "\(report.output)")
            #expect(report.metric("ExcerptsExpired") == 1 && report.metric("MessagesOfLaterVersion") == 1)
            #expect(report.metric("ExcerptsRefused") == 0)
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

    @Test func `a spoke that cannot be reached keeps nothing from the others, and the event comes again`()
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
