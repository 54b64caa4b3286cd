// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import Testing

@testable import SSOSyncFunction

@Suite("Readings that a spoke has seen")
struct SeenReadingsTests {
    private func time(_ seconds: Int64) -> Timestamp { Timestamp(secondsSince1970: 1_795_348_800 + seconds) }

    @Test func `a reading lets in nobody of whom a later one was seen, by an excerpt or of everyone`() {
        var seen = SeenReadings()
        #expect(seen.admits("ann", asOf: time(0)))
        #expect(seen.admit(["ann"], asOf: time(60), now: time(61)) == ["ann"])
        #expect(!seen.admits("ann", asOf: time(59)) && seen.admits("ann", asOf: time(60)))
        #expect(seen.admits("bob", asOf: time(0)))
        seen.note(everyoneAsOf: time(30))
        #expect(!seen.admits("bob", asOf: time(29)) && seen.admits("bob", asOf: time(30)))
        #expect(!seen.admits("ann", asOf: time(59)))
        // One that comes late takes nothing back.
        seen.note(everyoneAsOf: time(10))
        #expect(!seen.admits("bob", asOf: time(29)))
    }

    @Test func `an excerpt whose run has failed is taken once more, and still nobody is let in by an older reading`() {
        var seen = SeenReadings()
        _ = seen.admit(["ann"], asOf: time(60), now: time(61))
        #expect(seen.admit(["ann"], asOf: time(60), now: time(62)) == [])
        seen.forget(["ann"], asOf: time(60))
        #expect(!seen.admits("ann", asOf: time(59)))
        #expect(seen.admit(["ann"], asOf: time(60), now: time(63)) == ["ann"])
    }
}
