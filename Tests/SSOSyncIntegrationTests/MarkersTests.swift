// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@Suite("Markers that are not what they seem")
struct MarkersTests {
    @Test(arguments: World.engines)
    func `a marker copied to a service account makes it nobody's: it is neither locked nor renamed nor granted`(
        engine: TestEngine
    ) async throws {
        try await withAnn(engine) { world, dba in
            try await dba.createAccount("billing", .password("x"), roles: ["readers"])
            try await dba.createAccount("robot", .token, roles: ["readers"])
            let marker = try #require(try await dba.state()["ann"]).markerText
            for name: AccountName in ["billing", "robot"] { try await dba.writeMarker(marker, on: name) }
            let before = try await dba.state()
            try await expectUntouched(["billing", "robot"], world, dba, before)
            #expect(try await world.apply().verdict == .inSync)
            world.set("ann", in: [])
            try await expectUntouched(["billing", "robot"], world, dba, before)
            // The robot could be an account of ann's that somebody has renamed, and ann in by it.
            let report = try await world.apply()
            #expect(report.verdict == .partialFailure)
            #expect(report.plan?.content.conflicts.filter { $0.kind == .leaverNotLocked }.map(\.account) == ["robot"])
            #expect(await !world.canLogIn("ann"))
            world.delete("ann")
            world.pass(seconds: 90_000)
            try await expectUntouched(["billing", "robot"], world, dba, before)
        }
    }

    @Test(arguments: World.engines)
    func `a marker forged with the right name does not make a password login ours`(engine: TestEngine) async throws {
        try await withAnn(engine) { world, dba in
            try await dba.createAccount("billing", .password("x"), roles: ["writers"])
            let forged = Marker(
                owner: World.owner,
                directory: World.directoryId,
                user: "nobody",
                name: "billing",
                asOf: world.now,
                joined: world.now
            )
            try await dba.writeMarker(forged.text, on: "billing")
            let before = try await dba.state()
            let report = try await world.apply()
            #expect(report.outcomes.isEmpty)
            #expect(report.plan?.content.conflicts.map(\.kind) == [.leaverNotLocked])
            #expect(try await dba.state() == before)
            let billing = try await world.server.logIn(as: "billing", password: Secret("x"))
            await billing.close()
        }
    }

    @Test(arguments: World.engines)
    func `whoever left and was locked by hand under a protected name fails each run until the session is gone`(
        engine: TestEngine
    ) async throws {
        try await withAnn(engine) { world, dba in
            let session = try await world.server.logIn(as: "ann")
            try await dba.setLogin(false, of: "ann")
            world.set("ann", in: [])
            let policy = world.policy(protectedNames: [Glob("a*")])
            for _ in 1...2 {
                let report = try await world.apply(.everyone, policy)
                #expect(report.outcomes.isEmpty)
                #expect(report.plan?.content.conflicts.map(\.kind) == [.leaverNotLocked])
                #expect(report.verdict == .partialFailure)
            }
            await session.close()
            try await eventually("the server has noticed that the session is over") {
                try await dba.sessions(of: "ann") == 0
            }
            let report = try await world.apply(.everyone, policy)
            #expect(report.plan?.content.conflicts.map(\.kind) == [.unexpectedShape])
        }
    }

    @Test(arguments: World.engines)
    func `another deployment's account is a conflict and is left alone, and so is another directory's`(
        engine: TestEngine
    ) async throws {
        try await withAnn(engine) { world, dba in
            let others: [(DeploymentOwner, DirectoryId)] = [("other", World.directoryId), (World.owner, "d-other")]
            for (owner, directory) in others {
                let marker = Marker(owner: owner, directory: directory, user: "ann", name: "ann", asOf: world.now)
                try await dba.writeMarker(marker.text, on: "ann")
                try await expectConflict(.nameTaken, of: "ann", world, dba)
                world.set("ann", in: [])
                let before = try await dba.state()
                let report = try await world.apply()
                #expect(report.outcomes.isEmpty)
                let isOurs = owner == World.owner
                #expect(report.plan?.content.findings.map(\.kind) == (isOurs ? [.otherDirectory] : []))
                #expect(try await dba.state() == before)
                world.set("ann", in: ["readers"])
            }
        }
    }

    @Test(arguments: World.engines.flatMap { engine in engine.unreadableMarkers.map { (engine, $0) } })
    func `a marker of a newer version or a damaged one is a conflict, and the account is left alone`(
        engine: TestEngine,
        text: String
    ) async throws {
        try await withAnn(engine) { world, dba in
            try await dba.writeMarker(text, on: "ann")
            try await expectConflict(.nameTaken, of: "ann", world, dba)
            world.delete("ann")
            let before = try await dba.state()
            let report = try await world.apply()
            #expect(report.outcomes.isEmpty)
            #expect(try await dba.state() == before)
            // Nobody can know whose account it is, so nobody locks it; that must not pass in silence.
            let findings = report.plan?.content.findings
            #expect(findings?.map(\.kind) == [.unreadableMarker])
            #expect(findings?.map(\.account) == ["ann"])
        }
    }

    @Test(arguments: World.engines, [nil, "payroll, ask Joe"] as [String?])
    func `a marker that a DBA's COMMENT has overwritten leaves an unmarked IAM login, which is reported`(
        engine: TestEngine,
        text: String?
    ) async throws {
        try await withAnn(engine) { world, dba in
            try await dba.overwriteMarker(of: "ann", with: text)
            let report = try await expectConflict(.nameTaken, of: "ann", world, dba)
            let findings = report.plan?.content.findings.filter { $0.kind == .unmarkedIAMLogin }
            #expect(findings?.map(\.account) == ["ann"])
            world.delete("ann")
            let later = try await world.apply()
            #expect(later.outcomes.isEmpty)
            #expect(later.plan?.content.findings.map(\.kind) == [.unmarkedIAMLogin])
        }
    }

    // MARK: Helpers

    private func withAnn(_ engine: TestEngine, _ body: (World, any TestAdministrator) async throws -> Void) async throws
    {
        try await World.with(engine) { world in
            let dba = try await world.server.openAdministrator()
            world.set("ann", in: ["readers"])
            world.set("bob", in: ["readers", "writers"])
            try await world.apply()
            try await body(world, dba)
            #expect(await world.canLogIn("bob"))
        }
    }

    @discardableResult
    private func expectConflict(
        _ kind: Conflict.Kind,
        of user: UserId,
        _ world: World,
        _ dba: any TestAdministrator
    ) async throws -> TargetReport {
        let before = try await dba.state()
        let report = try await world.apply()
        #expect(report.outcomes.isEmpty)
        #expect(report.plan?.content.conflicts.map(\.kind) == [kind])
        #expect(report.plan?.content.conflicts.map(\.user) == [user])
        #expect(try await dba.state() == before)
        return report
    }

    private func expectUntouched(
        _ names: [AccountName],
        _ world: World,
        _ dba: any TestAdministrator,
        _ before: ServerState
    ) async throws {
        let report = await world.engine().apply().targets.first
        let after = try await dba.state()
        for name in names {
            #expect(after[name] == before[name])
            #expect(report?.outcomes.contains { $0.operation.account == name } == false)
            #expect(report?.plan?.content.conflicts.contains { $0.account == name } == true)
        }
    }
}
