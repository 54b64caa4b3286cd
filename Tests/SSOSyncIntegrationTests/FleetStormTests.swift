// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// Very many events at once through a hub and its spokes.
@Suite("A storm of events through a hub and its spokes", .timeLimit(.minutes(10)))
struct FleetStormTests {
    private static let editors = AWSStandIn.id(90_003)
    /// What the template takes.
    private static let batchSize = 1_000
    private static let people = 1...500

    /// The groups before, and once everybody was told to be somewhere else: some are out then, some are where they were, some have
    /// moved, some are new, and some are in two groups.
    private static let before = Groups(readers: 1...100, writers: 101...150, editors: 151...200)
    private static let after = Groups(readers: 51...250, writers: 251...400, editors: 351...500)

    /// - Parameter isMasked: Whether a fifth of the events names nobody, so that everyone has to be read for their sake.
    @Test(arguments: [false, true])
    func `5,000 events for 500 people in three groups are a few readings, after which all are in step on all servers`(
        isMasked: Bool
    ) async throws {
        let mapped = [["Readers", "Writers", "Editors"], ["Readers", "Editors"]]
        func story(_ worlds: [World]) async throws -> FleetStory {
            var story = try await FleetStory(
                worlds,
                people: 500,
                groups: Self.before.list,
                mapped: Array(mapped.prefix(worlds.count))
            )
            // Five a second, as everybody has it who says nothing else.
            try story.configureHub { text in
                let changed = text.replacing(#", "requestsPerSecond": 100"#, with: "")
                #expect(!changed.contains("requestsPerSecond"))
                return changed
            }
            return story
        }
        try await FleetStory.onEachEngine(story) { story in
            let everyone = try await EveryoneQueue(in: story.aws)
            let story = story.with(everyone.variables)
            _ = try await story.playHub([LambdaEvents.schedule])
            try await story.deliver()
            try await story.aws.load(users: [], groups: Self.after.list)

            var random = SplitMix64(seed: 3)
            let events = Self.events(story, isMasked: isMasked).shuffled(using: &random)
            let batches = stride(from: 0, to: events.count, by: Self.batchSize).map {
                Array(events[$0..<$0 + Self.batchSize])
            }
            let started = ContinuousClock.now
            let isOver = Locked(false)
            async let delivered: Void = story.deliver(until: { isOver.withLock { $0 } })
            // No more processes than the template lets there be.
            async let first = Self.hand([batches[0], batches[2], batches[4]], to: story)
            async let second = Self.hand([batches[1], batches[3]], to: story)
            var hubs = try await [first, second]
            #expect(hubs.flatMap(\.returned).isEmpty)
            if isMasked { hubs.append((try await everyone.deliver { try await story.playHub([$0]) }, [])) }
            #expect(try await everyone.count() == 0)
            isOver.withLock { $0 = true }
            try await delivered
            let took = ContinuousClock.now - started
            #expect(took < .seconds(300))

            let output = hubs.flatMap(\.report.output)
            let readings = try #require(output.metric("Runs"))
            // One for each batch, and one of everyone.
            #expect(Int(readings) <= batches.count + (isMasked ? 1 : 0))
            let again = try #require(output.metric("SecondReadings"))
            #expect(readings + again <= 50)
            // No more than the rate allows in a minute.
            let requests = try #require(output.metric("DirectoryRequests"))
            #expect(requests <= 300)
            #expect(output.metric("EventsUnknown") == nil)
            for (spoke, names) in zip(story.spokes, mapped) { try await Self.check(spoke, names) }

            // Two minutes later, there is nothing left to do.
            let everybody = EventScope(people: Set(Self.people.map { UserId(AWSStandIn.id($0)) }))
            try await story.hub(try #require(SecondReading(everybody)).text)
            for report in try await story.deliver() { #expect(report.metric("Changes") == 0) }
            #expect(try await story.aws.calls().allSatisfy(\.verified))
        }
    }

    // MARK: Events

    /// Ten for each person, as they are told of by the console, the public API and SCIM.
    private static func events(_ story: FleetStory, isMasked: Bool) -> [String] {
        let store = story.aws.store
        let anybody = #"{"identityStoreId": "\#(store)", "membershipId": "m"}"#
        return people.flatMap { person in
            let group = after.list.first { $0.Members.contains(AWSStandIn.id(person)) }?.GroupId ?? FleetStory.readers
            let member = #""groupId": "\#(group)", "memberId": {"userId": "\#(AWSStandIn.id(person))"}"#
            let created = #"{"identityStoreId": "\#(store)", \#(member)}"#
            return (0..<10).map { number in
                switch number {
                case 0 where isMasked: LambdaEvents.trail("identitystore", "DeleteGroupMembership", anybody)
                case 1 where isMasked: LambdaEvents.trail("identitystore-scim", "PatchGroup", #"{"id": "\#(group)"}"#)
                case 2: LambdaEvents.trail("identitystore", "CreateGroupMembership", created)
                case 3...5: story.event("RemoveMemberFromGroup", person, group)
                default: story.event("AddMemberToGroup", person, group)
                }
            }
        }
    }

    /// Hands batches to one process of the hub.
    ///
    /// - Returns: What came of it, and the messages that come again.
    private static func hand(
        _ batches: [[String]],
        to story: FleetStory
    ) async throws -> (report: LambdaControlPlane.Report, returned: [String]) {
        let report = try await story.playHub(try batches.map { try LambdaEvents.batch($0) })
        #expect(report.kinds == batches.map { _ in "response" }, "\(report.output)")
        #expect(report.metric("SourceUnavailable") == nil && report.metric("SpokesNotReached") == 0)
        let returned = zip(batches, report.outcomes).flatMap { LambdaEvents.returned($0, by: $1.body) }
        return (report, returned)
    }

    // MARK: What is seen

    /// Requires that everybody has on a server what groups of these names give, and nothing else.
    private static func check(_ spoke: FleetStory.Spoke, _ names: [String]) async throws {
        let administrator = try await spoke.world.server.openAdministrator()
        let state = try await administrator.state()
        await administrator.close()
        for person in people {
            let groups = after.list.filter {
                names.contains($0.DisplayName) && $0.Members.contains(AWSStandIn.id(person))
            }
            let roles = Set(groups.map { $0.DisplayName == "Readers" ? "readers" : "writers" })
            let account = state[AccountName("person\(person)")]
            #expect(account?.canLogIn ?? false == !roles.isEmpty, "person\(person) on \(spoke.name)")
            #expect(account?.roles ?? [] == roles, "person\(person) on \(spoke.name)")
        }
        #expect(await spoke.world.canLogIn("person500"))
        #expect(await !spoke.world.canLogIn("person1"))
    }

    /// Who is in which group.
    private struct Groups {
        let readers, writers, editors: ClosedRange<Int>

        var list: [AWSStandIn.Group] {
            [
                AWSStandIn.Group(FleetStory.readers, "Readers", members: readers.map(AWSStandIn.id)),
                AWSStandIn.Group(FleetStory.writers, "Writers", members: writers.map(AWSStandIn.id)),
                AWSStandIn.Group(FleetStormTests.editors, "Editors", members: editors.map(AWSStandIn.id)),
            ]
        }
    }
}
