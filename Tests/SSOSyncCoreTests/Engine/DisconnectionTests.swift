// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTesting
import Testing

/// What the end of sessions in a lost role waits for.
@Suite("Whoever loses a role and gets another one")
struct DisconnectionTests {
    /// Ann moves from the first group to the second one.
    private func moved() async -> Fixture {
        let fixture = Fixture(members: ["g1": ["ann"], "g2": []])
        _ = await fixture.apply()
        fixture.directory.update { world in
            world.remove("ann", from: "id-g1")
            world.add("ann", to: "id-g2")
        }
        return fixture
    }

    /// Ann has left, a session of hers has not ended, and she is to come back.
    private func returning() async -> Fixture {
        let fixture = Fixture(members: ["g1": ["ann"]])
        _ = await fixture.apply()
        fixture.pass(60)
        fixture.directory.update { $0.remove("ann", from: "id-g1") }
        _ = await fixture.apply()
        fixture.database.update { $0.server.logins["ann"]?.sessions = 1 }
        fixture.pass(60)
        fixture.directory.update { $0.add("ann", to: "id-g1") }
        return fixture
    }

    @Test func `is disconnected once all else is done`() async {
        let fixture = await moved()
        #expect(await fixture.apply().only.ends == ["revoke ann done", "grant ann done", "disconnect ann done"])
        #expect(await fixture.plan().only.plan?.isInSync == true)
    }

    @Test func `is disconnected although the other one cannot be given`() async {
        let fixture = await moved()
        fixture.refuse("grant", "ann")
        #expect(await fixture.apply().only.ends == ["revoke ann done", "grant ann failed", "disconnect ann done"])
    }

    @Test func `keeps the sessions as long as the role cannot be taken, and is disconnected by the run that takes it`()
        async
    {
        let fixture = await moved()
        fixture.refuse("revoke", "ann")
        #expect(
            await fixture.apply().only.ends == ["revoke ann failed", "grant ann skipped", "disconnect ann skipped"]
        )
        fixture.database.update { $0.failure = { _ in nil } }
        #expect(await fixture.apply().only.ends == ["revoke ann done", "grant ann done", "disconnect ann done"])
    }

    @Test
    func
        `is looked for by each run, too, who has left meanwhile with a session that does not end, and came back to less`()
        async
    {
        let fixture = Fixture(members: ["g1": ["ann"], "g2": ["ann"]])
        _ = await fixture.apply()
        fixture.pass(60)
        fixture.directory.update {
            $0.remove("ann", from: "id-g1"); $0.remove("ann", from: "id-g2")
        }
        fixture.database.update { state in
            state.failure = {
                guard ["end-sessions", "disconnect"].contains($0.label) else { return nil }
                return SyncError($0.label == "disconnect" ? .notDisconnected : .notOut, "the reader does not answer")
            }
        }
        #expect(await fixture.apply().verdict == .partialFailure)
        fixture.database.update { $0.server.logins["ann"]?.sessions = 1 }
        fixture.pass(60)
        fixture.directory.update { $0.add("ann", to: "id-g1") }
        let back = ["end-sessions ann failed", "restore ann done", "disconnect ann skipped"]
        #expect(await fixture.apply().only.ends == back)
        let next = await fixture.apply()
        #expect(next.only.ends == ["disconnect ann failed"] && next.verdict == .partialFailure)
        fixture.database.update { $0.failure = { _ in nil } }
        #expect(await fixture.apply().only.ends == ["disconnect ann done"])
        #expect(await fixture.plan().only.plan?.isInSync == true)
    }

    /// Or the account would be noted as one in use, and look as if somebody else had locked it.
    @Test(arguments: ["fails", "waits"])
    func `is not disconnected whose return does not come about, and is let in by the next run`(return ending: String)
        async
    {
        var fixture = await returning()
        if ending == "fails" { fixture.refuse("restore", "ann") }
        if ending == "waits" {
            fixture.options.longestAdmission = 60
            fixture.clock.now = fixture.clock.now.advanced(bySeconds: 61)
        }
        let restored = ending == "fails" ? "failed" : "deferred"
        #expect(
            await fixture.apply().only.ends == [
                "end-sessions ann done", "restore ann \(restored)", "disconnect ann deferred",
            ]
        )
        fixture.database.update { $0.failure = { _ in nil } }
        fixture.options.longestAdmission = nil
        #expect(await fixture.apply().only.ends == ["restore ann done"])
        #expect(fixture.database.server.logins["ann"]?.canLogIn == true)
        #expect(await fixture.plan().only.plan?.isInSync == true)
    }

    @Test func `is not looked for once more who came back when the sessions of before have ended`() async {
        let fixture = await returning()
        #expect(
            await fixture.apply().only.ends == ["end-sessions ann done", "restore ann done", "disconnect ann done"]
        )
        #expect(await fixture.plan().only.plan?.isInSync == true)
    }

    @Test func `is looked for by each run until the sessions have ended`() async {
        let fixture = await moved()
        fixture.refuse("disconnect", "ann", code: .notDisconnected)
        #expect(await fixture.apply().only.ends == ["revoke ann done", "grant ann done", "disconnect ann failed"])
        let next = await fixture.apply()
        #expect(next.only.ends == ["disconnect ann failed"] && next.verdict == .partialFailure)
        fixture.database.update { $0.failure = { _ in nil } }
        #expect(await fixture.apply().only.ends == ["disconnect ann done"])
        #expect(await fixture.plan().only.plan?.isInSync == true)
    }
}
