// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// Under a control plane, with a target that nobody listens for.
@Suite("What a function does with what it is handed", .timeLimit(.minutes(5)))
struct FunctionInvocationTests {
    private typealias Invocation = LambdaControlPlane.Invocation

    private let group = AWSStandIn.id(900)

    private func event(_ person: Int = 1) -> String {
        let id = AWSStandIn.id(person)
        return LambdaEvents.membership("AddMemberToGroup", person: id, group: group, store: "d-1234567890")
    }

    @Test func `whatever is neither a batch nor the schedule is refused, counted, and the next one is handled`()
        async throws
    {
        let odd = [
            "", "garbage", "{}", String(repeating: "x", count: 6 << 20),
            #"{"Records": ["# + String(repeating: "[", count: 100_000), event(),
            #"{"Records":[{"eventSource":"aws:s3","s3":{"bucket":{"name":"b"}}}]}"#,
        ]
        let report = try await FunctionFolder().play(odd.map { Invocation($0) } + [Invocation(#"{"Records":[]}"#)])
        #expect(report.kinds == odd.map { _ in "error" } + ["response"])
        #expect(report.outcomes.dropLast().allSatisfy { $0.errorType == "Function.InputRefused" })
        #expect(report.metric("InputRefused") == Double(odd.count))
        #expect(report.starts == 1)
        #expect(report.metric("Runs") == nil)
    }

    @Test
    func
        `whatever Lambda is told as an error is counted by the deployment, and by the function's name until that is known`()
        async throws
    {
        func counted(_ report: LambdaControlPlane.Report, by deployment: String) -> Int {
            report.output.count {
                $0.contains(#""FunctionErrors":[1]"#) && $0.contains(#""deployment":"\#(deployment)""#)
            }
        }
        let undated = Invocation("x").with { $0.omit = ["Lambda-Runtime-Deadline-Ms"] }
        let report = try await FunctionFolder().play([Invocation("garbage"), undated, Invocation(#"{"Records":[]}"#)])
        #expect(report.outcomes.map(\.errorType) == ["Function.InputRefused", "Runtime.BadInvocation", nil])
        #expect(counted(report, by: "test") == 2 && report.metric("FunctionErrors") == 2, "\(report.output)")
        // Its configuration is there, and is another role's.
        let spoke = try await FunctionFolder().play([Invocation("{}")], environment: ["SSOSYNC_ROLE": "spoke"])
        #expect(spoke.kinds == ["initError"] && counted(spoke, by: "test") == 1, "\(spoke.output)")
        // Several may be in one account and Region.
        let names = ["SSOSYNC_ROLE": "spoke", "SSOSYNC_SPOKE": "shop"]
        let shop = try await FunctionFolder().play([Invocation("{}")], environment: names)
        #expect(shop.kinds == ["initError"] && counted(shop, by: "test/shop") == 1, "\(shop.output)")
        let broken = try await FunctionFolder("{").play([Invocation("{}")])
        #expect(broken.kinds == ["initError"] && counted(broken, by: "sso-sync") == 1, "\(broken.output)")
    }

    @Test func `messages that are no events are done with: counted, and their shape logged once`() async throws {
        let failed = LambdaEvents.trail("identitystore", "CreateGroupMembership", "{}", more: #", "errorCode": "Oops""#)
        let readOnly = LambdaEvents.trail("identitystore", "ListUsers", "{}")
        let other = LambdaEvents.trail("ec2", "RunInstances", #"{"password": "hunter2"}"#)
        let forged = #"{"sso-sync":{"again":{"anybody":false,"groups":[],"people":["ann"]},"v":1}}"#
        let batch = try LambdaEvents.batch(["", "x", failed, readOnly, other, other, forged])
        let report = try await FunctionFolder().play([Invocation(batch, times: 2)])
        #expect(report.outcomes.map(\.body) == [LambdaEvents.failures(), LambdaEvents.failures()])
        #expect(report.metric("EventsDroppedFailedCall") == 2 && report.metric("EventsDroppedReadOnly") == 2)
        #expect(report.metric("EventsUnknown") == 10)
        #expect(report.log(with: "ec2.amazonaws.com RunInstances").count == 1)
        #expect(!report.output.contains { $0.contains("hunter2") })
        #expect(report.metric("Runs") == nil)
    }

    @Test func `with a second to go nothing is begun`() async throws {
        let batch = Invocation(try LambdaEvents.batch([event()]), timeout: 1)
        let report = try await FunctionFolder().play([batch, Invocation(LambdaEvents.schedule, timeout: 1)])
        #expect(report.outcomes.map(\.errorType) == ["Function.DeadlineTooShort", "Function.DeadlineTooShort"])
        #expect(report.metric("DeadlineTooShort") == 2)
        #expect(report.metric("Runs") == nil)
        #expect(report.starts == 1)
    }

    @Test func `messages whose target fails come again, and those about a group that nothing maps do not`() async throws
    {
        let unmapped = LambdaEvents.trail(
            "identitystore",
            "DeleteGroup",
            #"{"identityStoreId": "d-1234567890", "groupId": "\#(AWSStandIn.id(901))"}"#
        )
        let mapped = LambdaEvents.trail(
            "identitystore",
            "UpdateGroup",
            #"{"identityStoreId": "d-1234567890", "groupId": "\#(group)"}"#
        )
        let report = try await FunctionFolder().play([
            Invocation(try LambdaEvents.batch([unmapped])), Invocation(try LambdaEvents.batch([mapped])),
            Invocation(try LambdaEvents.batch([event(), "x"])),
        ])
        let expected = [LambdaEvents.failures(), LambdaEvents.failures("m-0"), LambdaEvents.failures("m-0")]
        #expect(report.outcomes.map(\.body) == expected)
        #expect(report.metric("GroupsUnmapped") == 1)
        #expect(report.metric("Runs") == 2 && report.metric("TargetsFailed") == 2)
        #expect(report.metric("MessagesReturned") == 2)
        // What failed is not read a second time on top: it comes again. The other group may get a mapped name yet.
        #expect(report.metric("SecondReadings") == nil && report.metric("SecondReadingsNotSent") == 1)
    }

    @Test func `events about groups that nothing maps take nobody's turn`() async throws {
        let unmapped = LambdaEvents.trail(
            "identitystore",
            "UpdateGroup",
            #"{"identityStoreId": "d-1234567890", "groupId": "\#(AWSStandIn.id(901))"}"#
        )
        let batches = [
            Invocation(try LambdaEvents.batch([unmapped]), times: 8), Invocation(try LambdaEvents.batch([event()])),
        ]
        let report = try await FunctionFolder().play(batches, timeout: 8)
        #expect(report.metric("GroupsUnmapped") == 8)
        #expect(report.metric("Runs") == 1 && report.metric("DeadlineReached") == nil)
    }

    @Test func `the schedule is answered with what came of it, and names nobody`() async throws {
        let report = try await FunctionFolder().play([
            Invocation(LambdaEvents.schedule), Invocation(LambdaEvents.schedulerInput),
        ])
        struct Answer: Decodable {
            let run: String
            let verdict: String
            let targets: Int
            let failedTargets: Int
            let missedByEvents: Int
        }
        for outcome in report.outcomes {
            let answer = try JSONDecoder().decode(Answer.self, from: Data(outcome.body.utf8))
            #expect(answer.run.count == 16 && answer.verdict == "partial-failure")
            #expect(answer.targets == 1 && answer.failedTargets == 1 && answer.missedByEvents == 0)
            #expect(report.log(with: answer.run).count >= 2)
        }
        #expect(report.metric("GoodFullRuns") == 0)
    }

    @Test func `that somebody cannot be told is counted, and changes nothing else`() async throws {
        let telling = FunctionFolder.configuration.replacing(
            #""owner": "test","#,
            with: #""owner": "test", "notify": [{"webhook": {"url": "http://127.0.0.1:9/a-secret-path"}}],"#
        )
        let report = try await FunctionFolder(telling).play([Invocation(LambdaEvents.schedule)])
        #expect(report.kinds == ["response"])
        #expect(report.metric("NotNotified") == 1 && report.metric("Runs") == 1)
        #expect(report.metric("GoodFullRuns") == 0)
        #expect(report.log(with: "not everybody was told how the run went").count == 1, "\(report.output)")
        #expect(!report.output.contains { $0.contains("a-secret-path") })
    }

    @Test func `hundreds of invocations need no more memory and descriptors than a hundred`() async throws {
        // So long that to keep each would be seen.
        let long = String(repeating: "x", count: 65_536)
        let batch = try LambdaEvents.batch([
            long, LambdaEvents.trail("identitystore", "ListUsers", #"{"a": "\#(long)"}"#),
        ])
        let report = try await FunctionFolder().play([
            Invocation(batch, times: 300), Invocation(batch.replacing("Records", with: "Others"), times: 100),
            Invocation(LambdaEvents.schedule, times: 200),
        ])
        #expect(report.outcomes.count == 600 && report.starts == 1)
        let growth = try #require(report.growth(since: 1))
        #expect(growth.descriptors <= 1 && growth.resident < 6_144, "\(report.samples)")
        // Runs of everyone bring little with them, so they are held to less: the last 150.
        let running = try #require(report.growth(since: report.samples.count - 4))
        #expect(running.resident < 1_024, "\(report.samples)")
    }

    @Test func `a storm waits for its turn, and what there is no time for comes again`() async throws {
        // The first three readings are free, the fourth is due after ten seconds, and there are eight.
        let batches = try (1...4).map { Invocation(try LambdaEvents.batch([event($0)]), timeout: 8) }
        let report = try await FunctionFolder().play(batches)
        #expect(report.outcomes.allSatisfy { $0.body == LambdaEvents.failures("m-0") })
        #expect(report.metric("Runs") == 3)
        #expect(report.metric("DeadlineReached") == 1)
        #expect(report.starts == 1)
    }

    @Test func `in the role control only orders are taken, and what could not be planned is not offered for approval`()
        async throws
    {
        let plan = #"{"sso-sync":{"v":1,"do":"plan"}}"#
        let report = try await FunctionFolder().play(
            [Invocation(LambdaEvents.schedule), Invocation(plan), Invocation(plan, timeout: 1)],
            environment: ["SSOSYNC_ROLE": "control"]
        )
        #expect(report.outcomes[0].errorType == "Function.InputRefused")
        #expect(report.outcomes[1].body.contains(#""verdict":"partial-failure""#))
        #expect(!report.outcomes[1].body.contains(#""approval""#) && !report.outcomes[1].body.contains(#""hash""#))
        #expect(report.outcomes[2].errorType == "Function.DeadlineTooShort")
        #expect(report.metric("InputRefused") == 1 && report.metric("DeadlineTooShort") == 1)
    }
}
