// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// What the function keeps of its runs in S3.
@Suite("Reports of the Lambda function", .timeLimit(.minutes(5)))
struct FunctionReportTests {
    private static let engines = World.engines.filter { $0 == .mysql || $0 == .postgres(17) }

    private func story(_ world: World, _ bucket: String, isThere: Bool = true) async throws -> FunctionStory {
        let reports =
            #", "reports": { "s3": "s3://\#(bucket)/reports/", "objectLock": { "mode": "governance", "days": 1 } }"#
        return try await FunctionStory(world, more: reports) { aws in
            if isThere { _ = try await aws.makeBucket(bucket, hasObjectLock: true) }
        }
    }

    private var bucket: String { "reports-\(UUID().uuidString.lowercased())" }

    @Test(arguments: engines)
    func `each run, for an event or for everyone, leaves its report`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            let bucket = bucket
            let story = try await story(world, bucket)
            try await story.aws.join(1, FunctionStory.readers)
            let event = try LambdaEvents.batch([story.event("AddMemberToGroup", 1, FunctionStory.readers)])
            let report = try await story.play([event, LambdaEvents.schedule])
            #expect(report.metric("ReportsNotWritten") == 0 && report.metric("NotNotified") == nil, "\(report.output)")
            let kept = try await story.aws.objects(in: bucket)
            #expect(kept.keys.allSatisfy { $0.hasPrefix("reports/2") && $0.contains("Z-test-") })
            let scopes = kept.values.compactMap { $0.firstMatch(of: /"scope":"([a-z]+)"/).map { String($0.1) } }
            #expect(scopes.sorted() == ["everyone", "people"])
            #expect(kept.values.allSatisfy { $0.contains(#""madeBy":"single""#) })
            let order = #"{"sso-sync":{"v":1,"do":"release-brake","hash":"0000000000000000"}}"#
            _ = try await story.play([order], environment: ["SSOSYNC_ROLE": "control"])
            let all = try await story.aws.objects(in: bucket)
            #expect(all.values.allSatisfy { $0.contains(#""server":"123456789012 "#) }, "\(all)")
            #expect(all.count == 3 && all.values.count { $0.contains(#""madeBy":"control""#) } == 1)
            let answer = try #require(report.outcomes.last?.body.firstMatch(of: /"run":"([0-9a-f]{16})"/)).1
            #expect(kept.keys.contains { $0.hasSuffix("-\(answer).json") })
            #expect(report.metric("LeaversNotOut") == 0)
            let calls = try await story.aws.calls()
            #expect(calls.allSatisfy(\.verified) && !calls.contains { $0.operation == "GetCallerIdentity" })
        }
    }

    @Test func `a bucket that takes nothing makes no run worse, and is counted and told`() async throws {
        try await World.with(postgres: 17) { world in
            let story = try await story(world, bucket, isThere: false)
            try await story.aws.join(1, FunctionStory.readers)
            let report = try await story.play([LambdaEvents.schedule])
            #expect(report.metric("ReportsNotWritten") == 1 && report.metric("GoodFullRuns") == 1, "\(report.output)")
            #expect(report.log(with: "the report is kept nowhere").count == 1)
            #expect(report.outcomes.first?.body.contains(#""verdict":"in-sync""#) == true)
            #expect(await world.canLogIn("person1"))
        }
    }
}
