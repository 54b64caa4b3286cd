// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTesting
import Testing

/// Whom an alarm is about: accounts that were locked a quarter of an hour ago, and are not out yet.
@Suite("Leavers who are not out")
struct LeaversNotOutTests {
    /// Ann has left and is locked, and her session stays whatever is done.
    private func stuck(mode: Policy.Mode = .enforce) async -> Fixture {
        let fixture = Fixture(mode: mode)
        _ = await fixture.apply()
        fixture.pass(60)
        fixture.database.update { $0.server.logins["ann"]?.sessions = 1 }
        fixture.directory.update { $0.remove("ann", from: "id-g1") }
        fixture.refuse("end-sessions", "ann", code: .notOut)
        return fixture
    }

    @Test func `somebody has a quarter of an hour to be out, counted from the lock`() async {
        let fixture = await stuck()
        #expect(await fixture.apply().only.leaversNotOut == [])
        fixture.pass(900)
        #expect(await fixture.apply().only.leaversNotOut == [])
        fixture.pass(1)
        #expect(await fixture.apply().only.leaversNotOut == ["ann"])
        #expect(await fixture.plan().only.leaversNotOut == ["ann"])
    }

    @Test func `whoever is out by the end of the run is out`() async {
        let fixture = await stuck()
        _ = await fixture.apply()
        fixture.pass(3_600)
        fixture.database.update { $0.failure = { _ in nil } }
        let report = await fixture.apply()
        #expect(report.only.plan?.overdue == ["ann"] && report.only.leaversNotOut == [])
        let after = await fixture.apply()
        #expect(after.only.plan?.overdue == nil && after.only.leaversNotOut == [])
    }

    @Test func `a role that stays keeps somebody from being out, and one that only others can revoke does not`() async {
        let fixture = await stuck()
        fixture.database.update { state in
            state.failure = { _ in nil }
            state.server.logins["ann"]?.sessions = 0
        }
        _ = await fixture.apply()
        fixture.pass(3_600)
        fixture.database.update { state in
            state.server.logins["ann"]?.memberships = [
                Membership(role: "r2", grantor: "dba", isOurs: false, isRevocable: false, statement: "REVOKE …")
            ]
        }
        #expect(await fixture.apply().only.leaversNotOut == [])
        fixture.database.update { state in
            state.server.logins["ann"]?.memberships = [Membership(role: "r1", grantor: "sso_provisioner")]
            state.failure = { $0.label == "revoke" ? SyncError(.server, "refused") : nil }
        }
        #expect(await fixture.apply().only.leaversNotOut == ["ann"])
    }

    @Test func `whoever is unlocked by others, where nothing is removed, is not out`() async {
        var fixture = await stuck()
        _ = await fixture.apply()
        fixture.pass(3_600)
        fixture.database.update { state in
            state.failure = { _ in nil }
            state.server.logins["ann"]?.sessions = 0
            state.server.logins["ann"]?.canLogIn = true
        }
        fixture.set(.everythingFrozen)
        #expect(await fixture.apply().only.leaversNotOut == ["ann"])
        fixture.set(nil)
        #expect(await fixture.apply().only.leaversNotOut == [])
    }

    @Test func `of a target that failed before it was looked at, nothing is known`() async {
        let fixture = await stuck()
        _ = await fixture.apply()
        fixture.pass(3_600)
        fixture.database.update { $0.lockHolder = "somebody" }
        #expect(await fixture.apply().only.leaversNotOut == [])
    }

    @Test func `how long somebody is overdue makes no other plan of one that was approved`() async throws {
        let fixture = await stuck()
        _ = await fixture.apply()
        fixture.pass(600)
        let before = try #require(await fixture.plan().only.plan)
        fixture.pass(600)
        let after = try #require(await fixture.plan().only.plan)
        #expect(before.overdue == nil && after.overdue == ["ann"])
        #expect(before.contentHash == after.contentHash)
    }
}
