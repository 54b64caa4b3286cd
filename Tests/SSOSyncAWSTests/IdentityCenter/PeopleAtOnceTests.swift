// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import Testing

@testable import SSOSyncAWS

@Suite("How many people are asked about in one reading")
struct PeopleAtOnceTests {
    private func names(_ count: Int) -> Set<GroupName> { Set((0..<count).map { GroupName("g\($0)") }) }

    /// What is remembered of groups whose members take so many pages; nil for what is not known.
    private func memory(_ pages: [Int?], isAll: Bool = true) -> IdentityCenterMemory {
        let memory = IdentityCenterMemory()
        for (number, pages) in pages.enumerated() {
            memory.remember([GroupName("g\(number)"): "id-\(number)"], now: .now)
            if let pages { memory.note(pages: pages, of: "id-\(number)", isAll: isAll) }
        }
        return memory
    }

    private func peopleAtOnce(
        of people: Int,
        in groups: Int,
        _ memory: IdentityCenterMemory = IdentityCenterMemory(),
        rate: Double = 5
    ) -> Int {
        memory.peopleAtOnce(of: people, in: names(groups), requestsPerSecond: rate)
    }

    @Test func `a storm in a few groups is one reading, in which members are listed`() {
        #expect(peopleAtOnce(of: 500, in: 2) == 500)
        #expect(peopleAtOnce(of: 500, in: 2, memory([5, 1])) == 500)
        #expect(peopleAtOnce(of: 500, in: 2, memory([200, 50])) == 500)
        #expect(peopleAtOnce(of: 10_000, in: 2, memory([200, 50])) == 500)
    }

    @Test func `where each has to be asked about, few are`() {
        #expect(peopleAtOnce(of: 500, in: 300) == 25)
        #expect(peopleAtOnce(of: 500, in: 100) == 50)
        #expect(peopleAtOnce(of: 500, in: 20_000) == 1)
        #expect(peopleAtOnce(of: 500, in: 2, memory([200, 51])) == 50)
        #expect(peopleAtOnce(of: 400, in: 2, memory([200, 50])) == 50)
    }

    @Test(arguments: [(1, 10), (5, 50), (20, 200), (100, 500)] as [(rate: Double, people: Int)])
    func `as many are as are read in twenty seconds at the rate that there is`(rate: Double, people: Int) {
        #expect(peopleAtOnce(of: 600, in: 100, rate: rate) == people)
    }

    @Test func `of many groups the sizes have to be known`() {
        #expect(peopleAtOnce(of: 500, in: 25) == 500)
        #expect(peopleAtOnce(of: 500, in: 26) == 50)
        #expect(peopleAtOnce(of: 500, in: 26, memory(Array(repeating: 1, count: 26))) == 500)
        #expect(peopleAtOnce(of: 500, in: 26, memory(Array(repeating: 1, count: 25) + [nil])) == 50)
    }

    @Test func `a reading that is cut short, and a group that is to be looked up anew, leave what is known of sizes`() {
        let memory = memory([200, 51])
        memory.note(pages: 2, of: "id-0", isAll: false)
        memory.forget(names(2))
        #expect(peopleAtOnce(of: 500, in: 2, memory) == 50)
        memory.note(pages: 2, of: "id-0", isAll: true)
        #expect(peopleAtOnce(of: 500, in: 2, memory) == 500)
    }
}
