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

    @Test func `a storm in a few groups is one reading, in which members are listed`() {
        #expect(IdentityCenterMemory().peopleAtOnce(of: 500, in: names(2)) == 500)
        #expect(memory([5, 1]).peopleAtOnce(of: 500, in: names(2)) == 500)
        #expect(memory([200, 50]).peopleAtOnce(of: 500, in: names(2)) == 500)
        #expect(memory([200, 50]).peopleAtOnce(of: 10_000, in: names(2)) == 500)
    }

    @Test func `where each has to be asked about, few are`() {
        #expect(IdentityCenterMemory().peopleAtOnce(of: 500, in: names(300)) == 25)
        #expect(IdentityCenterMemory().peopleAtOnce(of: 500, in: names(100)) == 50)
        #expect(IdentityCenterMemory().peopleAtOnce(of: 500, in: names(20_000)) == 1)
        #expect(memory([200, 51]).peopleAtOnce(of: 500, in: names(2)) == 50)
        #expect(memory([200, 50]).peopleAtOnce(of: 400, in: names(2)) == 50)
    }

    @Test func `of many groups the sizes have to be known`() {
        #expect(IdentityCenterMemory().peopleAtOnce(of: 500, in: names(25)) == 500)
        #expect(IdentityCenterMemory().peopleAtOnce(of: 500, in: names(26)) == 50)
        #expect(memory(Array(repeating: 1, count: 26)).peopleAtOnce(of: 500, in: names(26)) == 500)
        #expect(memory(Array(repeating: 1, count: 25) + [nil]).peopleAtOnce(of: 500, in: names(26)) == 50)
    }

    @Test func `a reading that is cut short, and a group that is to be looked up anew, leave what is known of sizes`() {
        let memory = memory([200, 51])
        memory.note(pages: 2, of: "id-0", isAll: false)
        memory.forget(names(2))
        #expect(memory.peopleAtOnce(of: 500, in: names(2)) == 50)
        memory.note(pages: 2, of: "id-0", isAll: true)
        #expect(memory.peopleAtOnce(of: 500, in: names(2)) == 500)
    }
}
