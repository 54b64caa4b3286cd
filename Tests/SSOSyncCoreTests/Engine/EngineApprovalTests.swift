// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTesting
import Testing

/// Who may write, and what.
@Suite("The engine, locks and approval")
struct EngineApprovalTests {
    @Test func `a second writer is busy, and the target is untouched`() async {
        let fixture = Fixture()
        fixture.database.update { $0.lockHolder = "somebody" }
        let report = await fixture.apply()
        #expect(report.verdict == .busy && report.verdict.exitCode == 5)
        #expect(fixture.database.server.logins.isEmpty)
    }

    @Test func `who waits for the lock gets it`() async {
        var fixture = Fixture()
        fixture.options.lockWait = 30
        fixture.database.update { $0.lockHolder = "somebody" }
        let engine = fixture.engine { database in
            QueuedProvisioner(database: database) { database.update { $0.lockHolder = nil } }
        }
        #expect(await engine.apply(options: fixture.options).verdict == .inSync)
    }

    @Test func `the approved plan is applied, and none else`() async throws {
        var fixture = Fixture()
        let plan = try #require(await fixture.plan().only.plan)
        fixture.options.approvedPlans = ["orders": plan.contentHash]
        fixture.directory.update { $0.add("new", to: "id-g1") }
        fixture.directory.update { $0.add(Person(id: "new", accountName: "new")) }
        let refused = await fixture.apply()
        #expect(refused.verdict == .partialFailure && refused.only.failure?.code == .planMoved)
        #expect(!refused.only.wasApplied && fixture.database.state.done.isEmpty)
        fixture.directory.update { $0.remove(person: "new") }
        // That time has passed does not make it another plan.
        fixture.pass(3_600)
        #expect(await fixture.apply().verdict == .inSync)
        #expect(fixture.database.state.done.count == 2)
    }

    @Test func `what a provisioner notices in the moment does not make an approved plan another one`() async throws {
        var fixture = Fixture()
        let plan = try #require(await fixture.plan().only.plan)
        fixture.options.approvedPlans = ["orders": plan.contentHash]
        let engine = fixture.engine { NoticingProvisioner(database: $0, notice: "ann held the lock") }
        let report = await engine.apply(options: fixture.options)
        #expect(report.verdict == .inSync && fixture.database.state.done.count == 2)
        #expect(report.only.plan?.content.findings.contains { $0.kind == .notice } == true)
        #expect(report.only.plan?.contentHash == plan.contentHash)
    }

    @Test func `a target whose plan nobody approved is left alone`() async {
        var fixture = Fixture()
        fixture.options.approvedPlans = [:]
        #expect(await fixture.apply().only.failure?.code == .planMoved)
        #expect(fixture.database.state.done.isEmpty)
    }

    @Test func `a plan that was approved does not outlive a change in the database`() async throws {
        var fixture = Fixture()
        let plan = try #require(await fixture.plan().only.plan)
        fixture.options.approvedPlans = ["orders": plan.contentHash]
        fixture.database.update { $0.server.logins["ben"] = InMemoryLogin() }
        #expect(await fixture.apply().only.failure?.code == .planMoved)
    }
}
