// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncTestSupport
import Testing

@Suite("Calls to SNS, EventBridge and SQS, signed for real")
struct MessagingClientTests {
    private let quick = RetryPolicy(maximumAttempts: 3, maximumBackoff: .milliseconds(10))

    private func event(_ detail: String, size: Int = 0) -> EventBridgeEvent {
        let padding = String(repeating: "x", count: size)
        return EventBridgeEvent(source: "test", detailType: "T", detail: #"{"n":"\#(detail)","p":"\#(padding)"}"#)
    }

    // MARK: SQS

    @Test func `a message is sent, received, hidden, shown again and deleted`() async throws {
        let world = try await AWSStandIn.world()
        let queue = try await AWSMessages(world).queue()
        try await queue.sendMessage("line one\nline two & <three>")
        let first = try #require(try await queue.receiveMessages(wait: 1).first)
        #expect(first.body == "line one\nline two & <three>")
        #expect(first.receiveCount == 1)
        #expect(try await queue.receiveMessages(wait: 0).isEmpty)
        try await queue.changeVisibility(of: first, to: 0)
        let second = try #require(try await queue.receiveMessages(wait: 1).first)
        #expect(second.id == first.id && second.receiveCount == 2)
        try await queue.deleteMessage(second)
        #expect(try await queue.receiveMessages(wait: 0).isEmpty)
        #expect(try await world.calls().allSatisfy(\.verified))
    }

    @Test func `a message that is sent with a delay is not there yet`() async throws {
        let world = try await AWSStandIn.world()
        let queue = try await AWSMessages(world).queue()
        try await queue.sendMessage("later", delay: 1)
        #expect(try await queue.receiveMessages(wait: 0).isEmpty)
        #expect(try await queue.receiveMessages(wait: 5).map(\.body) == ["later"])
    }

    @Test func `many messages are hidden for longer, and deleted, in calls of ten`() async throws {
        let world = try await AWSStandIn.world()
        let queue = try await AWSMessages(world).queue()
        for number in 0..<11 { try await queue.sendMessage("\(number)") }
        var receipts: [String] = []
        while receipts.count < 11 {
            receipts += try await queue.receiveMessages(wait: 1, visibilityTimeout: 30).map(\.receiptHandle)
        }
        #expect(try await queue.changeVisibility(ofReceipts: receipts, to: 0) == 0)
        receipts = []
        while receipts.count < 11 { receipts += try await queue.receiveMessages(wait: 1).map(\.receiptHandle) }
        #expect(try await queue.deleteMessages(ofReceipts: receipts) == 0)
        let last = try await queue.sendMessage("last")
        #expect(try await queue.receiveMessages(wait: 1, visibilityTimeout: 0).map(\.id) == [last])
        for operation in ["ChangeMessageVisibilityBatch", "DeleteMessageBatch"] {
            let calls = try await world.calls().filter { $0.operation == operation }
            #expect(calls.count == 2 && calls.allSatisfy(\.verified))
        }
    }

    @Test func `waiting for messages ends when one comes`() async throws {
        let queue = try await AWSMessages(try await AWSStandIn.world()).queue()
        async let received = queue.receiveMessages(wait: 20)
        try await queue.sendMessage("x")
        #expect(try await received.map(\.body) == ["x"])
    }

    // MARK: What is not there, and what is not allowed

    @Test func `a topic, a bus or a queue that is not there is named`() async throws {
        let messages = AWSMessages(try await AWSStandIn.world())
        let topic = "arn:aws:sns:eu-west-1:123456789012:nowhere"
        let queue = "https://sqs.eu-west-1.amazonaws.com/123456789012/nowhere"
        let sns = await #expect(throws: AWSError.self) {
            try await SNSClient(messages.client(.sns)).publish(.init(text: "x"), to: topic)
        }
        #expect(
            sns?.message.hasPrefix("there is no topic \(topic): check its name, its account and its Region") == true
        )
        let events = await #expect(throws: AWSError.self) {
            try await EventBridgeClient(messages.client(.eventBridge)).putEvents([event("1")], on: "nowhere")
        }
        #expect(events?.message.hasPrefix("there is no event bus nowhere") == true, "\(String(describing: events))")
        let sqs = await #expect(throws: AWSError.self) {
            try await SQSClient(queueURL: queue, client: messages.client(.sqs)).sendMessage("x")
        }
        #expect(sqs?.message.hasPrefix("there is no queue \(queue)") == true, "\(String(describing: sqs))")
    }

    @Test func `whoever is refused is told what to allow on what`() async throws {
        var world = try await AWSStandIn.world()
        try await world.setFaults([
            .error("AuthorizationError", status: 403, of: "Publish"), .error("AccessDeniedException", of: "PutEvents"),
            .error("AccessDenied", status: 403, of: "ReceiveMessage"), .error("KMSAccessDenied", of: "Publish"),
        ])
        let messages = AWSMessages(world)
        let topic = "arn:aws:sns:eu-west-1:123456789012:t"
        let sns = SNSClient(try messages.client(.sns))
        var error = await #expect(throws: AWSError.self) { try await sns.publish(.init(text: "x"), to: topic) }
        #expect(error?.code == .accessDenied)
        #expect(error?.message.hasPrefix("sns:Publish is denied: allow it on \(topic) to the caller") == true)
        error = await #expect(throws: AWSError.self) { try await sns.publish(.init(text: "x"), to: topic) }
        #expect(error?.message.contains("kms:GenerateDataKey") == true)
        let events = EventBridgeClient(try messages.client(.eventBridge))
        error = await #expect(throws: AWSError.self) { try await events.putEvents([event("1")], on: "b") }
        let bus = "arn:aws:events:eu-west-1:*:event-bus/b"
        #expect(error?.message.hasPrefix("events:PutEvents is denied: allow it on \(bus) to the caller") == true)
        let queue = "https://sqs.eu-west-1.amazonaws.com/123456789012/q"
        error = await #expect(throws: AWSError.self) {
            try await SQSClient(queueURL: queue, client: messages.client(.sqs)).receiveMessages()
        }
        #expect(
            error?.message.hasPrefix(
                "sqs:ReceiveMessage is denied: allow it on arn:aws:sqs:eu-west-1:123456789012:q to the caller"
            ) == true
        )
    }

    // MARK: Limits

    @Test func `SNS takes no subject of two lines, of other letters, or of 101 characters; moto takes the first`()
        async throws
    {
        let messages = AWSMessages(try await AWSStandIn.world())
        let sns = SNSClient(try messages.client(.sns))
        let topic = try await messages.topic()
        for subject in ["a\nb", "Ä", " a", "", String(repeating: "a", count: 101), "a\u{7F}"] {
            let error = await #expect(throws: AWSError.self) {
                try await sns.publish(.init(subject: subject, text: "x"), to: topic.arn)
            }
            #expect(error?.code == .invalidArgument)
        }
        try await sns.publish(.init(subject: String(repeating: "a", count: 100), text: "x"), to: topic.arn)
        #expect(try await topic.queue.drain().count == 1)
    }

    @Test func `SNS counts the texts of all protocols and the attributes: 256 KiB are taken, and not a byte more`()
        async throws
    {
        let messages = AWSMessages(try await AWSStandIn.world())
        let sns = SNSClient(try messages.client(.sns))
        let topic = try await messages.topic().arn
        var message = SNSClient.Message(text: "", textsByProtocol: ["sqs": "y"], attributes: ["kinds": ["failure"]])
        message.text = String(repeating: "x", count: SNSClient.byteLimit - message.byteCount)
        try await sns.publish(message, to: topic)
        message.text += "x"
        let error = await #expect(throws: AWSError.self) { try await sns.publish(message, to: topic) }
        #expect(error?.code == .invalidArgument)
    }

    @Test func `EventBridge gets ten events a call at most, and 256 KiB`() async throws {
        let world = try await AWSStandIn.world()
        let messages = AWSMessages(world)
        let bus = try await messages.bus(source: "test")
        let client = EventBridgeClient(try messages.client(.eventBridge))
        func calls() async throws -> Int { try await world.calls().count { $0.operation == "PutEvents" } }
        let events = (0..<23).map { event("\($0)") } + (0..<5).map { event("large\($0)", size: 100_000) }
        try await client.putEvents(events, on: bus.name)
        // 10, 10, 3 and two large ones, two large ones, one.
        #expect(try await calls() == 5)
        #expect(try await bus.queue.drain().count == events.count)
        await #expect(throws: AWSError.self) {
            try await client.putEvents([event("1"), event("2", size: EventBridgeClient.byteLimit)], on: bus.name)
        }
        #expect(try await calls() == 5)
        try await client.putEvents([], on: bus.name)
        #expect(try await calls() == 5)
    }

    @Test func `an event counts as EventBridge counts: 14 bytes for the time, and the texts`() {
        var event = EventBridgeEvent(source: "ab", detailType: "ü", detail: "{}")
        #expect(event.byteCount == 6)
        event.time = Date(timeIntervalSince1970: 0)
        event.resources = ["xyz"]
        #expect(event.byteCount == 23)
    }

    // MARK: What is taken in part

    private func answer(_ codes: String?...) -> AWSStandIn.Fault {
        let entries = codes.map {
            $0.map { #"{"ErrorCode":"\#($0)","ErrorMessage":"because"}"# } ?? #"{"EventId":"1"}"#
        }
        var fault = AWSStandIn.Fault("answer", of: "PutEvents")
        fault.body = #"{"FailedEntryCount":1,"Entries":[\#(entries.joined(separator: ","))]}"#
        return fault
    }

    @Test func `events that EventBridge has not taken are put again, and those alone`() async throws {
        var world = try await AWSStandIn.world()
        try await world.setFaults([
            answer(nil, "ThrottlingException", nil, "InternalFailure"), answer("InternalFailure", nil),
        ])
        let client = EventBridgeClient(try AWSMessages(world).client(.eventBridge, quick))
        try await client.putEvents((0..<4).map { event("\($0)") }, on: "default")
        #expect(try await world.calls().map(\.operation) == ["PutEvents", "PutEvents", "PutEvents"])
    }

    @Test func `events that EventBridge never takes are named, and keep no others from being put`() async throws {
        var world = try await AWSStandIn.world()
        let throttled = (0..<3).map { _ in answer("ThrottlingException") }
        try await world.setFaults(
            [answer("NotAuthorizedForSourceException", "ThrottlingException")] + throttled.prefix(2)
        )
        let client = EventBridgeClient(try AWSMessages(world).client(.eventBridge, quick))
        let error = await #expect(throws: AWSError.self) {
            try await client.putEvents([event("1"), event("2")], on: "default")
        }
        #expect(
            error?.message == "EventBridge PutEvents: 2 of 2 events were not taken by the bus default: "
                + "event 1 (T) NotAuthorizedForSourceException: because; event 2 (T) ThrottlingException: because"
        )
        #expect(try await world.calls().count == 3)
    }

    @Test func `an answer about fewer events than were put is no answer`() async throws {
        var world = try await AWSStandIn.world()
        try await world.setFaults([answer(nil)])
        let client = EventBridgeClient(try AWSMessages(world).client(.eventBridge, quick))
        let error = await #expect(throws: AWSError.self) {
            try await client.putEvents([event("1"), event("2")], on: "default")
        }
        #expect(error?.code == .badResponse)
    }
}
