// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncCore
import Testing

@testable import SSOSyncConfiguration

@Suite("The clock, as the doctor sees it")
struct CallerCheckTests {
    private static let now = Date(timeIntervalSince1970: 1_800_000_000)

    @Test(arguments: [
        (0.0, HealthCheck.Status.good), (59.0, .good), (-59.0, .good), (60.0, .warning), (-299.0, .warning),
        (300.0, .failed), (-300.0, .failed),
    ])
    func `is good to within a minute, and too far off from five`(offset: Double, status: HealthCheck.Status) {
        let check = CallerCheck.clock(Self.now, now: Self.now.addingTimeInterval(offset))
        #expect(check.status == status)
        #expect(check.remedy.isEmpty == (status == .good))
    }

    @Test func `is said to be behind or ahead, whichever it is`() {
        #expect(CallerCheck.clock(Self.now, now: Self.now.addingTimeInterval(-90)).found.contains("90 s behind"))
        #expect(CallerCheck.clock(Self.now, now: Self.now.addingTimeInterval(90)).found.contains("90 s ahead"))
        #expect(CallerCheck.clock(nil, now: Self.now).status == .skipped)
    }
}
