// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// The program that stays, between a directory and a queue in the stand-in for AWS and a real server.
@Suite(
    "The service",
    .enabled(if: ServedTool.exists, "the program is not built beside the tests"),
    .timeLimit(.minutes(5))
)
struct ServeStoryTests {
    private static let engines = World.engines.filter { $0 == .mysql || $0 == .postgres(17) }

    @Test(arguments: engines)
    func `who is added to a group can log in after the event, and who is taken out cannot`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let story = try await FunctionStory(world)
            let service = try story.serve("--embedded-metrics")
            try await service.eventually("the first run ends") { try $0.health()?.lastGoodFullRun != nil }

            try await story.aws.join(1, FunctionStory.readers)
            try await story.queue.sendMessage(story.event("AddMemberToGroup", 1, FunctionStory.readers))
            try await service.eventually("the person can log in") { _ in await world.canLogIn("person1") }
            #expect(try await world.rolesHeld(by: "person1") == ["readers"])
            let session = try await world.server.logIn(as: "person1")

            try await story.aws.leave(1, FunctionStory.readers)
            try await story.queue.sendMessage(story.event("RemoveMemberFromGroup", 1, FunctionStory.readers))
            try await service.eventually("the person is out") { _ in await !world.canLogIn("person1") }
            // The lock comes first, and sessions end after it.
            try await service.eventually("the session ends") { _ in await (try? session.check()) == nil }
            // Each is read once more later, and done with now.
            try await service.eventually("both messages are gone") { _ in
                try await story.messages() == ["": 0, "NotVisible": 0, "Delayed": 2]
            }
            #expect(try await service.end() == 0)
            #expect(service.output.metric("Changes") == Double(try await story.changes(service)))
            #expect(service.output.metric("SecondReadings") == 2)
            #expect(!service.log.contains("person1") && !service.log.contains(story.aws.secretAccessKey))
        }
    }

    @Test(arguments: engines)
    func `the next full run repairs what no event told of`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            let story = try await FunctionStory(world)
            let service = try story.serve("--interval", "1s", "--embedded-metrics")
            try await service.eventually("the first run ends") { try $0.health()?.lastGoodFullRun != nil }
            try await story.aws.join(2, FunctionStory.writers)
            try await service.eventually("the person can log in") { _ in await world.canLogIn("person2") }
            #expect(try await service.end() == 0)
            #expect(try #require(service.output.metric("MissedByEvents")) > 0)
        }
    }

    @Test(arguments: engines)
    func `asked to end in the middle of a run, it leaves nobody half out, lets go of the lock and gives messages back`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let story = try await FunctionStory(world, readers: 3)
            let service = try story.serve()
            try await service.eventually("the first run ends") { try $0.health()?.lastGoodFullRun != nil }
            let people: [AccountName] = ["person1", "person2", "person3"]
            let dba = try await world.server.openAdministrator()
            // Within a transaction PostgreSQL goes on showing the sessions that it has shown once.
            let watcher = try await world.server.openAdministrator()
            try await dba.hold(["person2"])
            for person in 1...3 {
                try await story.aws.leave(person, FunctionStory.readers)
                try await story.queue.sendMessage(story.event("RemoveMemberFromGroup", person, FunctionStory.readers))
            }
            try await service.eventually("the provisioner waits") { _ in try await watcher.isProvisionerWaiting() }
            #expect(try await service.end(within: .seconds(10)) == 0)
            #expect(service.log.contains("the process has to end before the run was done"))
            #expect(!service.log.contains("the time was up"))

            try await dba.letGo()
            let state = try await dba.state()
            for person in people {
                let found = try #require(state[person])
                #expect(!found.canLogIn || found.roles == ["readers"], "\(found.summary)")
            }
            let access = SessionAccess(.writing, runId: "0123456789abcdef", deadline: .now + .seconds(30))
            await (try world.provisioner().openSession(access)).close()
            // Not hidden until nobody knows when.
            #expect(try await story.messages()["NotVisible"] == 0)
            #expect(try await story.messages()[""] ?? 0 > 0)

            let next = try story.serve()
            try await next.eventually("everybody is out") { _ in
                for person in people where await world.canLogIn(person) { return false }
                return try await story.messages()[""] == 0
            }
            #expect(try await next.end() == 0)
        }
    }

    @Test func `whom an event names is read while everyone's turn is to come, and that comes all the same`()
        async throws
    {
        try await World.with(postgres: 17) { world in
            let story = try await FunctionStory(world, readers: 1)
            let service = try story.serve("--embedded-metrics")
            try await story.makeWait(service)
            try await story.aws.leave(1, FunctionStory.readers)
            try await story.aws.join(2, FunctionStory.readers)
            try await story.queue.sendMessage(story.event("AddMemberToGroup", 2, FunctionStory.readers))
            try await service.eventually("the person can log in") { _ in await world.canLogIn("person2") }
            // Whoever reads everyone would have found her gone.
            #expect(await world.canLogIn("person1"))
            try await service.eventually("the other one is out", within: .seconds(90)) { _ in
                await !world.canLogIn("person1")
            }
            try await service.eventually("all messages are gone") { _ in
                let messages = try await story.messages()
                return messages[""] == 0 && messages["NotVisible"] == 0
            }
            #expect(try await service.end() == 0)
            #expect(service.output.metric("MessagesReturned") == nil)
        }
    }

    @Test func `asked to end, it gives back what waits for everyone's turn`() async throws {
        try await World.with(postgres: 17) { world in
            let story = try await FunctionStory(world)
            let service = try story.serve()
            try await story.makeWait(service)
            #expect(try await service.end() == 0)
            #expect(try await story.messages() == ["": 1, "NotVisible": 0, "Delayed": 1])
        }
    }

    @Test func `the health file tells of runs that fail, and of the last good one, and the service goes on`()
        async throws
    {
        try await World.with(postgres: 17) { world in
            var story = try await FunctionStory(world)
            let service = try story.serve("--interval", "1s", environment: ["AWS_MAX_ATTEMPTS": "1"])
            try await service.eventually("the first run ends") { try $0.health()?.lastGoodFullRun != nil }
            let first = try #require(try service.health())
            #expect(first.version == 1 && first.lastRun?.verdict == "in-sync" && first.lastFullRun == first.lastRun)

            try await story.aws.setFaults([.error("ThrottlingException", of: "ListGroupMemberships", times: 1_000)])
            try await service.eventually("a run fails") { try $0.health()?.lastRun?.verdict == "source-unavailable" }
            let failed = try #require(try service.health())
            try await service.eventually("and another") { try $0.health()?.lastFullRun?.run != failed.lastFullRun?.run }
            let later = try #require(try service.health())
            #expect(later.lastGoodFullRun == failed.lastGoodFullRun && later.time > failed.time)

            try await story.aws.setFaults([])
            try await service.eventually("it is well again") {
                try $0.health()?.lastGoodFullRun ?? "" > later.time
            }
            #expect(try service.health()?.startedAt == first.startedAt)
            #expect(try await service.end() == 0)
        }
    }

    @Test
    func
        `what is looked for by tags anew in each full run is told once when it is gone, and once when it is there again`()
        async throws
    {
        try await World.with(postgres: 17) { world in
            let receiver = try await HTTPServer([.init(times: 0)])
            let story = try await FunctionStory(
                world,
                location: #""tagged": {"sso-sync": "yes"}"#,
                more: #"""
                    , "notify": [{"webhook": {"url": "http://localhost:\#(receiver.port)/"}, "on": ["failure", "recovered"]}]
                    """#
            ) { stand in
                try await stand.makeCluster("orders", world)
                stand.rds[stand.region]?.DBClusters[0].TagList = [AWSStandIn.Tag("sso-sync", "yes")]
                try await stand.set()
            }
            var stand = story.aws
            let told = { try receiver.requests().count { $0.method == "POST" } }
            let service = try story.serve("--interval", "1s")
            try await service.eventually("the first run ends") { try $0.health()?.lastGoodFullRun != nil }
            stand.rds[stand.region]?.DBClusters[0].TagList = []
            try await stand.set()
            var failed: Set<String> = []
            try await service.eventually("three runs have failed") { service in
                if let run = try service.health()?.lastFullRun, run.verdict == "partial-failure" {
                    failed.insert(run.run)
                }
                return failed.count >= 3
            }
            #expect(try told() == 1)
            stand.rds[stand.region]?.DBClusters[0].TagList = [AWSStandIn.Tag("sso-sync", "yes")]
            try await stand.set()
            try await service.eventually("somebody is told that all is well") { _ in try told() == 2 }
            #expect(try await service.end() == 0)
        }
    }

    @Test func `the report of a run is kept as the service's`() async throws {
        try await World.with(postgres: 17) { world in
            var bucket = ""
            let story = try await FunctionStory(world, more: ", REPORTS") { bucket = try await $0.makeBucket() }
            let configuration = String(decoding: story.configuration, as: UTF8.self)
                .replacing("REPORTS", with: #""reports": {"s3": "s3://\#(bucket)/"}"#)
            try story.folder.write(configuration, to: "sso-sync.json")
            let service = try story.serve()
            try await service.eventually("a report is kept") { _ in
                try await story.aws.objects(in: bucket).values.contains { $0.contains(#""madeBy":"serve""#) }
            }
            #expect(try await service.end() == 0)
        }
    }

    @Test func `garbage is counted, and keeps no event from being handled`() async throws {
        try await World.with(postgres: 17) { world in
            let story = try await FunctionStory(world)
            let service = try story.serve("--embedded-metrics")
            try await service.eventually("the first run ends") { try $0.health()?.lastGoodFullRun != nil }
            let other = story.event("AddMemberToGroup", 3, FunctionStory.readers)
                .replacing(story.aws.store, with: "d-0000000000")
            for text in ["{", "no JSON", #"{"sso-sync":{"again":{}}}"#, String(repeating: "[", count: 100_000), other] {
                try await story.queue.sendMessage(text)
            }
            try await story.aws.join(3, FunctionStory.readers)
            try await story.queue.sendMessage(story.event("AddMemberToGroup", 3, FunctionStory.readers))
            try await service.eventually("the person can log in") { _ in await world.canLogIn("person3") }
            try await service.eventually("all messages are gone") { _ in
                try await story.messages() == ["": 0, "NotVisible": 0, "Delayed": 1]
            }
            #expect(try await service.end() == 0)
            #expect(service.output.metric("EventsUnknown") == 4)
            #expect(service.output.metric("EventsDroppedForeignStore") == 1)
            #expect(service.log.contains("a message is no event that is known"))
        }
    }

    @Test func `a queue that fails for a while keeps no full run from its work, nor events for ever`() async throws {
        try await World.with(postgres: 17) { world in
            var story = try await FunctionStory(world)
            try await story.aws.setFaults([.error("AccessDeniedException", of: "ReceiveMessage", times: 1)])
            let service = try story.serve("--interval", "1h")
            // The stand-in receives what it fails with: it is to be nothing that is missed.
            try await story.queue.sendMessage("garbage")
            try await service.eventually("receiving fails") {
                $0.log.contains("sqs:ReceiveMessage is denied: allow it on arn:aws:sqs")
            }
            #expect(try service.health()?.lastGoodFullRun != nil)
            try await story.aws.join(4, FunctionStory.readers)
            try await story.queue.sendMessage(story.event("AddMemberToGroup", 4, FunctionStory.readers))
            try await service.eventually("the person can log in") { _ in await world.canLogIn("person4") }
            #expect(try await service.end() == 0)
        }
    }
}

extension FunctionStory {
    /// How many changes the lines of the log tell of.
    fileprivate func changes(_ service: ServeProcess) async throws -> Int {
        service.log.split(separator: "\n").reduce(0) { sum, line in
            let word = line.split(separator: " ").first { $0.hasPrefix("done=") }
            return sum + (line.contains("target=orders") ? Int(word?.dropFirst(5) ?? "") ?? 0 : 0)
        }
    }
}
