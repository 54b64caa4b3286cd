// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// An event as AWS publishes it, the function under a control plane, a real server, and people who log in there.
@Suite("The Lambda function", .timeLimit(.minutes(10)))
struct FunctionStoryTests {
    private static let engines = World.engines.filter { $0 == .mysql || $0 == .postgres(17) }

    @Test(arguments: engines)
    func `who is added to a group can log in, and who is taken out is out, and cannot`(engine: TestEngine) async throws
    {
        try await World.with(engine) { world in
            let story = try await FunctionStory(world)
            try await story.aws.join(1, FunctionStory.readers)
            let joined = try await story.handle(story.event("AddMemberToGroup", 1, FunctionStory.readers))
            #expect(try await world.rolesHeld(by: "person1") == ["readers"])
            let session = try await world.server.logIn(as: "person1")
            #expect(joined.metric("Changes") == 1)
            let seconds = try #require(joined.metric("EventToDone"))
            #expect(seconds > 0 && seconds < 60)

            try await story.aws.leave(1, FunctionStory.readers)
            let left = try await story.handle(story.event("RemoveMemberFromGroup", 1, FunctionStory.readers))
            #expect(try await world.mayLogIn("person1") == false)
            #expect(try await world.rolesHeld(by: "person1") == [])
            #expect(await !world.canLogIn("person1"))
            await #expect(throws: LostSession.self) { try await session.check() }
            #expect(left.metric("Runs") == 1 && left.metric("TargetsFailed") == 0)
            #expect(!(joined.output + left.output).contains { $0.contains("person1") })
        }
    }

    @Test(arguments: engines)
    func `events that come twice and in any order, and the full run after lost ones, make what the directory says`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            var random = SplitMix64(seed: 7)
            let story = try await FunctionStory(world)
            var events: [String] = []
            let groups = [FunctionStory.readers, FunctionStory.writers]
            for person in 1...8 {
                for group in groups {
                    try await story.aws.join(person, group)
                    events.append(story.event("AddMemberToGroup", person, group))
                    guard Bool.random(using: &random) else { continue }
                    try await story.aws.leave(person, group)
                    events.append(story.event("RemoveMemberFromGroup", person, group))
                }
            }
            let expected = try await story.plannedRoles(people: 1...8)
            let batches = try (0..<3).map { _ in
                try LambdaEvents.batch((events + events.prefix(10)).shuffled(using: &random))
            }
            let report = try await story.play(batches)
            #expect(report.outcomes.allSatisfy { $0.body == LambdaEvents.failures() })
            for (person, roles) in expected { #expect(try await world.rolesHeld(by: person) == roles) }

            // Nobody tells of these.
            try await story.aws.join(11, FunctionStory.readers)
            try await story.aws.update(12, "userStatus", "DISABLED")
            try await story.aws.join(12, FunctionStory.readers)
            let full = try await story.play([LambdaEvents.schedule, LambdaEvents.schedulerInput])
            #expect(
                full.outcomes.map { $0.body.contains(#""missedByEvents":1,"#) } == [true, false],
                "\(full.outcomes)"
            )
            #expect(full.outcomes[1].body.contains(#""missedByEvents":0,"#))
            #expect(full.metric("GoodFullRuns") == 2 && full.metric("MissedByEvents") == 1)
            #expect(await world.canLogIn("person11"))
            #expect(try await world.mayLogIn("person12") == nil)
            #expect(try await story.aws.calls().allSatisfy(\.verified))
        }
    }

    @Test(arguments: engines)
    func `whoever is read for an event is read once more, and not a third time`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            let story = try await FunctionStory(world)
            // The event is there before the directory shows the change.
            let early = try await story.handle(story.event("AddMemberToGroup", 2, FunctionStory.readers))
            #expect(early.metric("SecondReadings") == 1)
            #expect(try await story.delayedMessages() == 1)
            #expect(try await world.mayLogIn("person2") == nil)
            try await story.aws.join(2, FunctionStory.readers)

            let again = try #require(SecondReading(EventScope(people: [UserId(AWSStandIn.id(2))])))
            let late = try await story.handle(again.text)
            #expect(await world.canLogIn("person2"))
            #expect(late.metric("SecondReadings") == nil)
            #expect(try await story.delayedMessages() == 1)
        }
    }

    @Test(arguments: engines)
    func `an event that names a group alone, or nobody, reads the group, or everyone`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            let story = try await FunctionStory(world)
            for group in [FunctionStory.readers, FunctionStory.writers] { try await story.aws.join(3, group) }
            let patch = LambdaEvents.trail("identitystore-scim", "PatchGroup", #"{"id": "\#(FunctionStory.writers)"}"#)
            try await story.handle(patch)
            #expect(try await world.rolesHeld(by: "person3") == ["readers", "writers"])

            try await story.aws.leave(3, FunctionStory.writers)
            try await story.handle(patch)
            #expect(try await world.rolesHeld(by: "person3") == ["readers"])

            try await story.aws.leave(3, FunctionStory.readers)
            let deletion = #"{"identityStoreId": "\#(story.aws.store)", "membershipId": "m"}"#
            try await story.handle(LambdaEvents.trail("identitystore", "DeleteGroupMembership", deletion))
            #expect(await !world.canLogIn("person3"))
        }
    }

    @Test(arguments: engines)
    func `5,000 events for 500 people are a few readings, after which all of them are in`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            var random = SplitMix64(seed: 3)
            let story = try await FunctionStory(world, people: 1_000, readers: 500)
            let events = (0..<5_000).map { story.event("AddMemberToGroup", $0 % 500 + 1, FunctionStory.readers) }
                .shuffled(using: &random)
            let batches = try stride(from: 0, to: 5_000, by: 1_000).map {
                try LambdaEvents.batch(Array(events[$0..<$0 + 1_000]))
            }
            let started = ContinuousClock.now
            let report = try await story.play(batches, timeout: 120)
            let took = ContinuousClock.now - started
            #expect(report.outcomes.map(\.body) == batches.map { _ in LambdaEvents.failures() })
            // One for each batch, the last of them after its turn had come.
            let runs = try #require(report.metric("Runs"))
            #expect(runs <= 5)
            #expect(report.metric("Changes") == 500)
            #expect(took < .seconds(300))
            // At the default rate of five a second, that would be a minute.
            let requests = try #require(report.metric("DirectoryRequests"))
            #expect(requests <= 300)
            for person in [1, 250, 500] { #expect(await world.canLogIn(AccountName("person\(person)"))) }
            #expect(try await world.mayLogIn("person501") == nil)
        }
    }

    @Test func `what waits for the turn of everyone is given back until then, and whoever leaves need not wait for it`()
        async throws
    {
        try await World.with(postgres: 17) { world in
            let story = try await FunctionStory(world)
            try await story.aws.join(1, FunctionStory.readers)
            try await story.handle(story.event("AddMemberToGroup", 1, FunctionStory.readers))
            try await story.aws.leave(1, FunctionStory.readers)
            let deletion = LambdaEvents.trail(
                "identitystore",
                "DeleteGroupMembership",
                #"{"identityStoreId": "\#(story.aws.store)", "membershipId": "m"}"#
            )
            try await story.queue.sendMessage(deletion)
            let message = try #require(try await story.queue.receiveMessages(wait: 2, visibilityTimeout: 600).first)
            let started = ContinuousClock.now
            let report = try await story.play(
                [
                    try LambdaEvents.batch([deletion]),
                    try LambdaEvents.batch([deletion], receipts: [message.receiptHandle]),
                    try LambdaEvents.batch([story.event("RemoveMemberFromGroup", 1, FunctionStory.readers)]),
                    // It has waited often enough, and is no dead letter for that.
                    try LambdaEvents.batch([deletion], receiveCount: 4),
                ],
                timeout: 120
            )
            let none = LambdaEvents.failures()
            #expect(
                report.outcomes.map(\.body) == [none, LambdaEvents.failures("m-0"), none, none],
                "\(report.output)"
            )
            #expect(report.metric("MessagesReturned") == 1 && report.metric("DeadlineReached") == nil)
            #expect(started.duration(to: .now) >= .seconds(55))
            #expect(try await world.mayLogIn("person1") == false)
            try await eventually("it comes again when the turn has come") { try await story.messages()[""] == 1 }
        }
    }

    @Test(arguments: engines)
    func `a warm function asks three things of AWS for one event, the second reading included, and needs little memory`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let story = try await FunctionStory(world)
            for person in [4, 5] { try await story.aws.join(person, FunctionStory.readers) }
            let before = try await story.aws.calls().count
            let report = try await story.play([
                try LambdaEvents.batch([story.event("AddMemberToGroup", 4, FunctionStory.readers)]),
                try LambdaEvents.batch([story.event("AddMemberToGroup", 5, FunctionStory.readers)]),
            ])
            #expect(report.peak > 0 && report.peak <= LambdaControlPlane.peakOfEvent)
            let calls = try await story.aws.calls().dropFirst(before).map(\.operation)
            let warm = ["IsMemberInGroups", "DescribeUser", "SendMessage"]
            #expect(calls == ["ListGroups"] + warm + warm)
        }
    }

    @Test(arguments: engines)
    func `messages whose target another writer holds come again in a while`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            let story = try await FunctionStory(world)
            try await story.aws.join(6, FunctionStory.readers)
            try await story.queue.sendMessage(story.event("AddMemberToGroup", 6, FunctionStory.readers))
            let message = try #require(try await story.queue.receiveMessages(wait: 2, visibilityTimeout: 600).first)
            let batch = try LambdaEvents.batch([message.body], receipts: [message.receiptHandle])
            let access = SessionAccess(.writing, runId: "0123456789abcdef", deadline: .now + .seconds(300))
            let other = try await world.provisioner().openSession(access)
            let busy = try await story.play([batch])
            await other.close()
            #expect(busy.outcomes.map(\.body) == [LambdaEvents.failures("m-0")], "\(busy.output)")
            #expect(busy.metric("TargetsBusy") == 1 && busy.metric("TargetsFailed") == 0)
            let held = try await story.aws.calls().filter { $0.operation == "ChangeMessageVisibilityBatch" }
            #expect(held.map(\.status) == [200])
            #expect(try await world.mayLogIn("person6") == nil)
            #expect(try await story.play([batch]).outcomes.map(\.body) == [LambdaEvents.failures()])
            #expect(await world.canLogIn("person6"))
        }
    }

    @Test func `a directory in trouble takes nobody's access, and its messages come again`() async throws {
        try await World.with(postgres: 17) { world in
            var story = try await FunctionStory(world)
            try await story.aws.join(7, FunctionStory.readers)
            try await story.handle(story.event("AddMemberToGroup", 7, FunctionStory.readers))
            try await story.aws.leave(7, FunctionStory.readers)
            let event = try LambdaEvents.batch([story.event("RemoveMemberFromGroup", 7, FunctionStory.readers)])
            for operation in ["IsMemberInGroups", "ListGroups"] {
                try await story.aws.setFaults([.error("ThrottlingException", of: operation, times: 100)])
                let report = try await story.play([event], environment: ["AWS_MAX_ATTEMPTS": "1"])
                #expect(report.outcomes.map(\.body) == [LambdaEvents.failures("m-0")])
                #expect(report.metric("SourceUnavailable") == 1)
                #expect(await world.canLogIn("person7"))
            }
            // That nobody can be told to read a second time is no reason to do the first again.
            try await story.aws.setFaults([.error("AccessDeniedException", of: "SendMessage", times: 100)])
            let report = try await story.play([event])
            #expect(report.outcomes.map(\.body) == [LambdaEvents.failures()])
            #expect(report.metric("SecondReadingsNotSent") == 1)
            #expect(report.log(with: "sqs:SendMessage is denied: allow it on arn:aws:sqs").count == 1)
            #expect(await !world.canLogIn("person7"))
        }
    }

    @Test func `of a run that its time cuts short everything comes again, and nothing is half done`() async throws {
        try await World.with(postgres: 17) { world in
            var story = try await FunctionStory(world)
            try await story.aws.join(8, FunctionStory.readers)
            let batch = try LambdaEvents.batch([story.event("AddMemberToGroup", 8, FunctionStory.readers)])
            var slow = AWSStandIn.Fault("delay", of: "IsMemberInGroups", times: 100)
            slow.seconds = 20
            try await story.aws.setFaults([slow])
            let report = try await story.play([batch], timeout: 5)
            #expect(report.kinds == ["response"])
            #expect(report.outcomes.map(\.body) == [LambdaEvents.failures("m-0")], "\(report.output)")
            #expect(report.metric("DeadlineReached") == 1)
            #expect(
                report.log(with: "the directory could not be read: the run was cancelled\"").count == 1,
                "\(report.output)"
            )
            #expect(try #require(report.outcomes.first?.milliseconds) < 5_000)
            #expect(try await world.mayLogIn("person8") == nil)
        }
    }
}

extension FunctionStory {
    /// The roles that each of these people is to have, by the directory's own word.
    fileprivate func plannedRoles(people: ClosedRange<Int>) async throws -> [AccountName: [String]] {
        struct Input: Encodable {
            let IdentityStoreId: String
            let GroupId: String
        }
        struct Output: Decodable {
            struct Membership: Decodable { let MemberId: [String: String] }
            let GroupMemberships: [Membership]
        }
        var roles = Dictionary(uniqueKeysWithValues: people.map { (AWSStandIn.id($0), [String]()) })
        for (group, role) in [(Self.readers, "readers"), (Self.writers, "writers")] {
            let input = Input(IdentityStoreId: aws.store, GroupId: group)
            let output: Output = try await aws.client(.identityStore).call("ListGroupMemberships", input)
            for member in output.GroupMemberships { roles[member.MemberId["UserId"] ?? ""]?.append(role) }
        }
        return Dictionary(
            uniqueKeysWithValues: people.map { (AccountName("person\($0)"), roles[AWSStandIn.id($0)] ?? []) }
        )
    }
}
