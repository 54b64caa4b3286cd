// SPDX-License-Identifier: Apache-2.0

import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@testable import SSOSyncCore

/// Groups are listed one after another, and people go from one to another meanwhile.
@Suite("Readings of everyone that have somebody in no group who was never in none")
struct TornReadingTests {
    /// A source that has read everyone, when the directory changes.
    private struct Torn: IdentitySource {
        let fixture: Fixture
        let meanwhile: @Sendable (inout InMemoryDirectory.World) -> Void

        func directory(_ request: DirectoryRequest) async throws -> Directory {
            let directory = try await fixture.directory.directory(request)
            guard request.scope == .everyone else { return directory }
            fixture.directory.update { meanwhile(&$0) }
            return directory
        }
    }

    private func apply(
        _ fixture: Fixture,
        without user: UserId,
        in group: GroupId,
        _ meanwhile: @escaping @Sendable (inout InMemoryDirectory.World) -> Void
    ) async -> SyncReport {
        fixture.pass(60)
        fixture.directory.update { $0.remove(user, from: group) }
        return await fixture.engine(reading: Torn(fixture: fixture, meanwhile: meanwhile)).apply(
            options: fixture.options
        )
    }

    private func failures(_ report: SyncReport) -> Set<String> {
        Set(report.only.outcomes.compactMap { if case .failed(let error) = $0.result { error.message } else { nil } })
    }

    @Test func `who goes from one group to another meanwhile stays, and the next run sees it`() async {
        let fixture = Fixture()
        _ = await fixture.apply()
        let report = await apply(fixture, without: "ann", in: "id-g1") { $0.add("ann", to: "id-g2") }
        #expect(report.verdict == .partialFailure)
        #expect(report.only.outcomes.allSatisfy { !$0.isDone } && !report.only.outcomes.isEmpty)
        #expect(
            failures(report).allSatisfy { $0.hasPrefix("group g2 has them by now, and had not in the reading of ") }
        )
        #expect(fixture.database.server.logins["ann"]?.canLogIn == true)
        #expect(await fixture.apply().only.ends == ["revoke ann done", "grant ann done", "disconnect ann done"])
    }

    /// The answer that kept the lock back is good for half a minute, and there is none after that.
    @Test func `whoever's lock is kept back keeps roles and sessions, too, however long the other locks take`() async {
        let fixture = Fixture(members: ["g1": ["ann", "ben", "cem"]])
        _ = await fixture.apply()
        fixture.directory.update { $0.remove("ben", from: "id-g1") }
        fixture.database.update { state in
            state.failure = { operation in
                guard operation.label == "lock", operation.account == "ben" else { return nil }
                fixture.pass(31)
                fixture.directory.update { $0.failure = SyncError(.source, "throttled") }
                return nil
            }
        }
        let report = await apply(fixture, without: "ann", in: "id-g1") { $0.add("ann", to: "id-g2") }
        let ends = report.only.ends
        #expect(
            ends.contains("lock ben done") && ends.contains("revoke ben done"),
            "\(ends) \(report.only.failure as Any)"
        )
        #expect(!ends.contains { $0.contains(" ann ") && !$0.hasSuffix("failed") }, "\(ends)")
        #expect(fixture.database.server.logins["ann"]?.memberships.map(\.role) == ["r1"])
    }

    @Test func `who is taken out of a group and put back keeps its role, and is not disconnected`() async {
        let fixture = Fixture(members: ["g1": ["ann", "ben"], "g2": ["ann"]])
        _ = await fixture.apply()
        let report = await apply(fixture, without: "ann", in: "id-g2") { $0.add("ann", to: "id-g2") }
        #expect(report.only.ends == ["revoke ann failed", "disconnect ann skipped"])
        #expect(await fixture.apply().only.ends == [])
    }

    @Test func `who has left is out, and so is whoever is disabled by then, or whom the directory says nothing of`()
        async
    {
        let changes: [@Sendable (inout InMemoryDirectory.World) -> Void] = [
            { _ in }, { $0.failure = SyncError(.source, "throttled") },
            { world in
                world.add("ann", to: "id-g2")
                world.add(Person(id: "ann", accountName: "ann", isEnabled: false))
            },
            // It gives nothing that was taken.
            { $0.add("ben", to: "id-g2") },
        ]
        for change in changes {
            let fixture = Fixture()
            _ = await fixture.apply()
            let report = await apply(fixture, without: "ann", in: "id-g1", change)
            #expect(report.verdict == .inSync && report.only.ends.contains("lock ann done"))
            #expect(fixture.database.server.logins["ann"]?.canLogIn == false)
        }
    }

    @Test(arguments: [(10, 1), (11, 2), (50, 5), (51, 0)])
    func `those who lose something are asked about in parts, and a crowd is not`(people: Int, readings: Int) async {
        let fixture = Fixture(members: ["g1": (0..<people).map { UserId("u\($0)") } + ["stays"]])
        _ = await fixture.apply()
        fixture.pass(60)
        fixture.directory.update { world in
            for number in 0..<people { world.remove(UserId("u\(number)"), from: "id-g1") }
        }
        let before = fixture.directory.world.requests.count
        #expect(await fixture.apply().verdict == .inSync)
        #expect(fixture.directory.world.requests.count - before == 1 + readings)
        #expect(fixture.database.server.logins.values.count(where: \.canLogIn) == 1)
    }
}
