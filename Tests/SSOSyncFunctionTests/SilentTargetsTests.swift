// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTesting
import Testing

@testable import SSOSyncFunction

@Suite("Targets that do not answer")
struct SilentTargetsTests {
    /// A run on one target, which has failed so, or has come to a plan.
    private func report(_ code: SyncError.Code?, plan: Plan? = nil) -> SyncReport {
        .run(on: [
            TargetReport(
                target: "orders",
                plan: plan,
                failure: code.map { SyncError($0, "as the test says") },
                isResting: code == nil && plan == nil
            )
        ])
    }

    private func silent(_ reports: SyncReport...) -> Set<TargetName> {
        var silent = SilentTargets()
        for report in reports { silent.note(report) }
        return silent.names
    }

    @Test(arguments: [.unreachable, .timeout, .lookUp] as [SyncError.Code])
    func `whoever has not answered twice in a row is not waited for`(code: SyncError.Code) {
        #expect(silent(report(code)) == [])
        #expect(silent(report(code), report(code)) == ["orders"])
        #expect(silent(report(code), report(nil), report(code)) == [])
        #expect(silent(report(.timeout), report(code)) == ["orders"])
    }

    @Test(arguments: [.busy, .deferred, .authentication, .server, .notOut] as [SyncError.Code])
    func `whoever answers anything else is asked again`(code: SyncError.Code) {
        #expect(silent(report(code), report(code), report(code)) == [])
    }

    @Test func `what has taken too long of somebody keeps nobody else`() async throws {
        let policy = Policy(
            target: "orders",
            owner: "prod",
            groups: [.init(group: "Readers", pinnedId: "g-1", roles: ["readers"])]
        )
        let database = InMemoryDatabase(server: InMemoryServer(roles: ["readers": RoleFacts()]))
        let group = DirectoryGroup(id: "g-1", name: "Readers", members: [])
        let engine = SyncEngine(
            source: InMemoryDirectory(id: "d-1", now: .now, people: [], groups: [group]),
            targets: [.init(policy: policy, provisioner: database)]
        )
        let plan = try #require(await engine.plan().targets.first?.plan)
        #expect(silent(report(.timeout, plan: plan), report(.timeout, plan: plan)) == [])
    }
}
