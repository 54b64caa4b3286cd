// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SSOSyncFunction

@Suite("What came of a hub's run")
struct HubFiguresTests {
    @Test(arguments: [
        (0, 0, false), (0, 1, false), (1, 1, true), (1, 2, false), (1, 199, false), (199, 1, true), (3, 0, true),
    ])
    func `most have been sent to where no more spokes were missed than messages sent`(
        messages: Int,
        failed: Int,
        isMostlySent: Bool
    ) {
        var figures = HubFigures(run: "0123456789abcdef", freeze: nil)
        figures.messages = messages
        figures.failedSpokes = (0..<failed).map { "spoke\($0)" }
        #expect(figures.isMostlySent == isMostlySent)
    }
}
