// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

struct QueueBatchTests {
    private func payload(_ bodies: [String], changing change: (Int, inout [String: Any]) -> Void = { _, _ in }) throws
        -> [UInt8]
    {
        let records = bodies.enumerated().map { number, body -> [String: Any] in
            var record: [String: Any] = [
                "messageId": "m-\(number)", "receiptHandle": "r", "body": body, "eventSource": "aws:sqs",
                "attributes": ["ApproximateReceiveCount": "\(number + 1)", "SentTimestamp": "1700000000000"],
                "messageAttributes": [String: Any](), "awsRegion": "eu-west-1",
                "eventSourceARN": "arn:aws:sqs:eu-west-1:111122223333:sso-sync",
            ]
            change(number, &record)
            return record
        }
        return Array(try JSONSerialization.data(withJSONObject: ["Records": records]))
    }

    @Test func `messages are read, and only those that failed and were there come again`() throws {
        let batch = try QueueBatch(try payload(["a", "", "c"]))
        #expect(batch.messages.map(\.id) == ["m-0", "m-1", "m-2"])
        #expect(batch.messages.map(\.body) == ["a", "", "c"])
        #expect(batch.messages.map(\.receiveCount) == [1, 2, 3])
        #expect(batch.messages[0].queueARN == "arn:aws:sqs:eu-west-1:111122223333:sso-sync")
        #expect(batch.messages.map(\.receiptHandle) == ["r", "r", "r"])
        let response = String(decoding: batch.response(failed: ["m-2", "m-0", "m-9"]), as: UTF8.self)
        #expect(response == #"{"batchItemFailures":[{"itemIdentifier":"m-0"},{"itemIdentifier":"m-2"}]}"#)
        #expect(String(decoding: batch.response(failed: []), as: UTF8.self) == #"{"batchItemFailures":[]}"#)
    }

    @Test func `what is no batch from SQS is refused whole, since nobody could say which of it failed`() throws {
        var payloads = ["", "null", "{}", #"{"Records":7}"#, #"{"Records":[7]}"#, "[]"].map { Array($0.utf8) }
        payloads.append(
            try payload(["a", "b"]) { number, record in if number == 1 { record["eventSource"] = "aws:sns" } }
        )
        payloads.append(try payload(["a", "b"]) { number, record in if number == 1 { record["messageId"] = nil } })
        payloads.append(try payload(["a", "b"]) { number, record in if number == 1 { record["messageId"] = "" } })
        for payload in payloads { #expect(throws: AWSError.self) { try QueueBatch(payload) } }
    }

    @Test func `a batch of all samples and of garbage is one scope, and garbage does not come again`() throws {
        let samples = SampleEvent.all
        let garbage = ["", "{", "null", "DROP USER ann", #"{"people":["u-1"]}"#]
        let bodies = samples.map { String(decoding: $0.bytes, as: UTF8.self) } + garbage
        let batch = try QueueBatch(try payload(bodies))
        let events = EventBatch(batch, decoder: DirectoryEventDecoder(store: SampleEvent.store))
        let changing = samples.indices.filter { samples[$0].scope != nil }
        #expect(events.messages == Set(changing.map { "m-\($0)" }))
        #expect(changing.allSatisfy { samples[$0].isCovered(by: events.scope) })
        #expect(events.dropped == [.failedCall: 2, .foreignStore: 2, .readOnly: 1])
        #expect(events.unknown.values.reduce(0, +) == 2 + garbage.count)
    }

    @Test func `a second reading is told from events, which say when they happened`() throws {
        let person = AWSStandIn.id(1)
        let again = try #require(SecondReading(EventScope(people: [UserId(person)])))
        let sample = try #require(SampleEvent.all.first { $0.title == "console: a member is added" })
        let batch = try QueueBatch(try payload([again.text, String(decoding: sample.bytes, as: UTF8.self)]))
        let items = EventBatch(batch, decoder: DirectoryEventDecoder(store: SampleEvent.store)).items
        #expect(items.map(\.id) == ["m-0", "m-1"])
        #expect(items.map(\.isSecond) == [true, false])
        #expect(items.map(\.time) == [nil, Timestamp("2026-11-22T07:23:00Z")])
        #expect(items.first?.scope == EventScope(people: [UserId(person)]))
    }
}
