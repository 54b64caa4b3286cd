// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// What becomes of a directory, of the messages about it, and of who gets in on which server.
struct FleetStream {
    private static let people = 1...8
    private static let groups = [FleetStory.readers: "readers", FleetStory.writers: "writers"]
    /// As often a hub reads people at once, before they have to wait for their turn.
    private static let readings = 3

    private let story: FleetStory
    private var random: SplitMix64
    /// The groups of each person, as the directory has them.
    private var memberships: [Int: Set<String>] = [:]
    /// Whether each person was in any group, from when on.
    private var history: [Int: [(from: Timestamp, isIn: Bool)]] = [:]
    /// What the hub has not been told yet.
    private var events: [String] = []
    /// For each spoke, messages that come later, after newer ones.
    private var late: [[String]]
    /// For each spoke, messages that it has been handed, and may be handed again.
    private var handed: [[String]]
    /// For each spoke, the accounts on its server as they were when somebody last looked.
    private var seen: [[Int: AccountState]]

    init(_ story: FleetStory, seed: UInt64) {
        self.story = story
        random = SplitMix64(seed: seed)
        late = story.spokes.map { _ in [] }
        handed = late
        seen = story.spokes.map { _ in [:] }
    }

    // MARK: What happens

    /// Takes people out of all their groups, or puts them into one, or takes them out of one of two.
    mutating func change() async throws {
        for _ in 0..<4 {
            let person = Int.random(in: Self.people, using: &random)
            let theirs = memberships[person, default: []]
            let isOne = theirs.isEmpty || Int.random(in: 0..<4, using: &random) == 0
            let one = Bool.random(using: &random) ? FleetStory.readers : FleetStory.writers
            for group in isOne ? [one] : theirs.sorted() { try await change(person, group) }
        }
    }

    private mutating func change(_ person: Int, _ group: String) async throws {
        if memberships[person, default: []].remove(group) != nil {
            try await story.aws.leave(person, group)
            events.append(story.event("RemoveMemberFromGroup", person, group))
        } else {
            try await story.aws.join(person, group)
            memberships[person, default: []].insert(group)
            events.append(story.event("AddMemberToGroup", person, group))
        }
        history[person, default: []].append((.now, memberships[person]?.isEmpty == false))
    }

    /// Tells the hub of what has happened: not of all, of some twice, and in any order.
    ///
    /// - Parameter isTime: Whether it is time for a full run, too.
    mutating func tellHub(isTime: Bool) async throws {
        let heard = (events.filter { _ in Int.random(in: 0..<4, using: &random) > 0 } + events.prefix(2))
            .shuffled(using: &random)
        events = []
        let batches = try (0..<Self.readings).map { number in
            try LambdaEvents.batch(stride(from: number, to: heard.count, by: Self.readings).map { heard[$0] })
        }
        _ = try await story.playHub(batches + (isTime ? [LambdaEvents.schedule] : []))
    }

    /// Hands a spoke some of what is there for it: some never comes, some comes later, and some once more.
    mutating func deliverSome(to number: Int) async throws {
        let waiting = try await story.spokes[number].queue.drain() + late[number]
        let left = waiting.filter { _ in Int.random(in: 0..<6, using: &random) > 0 }
        let now = left.filter { _ in Bool.random(using: &random) }.shuffled(using: &random)
        late[number] = left.filter { !now.contains($0) }
        try await hand(now, to: number)
        try await hand(handed[number].filter { _ in Bool.random(using: &random) }.shuffled(using: &random), to: number)
        handed[number] += now
    }

    /// Hands messages to a process that has seen nothing yet.
    private mutating func hand(_ messages: [String], to number: Int) async throws {
        guard !messages.isEmpty else { return }
        _ = try await story.play(story.spokes[number], [try LambdaEvents.batch(messages)])
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

    /// What has come or would have come before, in any order.
    mutating func old(for number: Int) -> [String] { (handed[number] + late[number]).shuffled(using: &random) }

    // MARK: What is seen

    private func accounts(_ number: Int) async throws -> [Int: AccountState] {
        let administrator = try await story.spokes[number].world.server.openAdministrator()
        let state = try await administrator.state()
        await administrator.close()
        let found = Self.people.compactMap { person in state[AccountName("person\(person)")].map { (person, $0) } }
        return Dictionary(uniqueKeysWithValues: found)
    }

    /// Sees that nobody has got in but by a reading that had them in a group, and that no reading has decided after a later one.
    ///
    /// So whoever was locked gets in again only by a reading that is later than the one that had them out. There is one exception,
    /// which Docs/lambda.md has: where a reading found nothing to lock, no marker tells of it to a process that has not seen it, and
    /// an older reading, later than the last lock, may still let somebody in for a while.
    mutating func look(at number: Int) async throws {
        let accounts = try await accounts(number)
        for (person, account) in accounts {
            let name = "person\(person) on \(story.spokes[number].name)"
            let reading = try #require(account.marker, "\(name)").asOf
            let before = seen[number][person]
            if let earlier = before?.marker?.asOf { #expect(earlier <= reading, "\(name)") }
            guard account.canLogIn, before?.canLogIn != true else { continue }
            let wasIn = history[person]?.last { $0.from <= reading }?.isIn
            #expect(wasIn == true, "\(name) was let in by a reading of \(reading), which had them in no group")
        }
        seen[number] = accounts
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
