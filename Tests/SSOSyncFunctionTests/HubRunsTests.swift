// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import Testing

@testable import SSOSyncFunction

@Suite("The hub's runs that a spoke's report names")
struct HubRunsTests {
    private func item(_ number: Int, asOf seconds: Int64) -> SpokeBatch.Item {
        let digits = String(number, radix: 16)
        let run = HubRunId(String(repeating: "0", count: 16 - digits.count) + digits)
        let work = FleetMessage.Work(
            asOf: Timestamp(secondsSince1970: seconds),
            run: run,
            scheduled: true,
            targets: ["orders"]
        )
        return SpokeBatch.Item(message: "m-\(number)", work: work, isOverlooked: false)
    }

    @Test func `each is named once, and of very many those of the latest readings`() {
        let few = [item(2, asOf: 20), item(1, asOf: 10), item(2, asOf: 20)]
        #expect(SpokeFunction.hubRuns(few) == ["0000000000000001", "0000000000000002"])
        let many = (0..<1_000).map { item($0, asOf: Int64($0 * 7 % 1_000)) }
        let named = SpokeFunction.hubRuns(many)
        #expect(named.count == 100 && named == named.sorted())
        let latest = many.filter { $0.work.asOf.secondsSince1970 >= 900 }.map(\.work.run)
        #expect(Set(named) == Set(latest))
    }
}
