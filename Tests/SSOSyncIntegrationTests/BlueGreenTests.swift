// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTesting
import Testing

@testable import SSOSyncAWS
@testable import SSOSyncConfiguration

/// Leavers while a target has another side that may let them in, on a server in memory.
@Suite("Blue/Green deployments")
struct BlueGreenTests {
    /// A server in memory that is a side of deployments.
    private struct Side: DatabaseProvisioner {
        let database: InMemoryDatabase
        let deployments: [RDSBlueGreenDeployment]

        func openSession(_ access: SessionAccess) async throws -> any ProvisioningSession {
            LookedUpSession(base: try await database.openSession(access), notices: ["a"], deployments: deployments)
        }
    }

    private static let start = Timestamp(secondsSince1970: 1_800_000_000)
    private let database = InMemoryDatabase(server: InMemoryServer(roles: ["team": RoleFacts()]))

    private func deployment(_ status: String, created: Timestamp?) throws -> RDSBlueGreenDeployment {
        let fields = [
            "BlueGreenDeploymentIdentifier": "bgd-1", "Source": "blue", "Target": "green", "Status": status,
            "CreateTime": created.map(\.description) ?? "",
        ]
        let element = XMLElement("D", children: fields.map { XMLElement($0.key, text: $0.value) })
        return try #require(RDSBlueGreenDeployment(element))
    }

    private func run(_ members: Set<UserId>, at time: Timestamp, _ deployments: RDSBlueGreenDeployment...) async throws
        -> SyncReport
    {
        let people: [Person] = ["ann", "bob"].map { Person(id: UserId($0), accountName: AccountName($0)) }
        let group = DirectoryGroup(id: "g-1", name: "team", members: members)
        let policy = Policy(
            target: "orders",
            owner: "test",
            mode: .enforce,
            groups: [Policy.GroupRule(group: "team", pinnedId: "g-1", roles: ["team"])],
            leavers: Policy.Leavers(quarantine: 60),
            brake: Policy.Brake(removals: 100, percent: 100, joins: 100)
        )
        let engine = SyncEngine(
            source: InMemoryDirectory(id: "d-1", now: time, people: people, groups: [group]),
            targets: [
                SyncEngine.Target(policy: policy, provisioner: Side(database: database, deployments: deployments))
            ],
            now: { time }
        )
        return await engine.apply()
    }

    private func alarm(_ report: SyncReport) -> SyncError? {
        report.targets[0].outcome("end-sessions", of: "ann")?.error
    }

    @Test(arguments: ["AVAILABLE", "SWITCHOVER_COMPLETED"])
    func `the alarm about a leaver stands as long as the deployment does, and is told once`(status: String) async throws
    {
        let (created, later) = (Self.start.advanced(bySeconds: -60), Self.start.advanced(bySeconds: 200_000))
        #expect(try await run(["ann", "bob"], at: Self.start.advanced(bySeconds: -90)).verdict == .inSync)
        let deployment = try deployment(status, created: created)
        let settings = NoticeSettings(owner: "test", kinds: Set(NoticeKind.allCases), detail: .counts)

        let left = try await run(["bob"], at: Self.start, deployment)
        #expect(left.verdict == .partialFailure)
        #expect(left.targets[0].outcome("lock", of: "ann")?.isDone == true)
        #expect(alarm(left)?.code == .notOut)
        let first = NoticeDecision(left, settings: settings, memory: TroubleMemory())
        #expect(first.notice?.kinds.contains(.failure) == true)

        // Even after the quarantine.
        let still = try await run(["bob"], at: later, deployment)
        #expect(still.verdict == .partialFailure)
        #expect(alarm(still)?.code == .notOut)
        let second = NoticeDecision(still, settings: settings, memory: first.memory)
        #expect(second.notice == nil)

        let over = try await run(["bob"], at: later.advanced(bySeconds: 1))
        #expect(over.verdict == .inSync)
        #expect(over.targets[0].outcome("drop", of: "ann")?.isDone == true)
        let third = NoticeDecision(over, settings: settings, memory: second.memory)
        #expect(third.notice?.kinds.contains(.recovered) == true)
    }

    @Test func `whoever was locked before the deployment was made is locked on both sides`() async throws {
        _ = try await run(["ann"], at: Self.start)
        _ = try await run([], at: Self.start.advanced(bySeconds: 10))
        let deployment = try deployment("AVAILABLE", created: Self.start.advanced(bySeconds: 311))
        let report = try await run([], at: Self.start.advanced(bySeconds: 30), deployment)
        #expect(report.verdict == .inSync)
        #expect(report.targets[0].outcomes.isEmpty)
    }

    @Test func `a clock that is five minutes behind AWS's hides nobody who was locked on one side alone`() async throws
    {
        _ = try await run(["ann"], at: Self.start)
        let deployment = try deployment("AVAILABLE", created: Self.start.advanced(bySeconds: 310))
        _ = try await run([], at: Self.start.advanced(bySeconds: 10), deployment)
        let report = try await run([], at: Self.start.advanced(bySeconds: 30), deployment)
        #expect(alarm(report)?.code == .notOut)
    }

    @Test func `whom somebody else has locked on one side, and made to log in otherwise, may be let in on the other`()
        async throws
    {
        _ = try await run(["ann"], at: Self.start)
        database.update { state in
            state.server.logins["ann"]?.canLogIn = false
            state.server.logins["ann"]?.usesIAM = false
        }
        let created = Self.start.advanced(bySeconds: 100_000)
        let report = try await run([], at: Self.start, try deployment("AVAILABLE", created: created))
        #expect(report.verdict == .partialFailure)
        #expect(report.targets[0].plan?.content.conflicts.map(\.kind) == [.leaverNotLocked])
        #expect(try await run([], at: Self.start).verdict == .inSync)
    }

    @Test func `a deployment whose age is not known may have been there before anybody left`() async throws {
        _ = try await run(["ann"], at: Self.start)
        _ = try await run([], at: Self.start.advanced(bySeconds: 10))
        let report = try await run(
            [],
            at: Self.start.advanced(bySeconds: 30),
            try deployment("AVAILABLE", created: nil)
        )
        #expect(alarm(report)?.code == .notOut)
    }

    @Test func `after the switchover people join, and wait for it before`() async throws {
        let waiting = try await run(["ann"], at: Self.start, try deployment("AVAILABLE", created: Self.start))
        #expect(waiting.verdict == .changesPending)
        #expect(database.server.logins.isEmpty)
        let switched = try deployment("SWITCHOVER_COMPLETED", created: Self.start)
        #expect(try await run(["ann"], at: Self.start, switched).verdict == .inSync)
        #expect(database.server.logins["ann"] != nil)
    }
}
