// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
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
        #expect(peopleAtOnce(of: 500, in: 2, memory([200, 50]), rate: 13) == 500)
        #expect(peopleAtOnce(of: 10_000, in: 2, memory([200, 50]), rate: 13) == 500)
    }

    /// A spoke lets nobody in by a reading that took a minute.
    @Test func `where listing all takes longer than twenty seconds, fewer are asked about`() {
        #expect(peopleAtOnce(of: 500, in: 2, memory([99, 1])) == 500)
        #expect(peopleAtOnce(of: 500, in: 2, memory([100, 1])) == 50)
        let memory = memory([5, 1])
        memory.update { $0.storeSize = 9_400 }
        #expect(peopleAtOnce(of: 500, in: 2, memory) == 500)
        memory.update { $0.storeSize = 9_401 }
        #expect(peopleAtOnce(of: 500, in: 2, memory) == 94)
        #expect(peopleAtOnce(of: 500, in: 2, memory, rate: 6) == 500)
    }

    @Test func `that a store has too many users to list is learned by the first reading of many`() async throws {
        let world = try await AWSStandIn.world()
        let people = (1...3_000).map { AWSStandIn.User($0) }
        let members = people.suffix(20).map(\.UserId)
        try await world.load(users: people, groups: [.init(AWSStandIn.id(9_000), "g0", members: members)])
        let store = source(world, requestsPerSecond: 20)
        let group = DirectoryRequest.Group(name: "g0")
        #expect(store.peopleAtOnce(of: 1_000, in: [group]) == 500)
        _ = try await store.directory(request(["g0"], .people(Set(members.map { UserId($0) }))))
        #expect(store.peopleAtOnce(of: 1_000, in: [group]) == 399)
        // Whoever is alone is asked about alone anywhere.
        let few = try #require(members.first)
        _ = try await store.directory(request(["g0"], .people([UserId(few)])))
        #expect(store.peopleAtOnce(of: 1_000, in: [group]) == 399)
    }

    @Test func `where each has to be asked about, few are`() {
        #expect(peopleAtOnce(of: 500, in: 300) == 25)
        #expect(peopleAtOnce(of: 500, in: 100) == 50)
        #expect(peopleAtOnce(of: 500, in: 20_000) == 1)
        #expect(peopleAtOnce(of: 500, in: 2, memory([200, 51]), rate: 13) == 130)
        #expect(peopleAtOnce(of: 400, in: 2, memory([200, 50]), rate: 13) == 130)
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
