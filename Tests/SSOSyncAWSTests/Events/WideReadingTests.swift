// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

@Suite("What is sent to have everyone read")
struct WideReadingTests {
    private let time = Timestamp(millisecondsSince1970: 1_795_000_000_250)

    private var readings: [WideReading] {
        let groups = EventScope(people: [UserId(AWSStandIn.id(1))], groups: [GroupId(AWSStandIn.id(2))])
        return [EventScope.unbounded, groups].flatMap { scope in
            [true, false].flatMap { isSecond in
                [time, nil].map { WideReading(because: scope, isSecond: isSecond, time: $0) }
            }
        }
    }

    @Test func `what is written is read as the same`() {
        for reading in readings { #expect(WideReading(text: reading.text) == reading) }
        let text = #"""
            {"sso-sync":{"everyone":{"because":{"anybody":true,"groups":[],"people":[]},"isSecond":false,\#
            "time":"2026-11-18T11:06:40.250Z"},"v":1}}
            """#
        #expect(WideReading(because: .unbounded, isSecond: false, time: time).text == text)
    }

    @Test func `what differs by a byte is nothing of ours`() {
        for reading in readings {
            for index in reading.text.indices {
                for other in ["", "x", " \(reading.text[index])"] {
                    var text = reading.text
                    text.replaceSubrange(index...index, with: other)
                    if let read = WideReading(text: text) { #expect(read.text == text && read != reading) }
                }
            }
        }
        #expect(WideReading(text: SecondReading(.unbounded)?.text ?? "") == nil)
        #expect(SecondReading(text: readings[0].text) == nil)
    }

    @Test func `more ids than a message holds are anybody's`() {
        let groups = (0...SecondReading.idLimit).map { GroupId(AWSStandIn.id($0)) }
        let most = WideReading(because: EventScope(groups: Set(groups.dropLast())), isSecond: false, time: nil)
        #expect(most.scope.groups.count == SecondReading.idLimit && most.text.utf8.count < 256 << 10)
        #expect(WideReading(because: EventScope(groups: Set(groups)), isSecond: false, time: nil).scope == .unbounded)
    }

    @Test func `in a batch it is whom its events concern, as long ago as they happened`() throws {
        let decoder = DirectoryEventDecoder(store: "d-1234567890")
        for reading in readings {
            let batch = try QueueBatch(Array(LambdaEvents.batch([reading.text]).utf8))
            let item = try #require(EventBatch(batch, decoder: decoder).items.first)
            #expect(item.scope == reading.scope && item.isSecond == reading.isSecond && item.time == reading.time)
            #expect(batch.messages.map(\.sent) == [Timestamp(millisecondsSince1970: 1_700_000_000_000)])
        }
    }
}
