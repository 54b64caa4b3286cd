// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// The roles beside *spoke* (`FleetEnduranceTests`); for *single* without a server, see `FunctionInvocationTests`.
@Suite("Roles that go on for long", .timeLimit(.minutes(10)))
struct RoleEnduranceTests {
    private typealias Invocation = LambdaControlPlane.Invocation

    /// Full runs do not wait for their turns as events do, and each reads the directory and the server.
    @Test(arguments: FleetStory.engines)
    func `for a thousand invocations of single, 300 of them full runs, memory and descriptors stay what they were`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let story = try await FunctionStory(world, readers: 5)
            let unknown = try LambdaEvents.batch([String(repeating: "x", count: 4_096), "{}"])
            let refused = unknown.replacing("Records", with: "Others")
            let event = try LambdaEvents.batch([story.event("AddMemberToGroup", 1, FunctionStory.readers)])
            let payloads =
                [event] + Array(repeating: LambdaEvents.schedule, count: 100) + Array(repeating: unknown, count: 350)
                + Array(repeating: refused, count: 349) + Array(repeating: LambdaEvents.schedule, count: 200)
            let report = try await story.play(payloads)
            #expect(report.outcomes.count == 1_000)
            #expect(report.metric("GoodFullRuns") == 300 && report.metric("Runs") == 301)
            #expect(report.metric("Changes") == 5 && report.metric("InputRefused") == 349)
            try expectSteady(report, last: 200)
        }
    }

    /// Its events wait for their turns, so that a thousand would take hours; the schedule does not, and 150 full runs read, sign,
    /// write and send as often.
    @Test
    func `for a thousand invocations of a hub, 150 of them full runs, memory and descriptors stay what they were`()
        async throws
    {
        try await World.with(postgres: 17) { world in
            let story = try await FleetStory([world])
            for person in 1...5 { try await story.aws.join(person, FleetStory.readers) }
            let unknown = try LambdaEvents.batch([String(repeating: "x", count: 4_096), "{}"])
            let refused = unknown.replacing("Records", with: "Others")
            let payloads =
                try [LambdaEvents.batch([story.event("AddMemberToGroup", 1)])]
                + Array(repeating: LambdaEvents.schedule, count: 50) + Array(repeating: unknown, count: 425)
                + Array(repeating: refused, count: 424) + Array(repeating: LambdaEvents.schedule, count: 100)
            let report = try await story.playHub(payloads)
            #expect(report.outcomes.count == 1_000)
            #expect(report.metric("GoodFullRuns") == 150 && report.metric("Runs") == 151)
            try expectSteady(report, last: 100)
        }
    }

    /// Each of its orders is a run of its own, with a connection of its own, and makes a report.
    @Test func `for a thousand orders memory and descriptors of control stay what they were`() async throws {
        try await World.with(postgres: 17) { world in
            let story = try await FunctionStory(world, readers: 5)
            let orders = [
                #""do":"plan""#, #""do":"doctor""#, #""do":"release-brake","hash":"0000000000000000""#, #""do":"none""#,
            ]
            let payloads = (0..<250).flatMap { _ in orders.map { #"{"sso-sync":{"v":1,\#($0)}}"# } }
            let report = try await story.play(payloads, environment: ["SSOSYNC_ROLE": "control"])
            #expect(report.outcomes.count == 1_000)
            #expect(report.kinds.count { $0 == "response" } == 750 && report.metric("InputRefused") == 250)
            #expect(report.metric("Runs") == 250 && report.metric("Changes") == 5)
            try expectSteady(report, last: 100)
        }
    }

    @Test func `for a thousand invocations of notify memory and descriptors stay what they were`() async throws {
        let aws = try await AWSStandIn.world()
        let topic = try await AWSMessages(aws).topic().arn
        let record =
            #"{"version":"1.0","requestContext":{"functionArn":"arn:aws:lambda:f","condition":"RetriesExhausted"}}"#
        let letters = try LambdaEvents.batch(Array(repeating: String(repeating: "x", count: 8_192), count: 10))
        let own = ["SSOSYNC_ROLE": "notify", "SSOSYNC_NOTIFY_TOPIC_ARN": topic, "AWS_LAMBDA_LOG_FORMAT": "JSON"]
        let report = try await LambdaControlPlane.play(
            [
                Invocation(letters, times: 50), Invocation("garbage", times: 300), Invocation(record, times: 300),
                Invocation(letters, times: 350),
            ],
            on: "sso-sync-lambda",
            environment: aws.environment.merging(own) { $1 },
            timeout: 10
        )
        #expect(report.violations.isEmpty && report.starts == 1 && report.outcomes.count == 1_000)
        #expect(report.metric("FailuresTold") == 4_300 && report.metric("InputRefused") == 300)
        try expectSteady(report, last: 300)
    }

    /// - Parameters:
    ///   - report: What came of it.
    ///   - count: How many of the last invocations bring nothing new with them, so that they are held to less.
    private func expectSteady(_ report: LambdaControlPlane.Report, last count: Int) throws {
        #expect(report.samples.count == report.outcomes.count / 50)
        let growth = try #require(report.growth(since: 1))
        let late = try #require(report.growth(since: report.samples.count - 1 - count / 50))
        #expect(growth.descriptors <= 0, "\(report.samples)")
        // Allocators keep a little here and there.
        #expect(growth.resident < 3_072 && late.resident < 1_024, "\(report.samples)")
    }
}
