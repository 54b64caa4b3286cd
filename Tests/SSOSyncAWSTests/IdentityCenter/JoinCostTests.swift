// SPDX-License-Identifier: Apache-2.0

import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

@Suite("Listing all users, or asking for each")
struct JoinCostTests {
    /// How many calls it takes to find the wanted ones in a store that lists them at these places.
    private func calls(_ places: Set<Int>, of size: Int, knownSize: Int = 0) -> Int {
        var cost = JoinCost(wanted: places.count, knownSize: knownSize)
        var pages = 0
        while cost.isListingCheaper, pages * 100 < size {
            let page = (pages * 100)..<min(size, pages * 100 + 100)
            cost.add(users: page.count, found: places.count { page.contains($0) })
            pages += 1
        }
        return pages + cost.missing
    }

    private func spread(_ count: Int, over size: Int, seed: UInt64 = 1) -> Set<Int> {
        var random = SplitMix64(seed: seed)
        return Set((0..<size).shuffled(using: &random).prefix(count))
    }

    @Test func `half of a small store is listed`() {
        #expect(calls(spread(1_000, over: 2_000), of: 2_000) == 20)
        #expect(calls(Set(0..<1_000), of: 2_000) == 10)
        #expect(calls(Set(1_000..<2_000), of: 2_000) == 20)
    }

    @Test func `a few of a large store are asked for, however wrong the first guess was`() {
        #expect(calls(spread(500, over: 100_000), of: 100_000) <= 560)
        #expect(calls(spread(500, over: 100_000), of: 100_000, knownSize: 100_000) == 500)
        #expect(calls(spread(3, over: 100_000), of: 100_000) == 3)
        #expect(calls([], of: 100_000) == 0)
    }

    @Test func `it never costs much more than the cheaper of both`() {
        var random = SplitMix64(seed: 7)
        for seed in 0..<300 {
            let size = Int.random(in: 1...20_000, using: &random)
            let wanted = Int.random(in: 1...min(size, 2_000), using: &random)
            let cheaper = min(wanted, (size + 99) / 100)
            let cost = calls(spread(wanted, over: size, seed: UInt64(seed)), of: size)
            #expect(cost <= cheaper + cheaper / 2 + 4, "\(wanted) of \(size)")
        }
    }

    @Test func `a store that lists those who are wanted last costs a tenth more than asking for each`() {
        for size in [2_000, 20_000, 200_000] {
            let cost = calls(Set((size - 500)..<size), of: size)
            #expect(cost == (size == 2_000 ? 20 : 550))
        }
    }
}
