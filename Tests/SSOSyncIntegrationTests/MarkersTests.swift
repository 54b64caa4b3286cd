// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncPostgres
import SSOSyncSQL
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@Suite("Markers that are not what they seem")
struct MarkersTests {
    @Test(arguments: World.postgresVersions)
    func `a marker copied to a service account makes it nobody's: it is neither locked nor renamed nor granted`(
        version: Int
    ) async throws {
        try await withAnn(version) { world, superuser in
            try await superuser.execute(
                """
                CREATE ROLE billing LOGIN PASSWORD 'x'; CREATE ROLE robot LOGIN;
                GRANT readers TO billing; GRANT readers, rds_iam TO robot
                """
            )
            let marker = try await comment(of: "ann", superuser)
            for name in ["billing", "robot"] { try await set(marker, on: name, superuser) }
            let before = try await ServerState(superuser)
            try await expectUntouched(["billing", "robot"], world, superuser, before)
            world.set("ann", in: [])
            try await expectUntouched(["billing", "robot"], world, superuser, before)
            #expect(await !world.canLogIn("ann"))
            world.delete("ann")
            world.pass(seconds: 90_000)
            try await expectUntouched(["billing", "robot"], world, superuser, before)
        }
    }

    @Test(arguments: World.postgresVersions)
    func `a marker forged with the right name does not make a password login ours`(version: Int) async throws {
        try await withAnn(version) { world, superuser in
            try await superuser.execute("CREATE ROLE billing LOGIN PASSWORD 'x'; GRANT writers TO billing")
            let forged = Marker(
                owner: World.owner,
                directory: World.directoryId,
                user: "nobody",
                name: "billing",
                asOf: world.now,
                joined: world.now
            )
            try await set(forged.text, on: "billing", superuser)
            let before = try await ServerState(superuser)
            let report = try await world.apply()
            #expect(report.outcomes.isEmpty)
            #expect(report.plan?.content.conflicts.map(\.kind) == [.leaverNotLocked])
            #expect(try await ServerState(superuser) == before)
            let billing = try await world.postgres.connect(as: "billing", secret: Secret("x"))
            await billing.close()
        }
    }

    @Test(arguments: World.postgresVersions)
    func `another deployment's account is a conflict and is left alone, and so is another directory's`(
        version: Int
    ) async throws {
        try await withAnn(version) { world, superuser in
            let others: [(DeploymentOwner, DirectoryId)] = [("other", World.directoryId), (World.owner, "d-other")]
            for (owner, directory) in others {
                let marker = Marker(owner: owner, directory: directory, user: "ann", name: "ann", asOf: world.now)
                try await set(marker.text, on: "ann", superuser)
                try await expectConflict(.nameTaken, of: "ann", world, superuser)
                world.set("ann", in: [])
                let before = try await ServerState(superuser)
                #expect(try await world.apply().outcomes.isEmpty)
                #expect(try await ServerState(superuser) == before)
                world.set("ann", in: ["readers"])
            }
        }
    }

    @Test(
        arguments: World.postgresVersions,
        [
            #"{"sso-sync":{"v":2,"owner":"test","directory":"d-1234567890","user":"ann","mood":"good"}}"#,
            #"{"sso-sync":{"v":1,"owner":"test","directory":"d-1234567890","user":"ann""#, #"{"sso-sync":{}}"#,
            #"{"sso-sync":{"v":1,"owner":"test","directory":"d-1234567890","user":"ann","state":"unknown"}}"#,
            #"not JSON, but it says "sso-sync""#, #"{"sso-sync":{"v":99999999999999999999999}}"#,
        ]
    )
    func `a marker of a newer version or a damaged one is a conflict, and the account is left alone`(
        version: Int,
        text: String
    ) async throws {
        try await withAnn(version) { world, superuser in
            try await set(text, on: "ann", superuser)
            try await expectConflict(.nameTaken, of: "ann", world, superuser)
            world.delete("ann")
            let before = try await ServerState(superuser)
            #expect(try await world.apply().outcomes.isEmpty)
            #expect(try await ServerState(superuser) == before)
        }
    }

    @Test(arguments: World.postgresVersions, [nil, "payroll, ask Joe"] as [String?])
    func `a marker that a DBA's COMMENT has overwritten leaves an unmarked IAM login, which is reported`(
        version: Int,
        text: String?
    ) async throws {
        try await withAnn(version) { world, superuser in
            if let text {
                try await set(text, on: "ann", superuser)
            } else {
                try await superuser.execute("COMMENT ON ROLE ann IS NULL")
            }
            let report = try await expectConflict(.nameTaken, of: "ann", world, superuser)
            let findings = report.plan?.content.findings.filter { $0.kind == .unmarkedIAMLogin }
            #expect(findings?.map(\.account) == ["ann"])
            world.delete("ann")
            let later = try await world.apply()
            #expect(later.outcomes.isEmpty)
            #expect(later.plan?.content.findings.map(\.kind) == [.unmarkedIAMLogin])
        }
    }

    // MARK: Helpers

    private func withAnn(_ version: Int, _ body: (World, PostgresConnection) async throws -> Void) async throws {
        try await World.with(postgres: version) { world in
            let superuser = try await world.postgres.openSuperuser()
            world.set("ann", in: ["readers"])
            world.set("bob", in: ["readers", "writers"])
            try await world.apply()
            try await body(world, superuser)
            #expect(await world.canLogIn("bob"))
        }
    }

    private func comment(of role: String, _ superuser: PostgresConnection) async throws -> String {
        try await ServerState(superuser)[AccountName(role)]?.markerText ?? ""
    }

    private func set(_ comment: String, on role: String, _ superuser: PostgresConnection) async throws {
        try await superuser.execute("COMMENT ON ROLE \(identifier: role) IS \(literal: comment)")
    }

    @discardableResult
    private func expectConflict(
        _ kind: Conflict.Kind,
        of user: UserId,
        _ world: World,
        _ superuser: PostgresConnection
    ) async throws -> TargetReport {
        let before = try await ServerState(superuser)
        let report = try await world.apply()
        #expect(report.outcomes.isEmpty)
        #expect(report.plan?.content.conflicts.map(\.kind) == [kind])
        #expect(report.plan?.content.conflicts.map(\.user) == [user])
        #expect(try await ServerState(superuser) == before)
        return report
    }

    private func expectUntouched(
        _ names: [AccountName],
        _ world: World,
        _ superuser: PostgresConnection,
        _ before: ServerState
    ) async throws {
        let report = await world.engine().apply().targets.first
        let after = try await ServerState(superuser)
        for name in names {
            #expect(after[name] == before[name])
            #expect(report?.outcomes.contains { $0.operation.account == name } == false)
            #expect(report?.plan?.content.conflicts.contains { $0.account == name } == true)
        }
    }
}
