// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SSOSyncFunction

struct RedeliveryDelayTests {
    @Test func `messages wait twice as long each time, and a quarter of an hour at most`() {
        let delays = (1...9).map { RedeliveryDelay.seconds(receiveCount: $0) }
        #expect(delays == [20, 40, 80, 160, 320, 640, 900, 900, 900])
        #expect(RedeliveryDelay.seconds(receiveCount: .max) == 900)
    }

    @Test
    func
        `what everyone is read for comes again when everyone may be read, as often as it may only have waited, and lasts for an hour`()
    {
        let delays = (1...9).map { RedeliveryDelay.seconds(receiveCount: $0, turn: 60) }
        #expect(delays == [60, 60, 60, 60, 320, 640, 900, 900, 900])
        #expect(delays.reduce(0, +) > 3_600)
        #expect([0, 21, .max].map { RedeliveryDelay.seconds(receiveCount: 4, turn: $0) } == [20, 21, 900])
        #expect(RedeliveryDelay.seconds(receiveCount: nil, turn: 60) == 60)
    }

    @Test(arguments: [nil, 0, -1, .min] as [Int?])
    func `a count that says nothing is the first`(count: Int?) {
        #expect(RedeliveryDelay.seconds(receiveCount: count) == 20)
    }
}
