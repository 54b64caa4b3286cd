// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// What becomes of a directory, of the messages about it, and of who is out on which server.
struct FleetStream {
    private static let people = 1...6
    private static let groups = [FleetStory.readers: "readers", FleetStory.writers: "writers"]

    private let story: FleetStory
    private var random: SplitMix64
    /// The groups of each person, as the directory has them.
    private var memberships: [Int: Set<String>] = [:]
    /// What the hub has not been told yet.
    private var events: [String] = []
    /// For each spoke, messages that come later, or once more.
    private var kept: [[String]]
    /// For each spoke, who is out on its server, and whether the directory has had them in a group since.
    private var out: [[Int: Bool]]

    init(_ story: FleetStory, seed: UInt64) {
        self.story = story
        random = SplitMix64(seed: seed)
        kept = story.spokes.map { _ in [] }
        out = story.spokes.map { _ in Dictionary(uniqueKeysWithValues: Self.people.map { ($0, false) }) }
    }

    // MARK: What happens

    /// Puts people into groups and takes them out.
    mutating func change() async throws {
        for _ in 0..<6 {
            let person = Int.random(in: Self.people, using: &random)
            let group = Bool.random(using: &random) ? FleetStory.readers : FleetStory.writers
            if memberships[person, default: []].remove(group) != nil {
                try await story.aws.leave(person, group)
                events.append(story.event("RemoveMemberFromGroup", person, group))
            } else {
                try await story.aws.join(person, group)
                memberships[person, default: []].insert(group)
                for number in out.indices where out[number][person] != nil { out[number][person] = true }
                events.append(story.event("AddMemberToGroup", person, group))
            }
        }
    }

    /// Tells the hub of what has happened: not of all, of some twice, and in any order.
    ///
    /// - Parameter isTime: Whether it is time for a full run, too.
    mutating func tellHub(isTime: Bool) async throws {
        let heard = (events.filter { _ in Int.random(in: 0..<4, using: &random) > 0 } + events.prefix(2))
            .shuffled(using: &random)
        events = []
        let batch = try LambdaEvents.batch(heard)
        _ = try await story.playHub(isTime ? [batch, LambdaEvents.schedule] : [batch])
    }

    /// Hands a spoke some of what is there for it: some never comes, some later, after newer ones, and some twice.
    mutating func deliverSome(to number: Int) async throws {
        let waiting = try await story.spokes[number].queue.drain() + kept[number]
        let left = waiting.filter { _ in Int.random(in: 0..<6, using: &random) > 0 }
        let now = left.filter { _ in Bool.random(using: &random) }.shuffled(using: &random)
        kept[number] = left.filter { !now.contains($0) } + now.prefix(1)
        _ = try await story.play(story.spokes[number], [try LambdaEvents.batch(now)])
        try await look(at: number)
    }

    /// Has everyone read and brought in step, and nothing lost of it.
    ///
    /// - Returns: What the hub has sent each spoke for it.
    mutating func makeFullRun() async throws -> [[String]] {
        _ = try await story.playHub([LambdaEvents.schedule])
        var work: [[String]] = []
        for (number, spoke) in story.spokes.enumerated() {
            work.append(try await spoke.queue.drain())
            let report = try await story.play(spoke, [try LambdaEvents.batch(work[number])])
            #expect(report.outcomes.map(\.body) == [LambdaEvents.failures()], "\(report.output)")
            try await look(at: number)
        }
        return work
    }

    /// What has come late or not at all, in any order.
    mutating func old(for number: Int) -> [String] { kept[number].shuffled(using: &random) }

    // MARK: What is seen

    private func accounts(_ number: Int) async throws -> [Int: AccountState] {
        let administrator = try await story.spokes[number].world.server.openAdministrator()
        let state = try await administrator.state()
        await administrator.close()
        let found = Self.people.compactMap { person in state[AccountName("person\(person)")].map { (person, $0) } }
        return Dictionary(uniqueKeysWithValues: found)
    }

    /// Sees who is out on a server, and that nobody who was is in again who has been in no group since.
    mutating func look(at number: Int) async throws {
        let accounts = try await accounts(number)
        for person in Self.people {
            let hasComeBack = out[number][person]
            if accounts[person]?.canLogIn == true {
                #expect(hasComeBack != false, "person\(person) was out on \(story.spokes[number].name)")
                out[number][person] = nil
            } else if hasComeBack == nil {
                out[number][person] = memberships[person]?.isEmpty == false
            }
        }
    }

    /// Whether nobody can log in to a server who is in no group.
    func isOutWhoIsInNoGroup(_ number: Int) async throws -> Bool {
        try await accounts(number).allSatisfy { !$0.value.canLogIn || memberships[$0.key]?.isEmpty == false }
    }

    /// Requires that every server has what the directory says.
    func check(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        for (number, spoke) in story.spokes.enumerated() {
            let accounts = try await accounts(number)
            for person in Self.people {
                let roles = Set(memberships[person, default: []].compactMap { Self.groups[$0] })
                let account = accounts[person]
                let name = "person\(person) on \(spoke.name)"
                #expect(account?.canLogIn ?? false == !roles.isEmpty, "\(name)", sourceLocation: sourceLocation)
                #expect(account?.roles ?? [] == roles, "\(name)", sourceLocation: sourceLocation)
            }
        }
    }
}
