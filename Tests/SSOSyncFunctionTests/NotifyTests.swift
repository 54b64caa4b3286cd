// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

@testable import SSOSyncFunction

@Suite("The role notify", .timeLimit(.minutes(5)))
struct NotifyTests {
    private static func record(message: String = "nothing was done") throws -> String {
        let record: [String: Any] = [
            "version": "1.0", "timestamp": "2026-11-27T06:00:00.000Z",
            "requestContext": [
                "requestId": "e4b46cbf-b738-xmpl-8880-a18cdf61200e",
                "functionArn": "arn:aws:lambda:eu-west-1:111111111111:function:sso-sync-prod:live",
                "condition": "RetriesExhausted", "approximateInvokeCount": 2,
            ],
            "requestPayload": ["secret": "hunter2", "detail": ["userName": "ann"]],
            "responseContext": ["statusCode": 200, "executedVersion": "live", "functionError": "Unhandled"],
            "responsePayload": ["errorType": "Function.DeadlineTooShort", "errorMessage": message],
        ]
        return String(decoding: try JSONSerialization.data(withJSONObject: record), as: UTF8.self)
    }

    // MARK: What is told

    @Test func `a record is told with what failed, when, why and how often, and nothing of what it was invoked with`()
        throws
    {
        let record = try #require(FailureRecord(json: Array(try Self.record().utf8)))
        let notice = FailureNotice([.invocation(record)], owner: "prod")
        #expect(notice.subject == "SSOSync prod: something failed")
        for part in [
            "function: arn:aws:lambda:eu-west-1:111111111111:function:sso-sync-prod:live",
            "when: 2026-11-27T06:00:00[.]000Z", "why: RetriesExhausted, after 2 attempts",
            "error: Function[.]DeadlineTooShort", "says: nothing was done", "request: e4b46cbf",
        ] {
            #expect(notice.text.contains(part), "\(notice.text)")
        }
        #expect(!notice.text.contains("hunter2") && !notice.text.contains("ann"))
    }

    @Test func `text of others stays on its line, hides nothing, and is no link`() throws {
        let evil =
            "line\nTo: all@example.com\u{202E}\u{1B}[31m https://evil.example.com/ <b>WWW</b> www.evil.com mailto:x"
        let record = try #require(FailureRecord(json: Array(try Self.record(message: evil).utf8)))
        let text = FailureNotice([.invocation(record)], owner: "prod").text
        let says = try #require(text.split(separator: "\n").first { $0.contains("says:") })
        for part in ["://", "\u{1B}", "\u{202E}", "<", ">", "www.evil", "mailto:x"] { #expect(!says.contains(part)) }
        #expect(says.contains("line\\u{A}To: all[@]example[.]com"))
    }

    @Test(arguments: [
        ("WWW.evil.com", "WWW[.]evil[.]com"), ("MAILTO:x", "MAILTO[:]x"), ("mailTo:", "mailTo[:]"),
        ("evil.com", "evil[.]com"),
        ("a@b.com", "a[@]b[.]com"), ("HTTPS://evil.com", "HTTPS:[//]evil[.]com"),
        ("bücher.example", "bücher[.]example"),
        ("www.❤.ws", "www[.]❤[.]ws"), ("evil。com", "evil[。]com"), ("10.0.0.1:80/x", "10[.]0[.]0[.]1:80/x"),
        ("nothing was done. Why, e.g. by whom, the log says.", "nothing was done. Why, e[.]g. by whom, the log says."),
        (
            "arn:aws:lambda:eu-west-1:111111111111:function:f:live",
            "arn:aws:lambda:eu-west-1:111111111111:function:f:live"
        ),
    ])
    func `no address in it is whole, and it can be read all the same`(text: String, inert: String) {
        #expect(FailureNotice.inert(text, limit: 100) == inert)
        #expect(
            FailureNotice([.message(id: text, receiveCount: nil)], owner: text).text.contains("message: \(inert)\n")
        )
    }

    @Test func `nothing that the notice says by itself is an address either`() {
        let text = FailureNotice([.message(id: "m", receiveCount: 3)], owner: "prod").text
        #expect(FailureNotice.inert(text, limit: .max) == Printable.escapedProse(text))
    }

    @Test func `long texts and many failures are cut, and counted`() throws {
        let record = try #require(
            FailureRecord(json: Array(try Self.record(message: String(repeating: "é", count: 100_000)).utf8))
        )
        let text = FailureNotice(Array(repeating: .invocation(record), count: 1_000), owner: "prod").text
        #expect(text.utf8.count < SNSClient.byteLimit)
        #expect(text.contains("… and 980 more."))
        #expect(SNSClient.isSubject(FailureNotice([.invocation(record)], owner: "é\n").subject))
    }

    // MARK: Under a control plane

    private func play(
        _ payloads: [String],
        topic: String,
        _ aws: AWSStandIn.World,
        environment: [String: String] = [:]
    ) async throws -> LambdaControlPlane.Report {
        let own = [
            "SSOSYNC_ROLE": "notify", "SSOSYNC_NOTIFY_TOPIC_ARN": topic, "SSOSYNC_OWNER": "prod",
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
        ]
        return try await LambdaControlPlane.play(
            payloads.map { LambdaControlPlane.Invocation($0) },
            on: "sso-sync-lambda",
            environment: aws.environment.merging(own) { $1 }.merging(environment) { $1 }
        )
    }

    @Test func `records come by themselves, by a topic and by a queue, and dead letters by a queue, and all are told`()
        async throws
    {
        let aws = try await AWSStandIn.world()
        let topic = try await AWSMessages(aws).topic()
        let record = try Self.record()
        let wrapped = String(
            decoding: try JSONSerialization.data(withJSONObject: ["Type": "Notification", "Message": record]),
            as: UTF8.self
        )
        let bySNS: [String: Any] = [
            "Records": [["EventSource": "aws:sns", "Sns": ["MessageId": "s-1", "Message": record, "Subject": "x"]]]
        ]
        let payloads = [
            record, String(decoding: try JSONSerialization.data(withJSONObject: bySNS), as: UTF8.self),
            try LambdaEvents.batch([record, wrapped, #"{"detail": {"userName": "ann"}}"#, "rm -rf"]),
        ]
        let report = try await play(payloads, topic: topic.arn, aws)
        #expect(report.outcomes.map(\.body) == ["null", "null", LambdaEvents.failures()], "\(report.output)")
        #expect(report.metric("FailuresTold") == 6)
        let told = try await topic.queue.drain().joined()
        #expect(told.components(separatedBy: "RetriesExhausted").count == 5)
        for part in ["SSOSync prod: 4 things failed", "message: m-2", "message: m-3", "received: 1 times"] {
            #expect(told.contains(part), "\(told)")
        }
        for part in ["hunter2", "ann", "rm -rf"] { #expect(!told.contains(part)) }
    }

    @Test func `whatever else it is handed is refused, and nothing is told`() async throws {
        let aws = try await AWSStandIn.world()
        let topic = try await AWSMessages(aws).topic()
        let odd = [
            "", "{}", "[]", LambdaEvents.schedule, LambdaEvents.schedulerInput, #"{"Records":[]}"#,
            #"{"sso-sync":{"v":1,"do":"plan"}}"#, String(repeating: "x", count: 6 << 20),
            #"{"Records":[{"eventSource":"aws:s3"}]}"#,
        ]
        let report = try await play(odd, topic: topic.arn, aws)
        // An empty batch is one.
        #expect(report.kinds.filter { $0 == "error" }.count == odd.count - 1)
        #expect(report.metric("InputRefused") == Double(odd.count - 1))
        #expect(try await topic.queue.drain().isEmpty)
    }

    @Test func `a topic that takes nothing makes messages come again, and records are tried again by Lambda`()
        async throws
    {
        var aws = try await AWSStandIn.world()
        let topic = try await AWSMessages(aws).topic()
        try await aws.setFaults([.error("AuthorizationError", status: 403, of: "Publish", times: 100)])
        let record = try Self.record()
        let report = try await play([record, try LambdaEvents.batch([record, "x"])], topic: topic.arn, aws)
        #expect(report.kinds == ["error", "response"])
        #expect(report.outcomes.first?.errorType == "Function.NotTold")
        #expect(report.outcomes.last?.body == LambdaEvents.failures("m-0", "m-1"))
        #expect(report.metric("NotTold") == 2)
    }
}
