// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// What becomes of a directory, of the messages about it, and of who gets in on which server.
struct FleetStream {
    /// As often a process of the hub can be handed events, and reads people for them and everyone once, before it has to wait for
    /// its turn.
    private static let batches = 2
    /// As many processes of the hub there are for events.
    private static let hubs = 2

    private let story: FleetStory
    private var directory: FleetStreamDirectory
    private var random: SplitMix64
    /// What the hub has not been told yet.
    private var events: [String] = []
    /// What the hub has been told.
    private var told: [String] = []
    /// For each spoke, messages that come later, after newer ones.
    private var late: [[String]]
    /// For each spoke, messages that it has been handed, and may be handed again.
    private var handed: [[String]]
    /// For each spoke, the accounts on its server as they were when somebody last looked.
    private var seen: [[UserId: AccountState]]

    init(_ story: FleetStory, seed: UInt64) async throws {
        self.story = story
        directory = try await FleetStreamDirectory(story.aws, seed: seed)
        random = SplitMix64(seed: ~seed)
        late = story.spokes.map { _ in [] }
        handed = late
        seen = story.spokes.map { _ in [:] }
    }

    private mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }

    // MARK: What happens

    /// Things happen to people.
    mutating func change() async throws {
        for _ in 0..<6 { try await directory.change() }
        events += directory.takeEvents()
    }

    /// Tells the hub of what has happened: of some of it never, of some later, after other changes, of some twice, and in any order.
    ///
    /// - Parameter isTime: Whether it is time for a full run, too.
    mutating func tellHub(isTime: Bool) async throws {
        let left = events.filter { _ in !chance(6) }
        let now = left.filter { _ in !chance(3) }
        events = left.filter { !now.contains($0) } + now.filter { _ in chance(6) }
        try await tellHub((now + now.prefix(2)).shuffled(using: &random), isTime: isTime)
    }

    /// Hands events to processes that have read nothing yet; what waits there for its turn comes again.
    private mutating func tellHub(_ heard: [String], isTime: Bool) async throws {
        let count = Self.batches * Self.hubs
        let parts = (0..<count).map { part in stride(from: part, to: heard.count, by: count).map { heard[$0] } }
            .filter { !$0.isEmpty }
        for hub in 0..<Self.hubs {
            let parts = parts.dropFirst(hub * Self.batches).prefix(Self.batches)
            let batches =
                try parts.map { try LambdaEvents.batch($0) } + (isTime && hub == 0 ? [LambdaEvents.schedule] : [])
            guard !batches.isEmpty else { continue }
            let report = try await story.playHub(batches)
            #expect(
                report.metric("SourceUnavailable") == nil && report.metric("EventsUnknown") == nil,
                "\(report.output)"
            )
            events += zip(parts, report.outcomes).flatMap { LambdaEvents.returned($0, by: $1.body) }
        }
        told += heard
    }

    /// Hands a spoke some of what is there for it: some never comes, some comes later, and some once more.
    mutating func deliverSome(to number: Int) async throws {
        let waiting = try await story.spokes[number].queue.drain() + late[number]
        let left = waiting.filter { _ in !chance(6) }
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
        return try await deliverAll()
    }

    /// Tells the hub of everything once more, and of what it has not been told.
    mutating func tellHubAgain() async throws {
        try await tellHub((events + told).shuffled(using: &random), isTime: false)
        _ = try await deliverAll()
    }

    /// Hands each spoke all that is there for it, and requires that all of it is done with.
    private mutating func deliverAll() async throws -> [[String]] {
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

    /// The accounts that are marked as people's, of whom nobody has several.
    private func accounts(_ number: Int) async throws -> [UserId: AccountState] {
        let administrator = try await story.spokes[number].world.server.openAdministrator()
        let state = try await administrator.state()
        await administrator.close()
        let strangers = state.unmarked.keys.filter { $0.rawValue.hasPrefix("person") }
        #expect(strangers.isEmpty, "on \(story.spokes[number].name)")
        let accounts = Dictionary(grouping: state.marked) { $0.marker?.user }
        #expect(accounts.allSatisfy { $0.value.count == 1 }, "\(state.summary)")
        return Dictionary(
            uniqueKeysWithValues: directory.people.values.compactMap { someone in
                accounts[someone.user]?.first.map { (someone.user, $0) }
            }
        )
    }

    /// Sees that nobody has got in but by a reading that had them in, and that no reading has decided after a later one.
    ///
    /// So whoever was locked gets in again only by a reading that is later than the one that had them out. There is one exception,
    /// which Docs/lambda.md has: where a reading found nothing to lock, no marker tells of it to a process that has not seen it, and
    /// an older reading, later than the last lock, may still let somebody in for a while.
    mutating func look(at number: Int) async throws {
        let accounts = try await accounts(number)
        for someone in directory.people.values {
            guard let account = accounts[someone.user] else { continue }
            let name = "\(someone.name), \(someone.number), on \(story.spokes[number].name)"
            let reading = try #require(account.marker, "\(name)").asOf
            let before = seen[number][someone.user]
            if let earlier = before?.marker?.asOf { #expect(earlier <= reading, "\(name)") }
            guard account.canLogIn, before?.canLogIn != true else { continue }
            #expect(
                someone.wasIn(at: reading),
                "\(name) was let in by a reading of \(reading), by which that was not due"
            )
        }
        seen[number] = accounts
    }

    /// Whether nobody can log in to a server whom the directory has out.
    func isOutWhoIsNotDue(_ number: Int) async throws -> Bool {
        let accounts = try await accounts(number)
        return directory.people.values.allSatisfy { $0.isIn || accounts[$0.user]?.canLogIn != true }
    }

    /// Requires that every server has what the directory says.
    func check(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        for (number, spoke) in story.spokes.enumerated() {
            let accounts = try await accounts(number)
            for someone in directory.people.values {
                let account = accounts[someone.user]
                let name = "\(someone.name), \(someone.number), on \(spoke.name)"
                #expect(account?.canLogIn ?? false == someone.isIn, "\(name)", sourceLocation: sourceLocation)
                #expect(account?.roles ?? [] == someone.roles, "\(name)", sourceLocation: sourceLocation)
                guard someone.isIn else { continue }
                #expect(account?.name == someone.name, "\(name)", sourceLocation: sourceLocation)
            }
        }
    }
}
