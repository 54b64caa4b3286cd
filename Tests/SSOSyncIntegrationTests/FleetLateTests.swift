// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// What comes late, or was overtaken.
@Suite("A hub and its spokes, out of order", .timeLimit(.minutes(10)))
struct FleetLateTests {
    @Test(arguments: FleetStory.engines)
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
            // It is the full run's to let them in, and what rings if it does not, either.
            #expect(late.metric("TargetsDeferred") == nil)
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

    @Test func `a target that cannot be read is given up after twenty seconds, for two excerpts of a batch`()
        async throws
    {
        // Nobody can be found to be in the way, and the server itself would end them after so many seconds.
        let options = SlowLogin.patience + ["--net-read-timeout=300", "--performance-schema=OFF"]
        try await World.withMySQL(options: options) { world in
            for user in ["ann", "stays"] as [UserId] { world.set(user, in: ["readers"]) }
            try await world.apply()
            let story = try await FleetStory([world])
            let stalled = try await SlowLogin(world.mysql, as: "ann", after: "stays")
            var messages: [String] = []
            for person in 1...3 { messages.append(try await story.message(person, in: ["Readers"], age: 5)) }
            // In the minute that there is.
            let report = try await story.play(story.spokes[0], [try LambdaEvents.batch(messages)])
            stalled.stop()
            #expect(report.outcomes.map(\.body) == [LambdaEvents.failures("m-0", "m-1", "m-2")], "\(report.output)")
            #expect(report.metric("Runs") == 2 && report.metric("TargetsFailed") == 2, "\(report.output)")
            #expect(report.metric("DeadlineReached") == nil, "\(report.output)")
        }
    }

    @Test(arguments: FleetStory.engines)
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
            // Of an event, whose reading is the schedule's to make up for.
            let patch = LambdaEvents.trail("identitystore-scim", "PatchGroup", #"{"id": "\(FleetStory.readers)"}"#)
            _ = try await story.playHub([try LambdaEvents.batch([patch])])
            let unscheduled = try await spoke.queue.drain()
            var left: [String] = []
            for person in [1, 2] { left.append(try await story.message(person, in: [], age: 0)) }
            for batches in [[left, older], [older + left], [left, unscheduled]] {
                let report = try await story.play(spoke, try batches.map { try LambdaEvents.batch($0) })
                #expect(report.outcomes.map(\.body) == batches.map { _ in LambdaEvents.failures() }, "\(report.output)")
                #expect(report.metric("AdmissionsDeferred") == 2 && report.metric("TargetsInStep") == 0)
                #expect(report.metric("TargetsDeferred") == (batches.contains(unscheduled) ? nil : 1))
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

    @Test(arguments: FleetStory.engines)
    func `a spoke remembers the snapshot that it has worked with, which may be later than the announced one`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let story = try await FleetStory.announced(to: world)
            let spoke = story.spokes[0]
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

    @Test(arguments: FleetStory.engines)
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

    @Test func `whoever holds the lock of a target is waited for once in a batch of excerpts`() async throws {
        try await World.with(postgres: 17) { world in
            let story = try await FleetStory([world])
            var messages: [String] = []
            for person in 1...4 { messages.append(try await story.message(person, in: ["Readers"], age: 0)) }
            let access = SessionAccess(.writing, runId: "0123456789abcdef", deadline: .now + .seconds(300))
            let other = try await world.provisioner().openSession(access)
            let report = try await story.play(story.spokes[0], [try LambdaEvents.batch(messages)], timeout: 60)
            await other.close()
            #expect(
                report.outcomes.map(\.body) == [LambdaEvents.failures("m-0", "m-1", "m-2", "m-3")],
                "\(report.output)"
            )
            #expect(report.metric("TargetsBusy") == 4)
            // Five seconds each, otherwise.
            let took = try #require(report.outcomes.first?.milliseconds)
            #expect((4_500..<15_000).contains(took))
        }
    }

    @Test func `a target that is still busy when a message of everyone has come more than three times has failed`()
        async throws
    {
        try await World.with(postgres: 17) { world in
            let story = try await FleetStory.announced(to: world)
            let bodies = try await story.spokes[0].queue.drain()
            let access = SessionAccess(.writing, runId: "0123456789abcdef", deadline: .now + .seconds(300))
            let other = try await world.provisioner().openSession(access)
            // Until then the age of the oldest message tells.
            for (count, failed) in [(3, 0.0), (4, 1)] {
                let batch = try LambdaEvents.batch(bodies, receiveCount: count)
                let report = try await story.play(story.spokes[0], [batch], timeout: 8)
                #expect(report.outcomes.map(\.body) == [LambdaEvents.failures("m-0")], "\(report.output)")
                #expect(report.metric("TargetsBusy") == 1 && report.metric("TargetsFailed") == failed)
            }
            await other.close()
            let late = try LambdaEvents.batch(bodies, receiveCount: 4)
            #expect(try await story.play(story.spokes[0], [late]).metric("TargetsFailed") == 0)
        }
    }
}
