// SPDX-License-Identifier: Apache-2.0

import Logging
import SSOSyncAWS
import SSOSyncConfiguration
import SSOSyncCore
import SSOSyncLambdaRuntime
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@testable import SSOSyncFunction

/// A group may have got a mapped name a moment before an event tells of it.
@Suite("Groups that no target maps, as far as is known")
struct UnmappedGroupsTests {
    private static let group = GroupId(AWSStandIn.id(901))
    private static let other = GroupId(AWSStandIn.id(902))

    @Test func `who is new in a group that was created anew a moment ago is read`() async throws {
        let aws = try await AWSStandIn.world()
        let groups = [Self.group, Self.other].map { AWSStandIn.Group($0.rawValue, "Team") }
        try await aws.load(users: [], groups: [groups[0]])
        let source = IdentityCenterSource(
            .init(regions: [aws.region], identityStoreId: aws.store),
            credentials: aws.credentials,
            transport: CurlTransport(.init()),
            endpoints: EndpointResolver(environment: aws.environment)
        )
        // Some minutes after it was looked up for the sake of a group that was not known.
        let time = Locked(ContinuousClock.now)
        let resolver = ScopeResolver(source: source, groups: [.init(name: "Team")], now: { time.withLock { $0 } })
        let before = try await resolver.mapped(EventScope(groups: [Self.group]))
        #expect(before.requests == [.groups(["Team"])])
        time.withLock { $0 += .seconds(300) }
        try await aws.deleteGroup(Self.group.rawValue)
        try await aws.load(users: [], groups: [groups[1]])
        let after = try await resolver.mapped(EventScope(groups: [Self.other]))
        #expect(after.requests == [.groups(["Team"])])
    }

    @Test func `however many there are, names are looked up anew for them once a minute`() async throws {
        let directory = InMemoryDirectory(
            id: "d-1234567890",
            now: .now,
            groups: [DirectoryGroup(id: Self.group, name: "Team", members: [])]
        )
        let time = Locked(ContinuousClock.now)
        let resolver = ScopeResolver(source: directory, groups: [.init(name: "Team")], now: { time.withLock { $0 } })
        func isAnew(_ number: Int, after seconds: Int = 0) async throws -> Bool? {
            time.withLock { $0 += .seconds(seconds) }
            _ = try await resolver.mapped(EventScope(groups: [GroupId(AWSStandIn.id(number))]))
            return directory.world.requests.last?.looksUpAnew
        }
        #expect(try await isAnew(910) == true)
        for number in 910...930 { #expect(try await isAnew(number) == false) }
        #expect(try await isAnew(911, after: 59) == false)
        #expect(try await isAnew(901, after: 1) == false, "what is known has no need of it")
        #expect(try await isAnew(911) == true)
        #expect(try await isAnew(911) == false)
    }

    /// A directory may lag behind its events, and what it was asked a short while ago is remembered.
    @Test(arguments: [true, false])
    func `they are looked up a second time, and not a third, if any name can lead to them`(isPinned: Bool) async throws
    {
        let directory = InMemoryDirectory(id: "d-1234567890", now: .now)
        let team = DirectoryRequest.Group(name: "Team", pinnedId: isPinned ? Self.group : nil)
        let work = NotedWork(source: directory, groups: [team]) { _ in .done }
        let configuration = try ConfigurationFile(
            DocumentReader().document(Array(FunctionFolder.configuration.utf8), file: "c.json"),
            path: "c.json"
        )
        let function = DirectoryFunction(configuration, work, queue: nil, logger: Logger(label: "test"))
        var metrics = EmbeddedMetrics(deployment: "test")
        func second(_ body: String) async throws -> [SecondReading] {
            let batch = try QueueBatch(Array(LambdaEvents.batch([body]).utf8))
            let budget = TimeBudget(lasting: .seconds(60), patience: .seconds(1))
            let outcome = await function.read(batch, returningAtMost: 3, budget, &metrics)
            #expect(outcome.failed.isEmpty)
            return outcome.second
        }
        let again = try #require(SecondReading(EventScope(groups: [Self.other])))
        let patch = LambdaEvents.trail("identitystore-scim", "PatchGroup", #"{"id": "\#(Self.other)"}"#)
        #expect(try await second(patch) == (isPinned ? [] : [again]))
        #expect(try await second(again.text) == [])
        #expect(work.requests.withLock { $0.isEmpty })
    }
}
