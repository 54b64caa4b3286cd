// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SSOSyncFunction

@Suite("What came of a hub's run")
struct HubFiguresTests {
    @Test(arguments: [
        (0, 0, false), (0, 1, false), (1, 2, true), (1, 3, false), (1, 200, false), (199, 200, true), (3, 3, true),
    ])
    func `most have been told where no more spokes were missed than told everything, in however many messages`(
        told: Int,
        concerned: Int,
        isMostlySent: Bool
    ) {
        var figures = HubFigures(run: "0123456789abcdef", freeze: nil)
        figures.messages = 10 * concerned
        figures.concernedSpokes = concerned
        figures.toldSpokes = told
        #expect(figures.isMostlySent == isMostlySent)
    }
}
