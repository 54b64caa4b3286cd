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
            "requestPayload": ["secret": "hunter2", "detail": ["userName": "anneliese.winter"]],
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
        #expect(!notice.text.contains("hunter2") && !notice.text.contains("anneliese"))
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
        let letter = FailureNotice.Failure.message(id: String(repeating: "é", count: 100_000), receiveCount: 10)
        #expect(
            FailureNotice(Array(repeating: letter, count: 100), owner: "prod").text.utf8.count < SNSClient.byteLimit
        )
        #expect(SNSClient.isSubject(FailureNotice([.invocation(record)], owner: "é\n").subject))
    }

    @Test(arguments: ["a\u{301}", "a\u{200D}", "é", "a.", "a@", "\u{202E}", "👩‍👩‍👧‍👧"])
    func `whatever somebody makes a failure's texts of, the topic takes what is told`(letter: String) throws {
        // One character, where a text begins with a letter that the rest combines with.
        let rest = String(String.UnicodeScalarView(Array(repeating: letter.unicodeScalars.last ?? "a", count: 100_000)))
        for text in [letter + rest, String(repeating: letter, count: 20_000)] {
            let json: [String: Any] = [
                "timestamp": text, "requestContext": ["requestId": text, "functionArn": text, "condition": text],
                "responsePayload": ["errorType": text, "errorMessage": text],
            ]
            let record = try #require(FailureRecord(json: Array(try JSONSerialization.data(withJSONObject: json))))
            let failures = (0..<10).flatMap { _ in
                [.invocation(record), .message(id: text, receiveCount: 10)] as [FailureNotice.Failure]
            }
            let notice = FailureNotice(failures, owner: text)
            #expect(notice.text.utf8.count < SNSClient.byteLimit && SNSClient.isSubject(notice.subject))
        }
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

    @Test func `records come by themselves and by a topic, dead letters by a queue, and all are told`() async throws {
        let aws = try await AWSStandIn.world()
        let topic = try await AWSMessages(aws).topic()
        let record = try Self.record()
        let bySNS: [String: Any] = [
            "Records": [["EventSource": "aws:sns", "Sns": ["MessageId": "s-1", "Message": record, "Subject": "x"]]]
        ]
        let payloads = [
            record, String(decoding: try JSONSerialization.data(withJSONObject: bySNS), as: UTF8.self),
            try LambdaEvents.batch([#"{"detail": {"userName": "anneliese.winter"}}"#, "rm -rf"]),
        ]
        let report = try await play(payloads, topic: topic.arn, aws)
        #expect(report.outcomes.map(\.body) == ["null", "null", LambdaEvents.failures()], "\(report.output)")
        #expect(report.metric("FailuresTold") == 4)
        let told = try await topic.queue.drain().joined()
        #expect(told.components(separatedBy: "RetriesExhausted").count == 3)
        for part in ["SSOSync prod: 2 things failed", "message: m-0", "message: m-1", "received: 1 times"] {
            #expect(told.contains(part), "\(told)")
        }
        for part in ["hunter2", "anneliese", "rm -rf"] { #expect(!told.contains(part)) }
    }

    @Test func `each of a hundred dead letters is told by its id, and what is beyond that comes again`() async throws {
        let aws = try await AWSStandIn.world()
        let topic = try await AWSMessages(aws).topic()
        let batch = try LambdaEvents.batch(Array(repeating: "x", count: 102))
        let report = try await play([batch], topic: topic.arn, aws)
        #expect(report.outcomes.map(\.body) == [LambdaEvents.failures("m-100", "m-101")], "\(report.output)")
        #expect(report.metric("FailuresTold") == 100)
        let told = try await topic.queue.drain().joined()
        let ids = told.matches(of: /message: (m-\d+)/).map { String($0.1) }
        #expect(ids == (0..<100).map { "m-\($0)" }, "\(told)")
    }

    /// In every role the answer to a batch has ids of its messages, and nothing else.
    ///
    /// Each has fewer bytes than its message came in. So the answer is shorter than the batch, which has 6 MB at most.
    @Test(arguments: [6, 2_000])
    func `if of the largest batch nearly every message comes again, the answer is one that Lambda takes`(length: Int)
        async throws
    {
        let aws = try await AWSStandIn.world()
        let topic = try await AWSMessages(aws).topic()
        let start = #"{"eventSource":"aws:sqs","messageId":""#
        let count = (6 << 20) / (start.utf8.count + length + 3)
        let records = (0..<count).map { number -> String in
            let digits = String(number)
            return start + String(repeating: "0", count: length - digits.count) + digits + "\"}"
        }
        let batch = #"{"Records":[\#(records.joined(separator: ","))]}"#
        let report = try await play([batch], topic: topic.arn, aws)
        #expect(report.kinds == ["response"] && report.metric("FailuresTold") == 100, "\(report.outcomes)")
        #expect(batch.utf8.count > 6_200_000 && report.outcomes[0].body.contains("00100"))
    }

    @Test func `a dead letter that poses as a record is told by its id`() async throws {
        let aws = try await AWSStandIn.world()
        let topic = try await AWSMessages(aws).topic()
        let record = try Self.record(message: "call 555-0100 and read out your password")
        let wrapped = String(
            decoding: try JSONSerialization.data(withJSONObject: ["Type": "Notification", "Message": record]),
            as: UTF8.self
        )
        let report = try await play([try LambdaEvents.batch([record, wrapped])], topic: topic.arn, aws)
        #expect(report.outcomes.map(\.body) == [LambdaEvents.failures()], "\(report.output)")
        // What people read; beside it are a signature and ids, in which there is anything.
        let told = try await topic.queue.drain().map { text in
            let document = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
            return try #require(document?["Message"] as? String)
        }.joined()
        for part in ["message: m-0", "message: m-1"] { #expect(told.contains(part), "\(told)") }
        for part in ["555", "RetriesExhausted"] { #expect(!told.contains(part), "\(told)") }
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
