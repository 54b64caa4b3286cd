// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncCore
import SSOSyncTestSupport
import Testing

@Suite("A time")
struct TimestampTests {
    @Test func `is written as Foundation writes it, and read again`() {
        var random = SplitMix64(seed: 7)
        for _ in 0..<20_000 {
            let time = Timestamp(secondsSince1970: Int64.random(in: -5_000_000_000...260_000_000_000, using: &random))
            #expect(time.description == time.date.formatted(Date.ISO8601FormatStyle()))
            #expect(Timestamp(time.description) == time)
            let fraction = Timestamp(
                millisecondsSince1970: time.millisecondsSince1970 + Int64.random(in: 1...999, using: &random)
            )
            #expect(Timestamp(fraction.description) == fraction)
            let rest = fraction.description.dropFirst(time.description.count - 1)
            #expect(rest.count == 5 && rest.first == "." && rest.last == "Z")
        }
    }

    @Test(arguments: [
        "2024-02-29T00:00:00Z", "2000-02-29T23:59:59Z", "1970-01-01T00:00:00Z", "2100-12-31T23:59:59Z",
        "2026-11-22T07:23:00Z",
    ])
    func `is read to the day`(text: String) throws {
        let time = try #require(Timestamp(text))
        #expect(time.date == (try? Date(text, strategy: .iso8601)))
        #expect(time.description == text)
    }

    @Test(arguments: [
        "", "Z", "2026-11-22", "2026-11-22T07:23:00", "2026-13-22T07:23:00Z", "2026-11-22T25:23:00Z",
        "2026-11-2xT07:23:00Z", "2026-11-22 07:23:00Z", "xxxx-11-22T07:23:00Z",
    ])
    func `another text is none, or what Foundation takes it for`(text: String) {
        let expected = try? Date(text, strategy: Date.ISO8601FormatStyle())
        #expect(Timestamp(text)?.date == expected)
    }
}
