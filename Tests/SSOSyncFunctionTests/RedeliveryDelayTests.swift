// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SSOSyncFunction

struct RedeliveryDelayTests {
    @Test func `messages wait twice as long each time, and a quarter of an hour at most`() {
        let delays = (1...9).map { RedeliveryDelay.seconds(receiveCount: $0) }
        #expect(delays == [20, 40, 80, 160, 320, 640, 900, 900, 900])
        #expect(RedeliveryDelay.seconds(receiveCount: .max) == 900)
    }

    @Test(arguments: [nil, 0, -1, .min] as [Int?])
    func `a count that says nothing is the first`(count: Int?) {
        #expect(RedeliveryDelay.seconds(receiveCount: count) == 20)
    }
}
