// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncCore
import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

@Suite("Word through SNS")
struct SNSNotifierTests {
    @Test func `a run that failed reaches a queue behind the topic as JSON, once`() async throws {
        let world = try await AWSStandIn.world()
        let messages = AWSMessages(world)
        let topic = try await messages.topic()
        let notifier = SNSNotifier(
            topicArn: topic.arn,
            client: try messages.client(.sns),
            settings: Runs.settings([.failure])
        )
        let report = Runs.report([Runs.failed("orders"), Runs.changed("shop", made: 1)])
        for _ in 0..<2 { try await notifier.notify(report) }
        let received = try await topic.queue.drain()
        #expect(received.count == 1)
        let envelope = try object(received.first ?? "{}")
        #expect(envelope["Subject"] as? String == "SSOSync prod: failure on orders")
        let attributes = envelope["MessageAttributes"] as? [String: [String: String]]
        #expect(attributes?["kinds"] == ["Type": "String.Array", "Value": #"["failure"]"#])
        let notice = try object(envelope["Message"] as? String ?? "")
        #expect(notice["run"] as? String == "0123456789abcdef" && notice["verdict"] as? String == "partial-failure")
        let targets = notice["targets"] as? [[String: Any]]
        #expect(targets?.map { $0["target"] as? String } == ["orders"])
        let matter = (targets?.first?["matters"] as? [[String: Any]])?.first
        #expect(matter?["code"] as? String == "unreachable" && matter?["message"] == nil)
        #expect(try await world.calls().allSatisfy(\.verified))
    }

    @Test func `people get a text, programs JSON, and a telephone the subject`() throws {
        let report = Runs.report([Runs.failed("orders")])
        let notice = try #require(Runs.notice(report, Runs.settings([.failure], .names)))
        let message = SNSNotifier.message(notice)
        #expect(message.text == message.textsByProtocol["email"])
        #expect(
            message.text == """
                SSOSync prod: failure on orders

                Run 0123456789abcdef of 2026-11-22T07:23:00Z: partial-failure.

                orders: partial-failure
                  - failure: the server could not be reached
                      no answer from ann's server

                """
        )
        #expect(message.textsByProtocol["sms"] == message.subject)
        for name in ["sqs", "lambda", "http", "https", "firehose"] {
            #expect(try object(message.textsByProtocol[name] ?? "{}")["version"] as? Int == 1)
        }
        #expect(message.groupId == nil && message.deduplicationId == nil)
        // A FIFO topic drops a second message of the same id, and another notifier says something else of the same run.
        let other = try #require(Runs.notice(report, Runs.settings([.failure], .counts)))
        let id = SNSNotifier.message(notice, isFIFO: true).deduplicationId
        #expect(id?.hasPrefix(notice.run) == true)
        #expect(id == SNSNotifier.message(notice, isFIFO: true).deduplicationId)
        #expect(id != SNSNotifier.message(other, isFIFO: true).deduplicationId)
    }

    @Test(arguments: [1, 100, 5_000, 20_000])
    func `however much there is to say, it is within the limit, and says how much is left out`(count: Int) throws {
        let targets = (0..<20).map { Runs.changed(TargetName("t\($0)"), made: count / 20, failed: count / 20 + 1) }
        let notice = try #require(Runs.notice(Runs.report(targets), Runs.settings([.failure, .changes], .names)))
        let message = SNSNotifier.message(notice)
        #expect(message.byteCount <= SNSClient.byteLimit)
        #expect(SNSClient.isSubject(message.subject ?? ""))
        #expect(message.text.contains("more, which the run") == (count > 1_000))
        let sent = try object(message.textsByProtocol["sqs"] ?? "")["targets"] as? [[String: Any]] ?? []
        let told = sent.reduce(0) { sum, target in
            let listed = ["matters", "changes"].map { (target[$0] as? [Any])?.count ?? 0 }.reduce(0, +)
            return sum + listed + (target["leftOut"] as? Int ?? 0)
        }
        #expect(told == 20 * (2 * (count / 20) + 1))
    }

    @Test func `a topic that is not there, one that is denied, and a service that fails do not fail the run`()
        async throws
    {
        var world = try await AWSStandIn.world()
        let messages = AWSMessages(world)
        let topic = "arn:aws:sns:eu-west-1:123456789012:nowhere"
        let policy = RetryPolicy(maximumAttempts: 2, maximumBackoff: .milliseconds(10))
        let notifier = SNSNotifier(
            topicArn: topic,
            client: try messages.client(.sns, policy),
            settings: Runs.settings([.failure])
        )
        for (faults, words): ([AWSStandIn.Fault], String) in [
            ([], "there is no topic"), ([.error("AuthorizationError", status: 403)], "sns:Publish is denied"),
            ([.error("InternalFailure", status: 500, times: 0)], "InternalFailure"),
        ] {
            try await world.setFaults(faults)
            let told = CompositeNotifier([notifier])
            let error = await #expect(throws: CompositeNotifier.Failures.self) {
                try await told.notify(Runs.report([Runs.failed("orders")]))
            }
            #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        }
    }
}
