// SPDX-License-Identifier: Apache-2.0

import Logging
import SSOSyncAWS
import SSOSyncConfiguration
import SSOSyncCore
import SSOSyncLambdaRuntime
import SSOSyncTestSupport
import Testing

@testable import SSOSyncFunction

@Suite("Many people are read in parts")
struct PeoplePartsTests {
    private func work(
        groups: Int,
        _ disposition: @escaping @Sendable (ScopeRequest) -> RunDisposition = { _ in .done }
    ) -> NotedWork {
        let source = IdentityCenterSource(
            .init(regions: ["eu-west-1"], identityStoreId: "d-1234567890"),
            credentials: StaticCredentialsProvider(Credentials(accessKeyId: "AKID", secretAccessKey: "secret")),
            transport: CurlTransport(.init())
        )
        let pinned = (0..<groups).map { number in
            DirectoryRequest.Group(name: GroupName("g\(number)"), pinnedId: GroupId(AWSStandIn.id(900_000 + number)))
        }
        return NotedWork(source: source, groups: pinned, disposition: disposition)
    }

    /// Hands a function messages, one for each of so many people and one for a group.
    private func outcome(people: Int, _ work: NotedWork) async throws -> DirectoryFunction.BatchOutcome {
        let configuration = try ConfigurationFile(
            DocumentReader().document(Array(FunctionFolder.configuration.utf8), file: "c.json"),
            path: "c.json"
        )
        var metrics = EmbeddedMetrics(deployment: "test")
        let function = DirectoryFunction(configuration, work, queue: nil, logger: Logger(label: "test"))
        var bodies = (0..<people).map { number in
            LambdaEvents.membership(
                "AddMemberToGroup",
                person: AWSStandIn.id(number),
                group: AWSStandIn.id(900_000),
                store: "d-1234567890"
            )
        }
        let group = AWSStandIn.id(900_000)
        bodies.append(LambdaEvents.trail("identitystore-scim", "PatchGroup", #"{"id": "\#(group)"}"#))
        let batch = try QueueBatch(Array(LambdaEvents.batch(bodies).utf8))
        let budget = TimeBudget(lasting: .seconds(60), patience: .seconds(1))
        return await function.read(batch, returningAtMost: 3, budget, &metrics)
    }

    private static let parts: [ArraySlice<Int>] = {
        let people = Array(0..<60)
        return [people[..<25], people[25..<50], people[50...]]
    }()

    private static func request(_ part: ArraySlice<Int>) -> ScopeRequest {
        .people(Set(part.map { UserId(AWSStandIn.id($0)) }))
    }

    @Test func `of 60 people in 300 groups each part that is done is done with, and others are read all the same`()
        async throws
    {
        let troubled = Self.request(Self.parts[1])
        let work = work(groups: 300) { $0 == troubled ? .failed : .done }
        let outcome = try await outcome(people: 60, work)
        let requests = work.requests.withLock { $0 }
        #expect(Set(requests) == Set(Self.parts.map(Self.request) + [.groups(["g0"])]) && requests.count == 4)
        #expect(outcome.failed == Set(Self.parts[1].map { "m-\($0)" }))
        // Who is read once more is, too.
        #expect(outcome.second.map(\.scope.people.count) == [25, 10])
        #expect(outcome.second.map(\.scope.groups.count) == [1, 0])
    }

    /// Where time is short, others come to be read with each delivery.
    @Test func `no part is always the first or the last`() async throws {
        var first: Set<ScopeRequest> = []
        var last: Set<ScopeRequest> = []
        for _ in 0..<100 where first.count < 4 || last.count < 4 {
            let work = work(groups: 300)
            _ = try await outcome(people: 60, work)
            let requests = work.requests.withLock { $0 }
            first.formUnion(requests.prefix(1))
            last.formUnion(requests.suffix(1))
        }
        #expect(first.count == 4 && last.count == 4)
    }

    @Test func `people of a few groups are one reading`() async throws {
        let work = work(groups: 3)
        let outcome = try await outcome(people: 120, work)
        #expect(work.requests.withLock { $0.count } == 2)
        #expect(outcome.failed.isEmpty)
        #expect(outcome.second.map(\.scope.people.count) == [120])
    }
}
