// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@Suite("Grants that others gave, and roles that nobody may have", .serialized)
struct GrantsTests {
    // MARK: Grantors

    @Test(arguments: World.engines)
    func `a role that was passed on is never revoked with CASCADE, and stops no other revocation`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            for user: UserId in ["ann", "bob", "stays"] { world.set(user, in: ["readers", "writers"]) }
            try await world.apply()
            let dba = try await world.server.openAdministrator()
            try await dba.createRole("carl")
            for account: AccountName in ["ann", "bob"] {
                try await dba.letPassOn("readers", by: account)
                try await dba.passOn("readers", from: account, to: "carl", withAdmin: false)
            }

            world.set("ann", in: [])
            world.set("bob", in: [])
            world.add("bob", to: "writers")
            let report = try await world.run()
            #expect(report.verdict == .inSync, "\(report.failedOutcomes.map { "\($0.operation) \($0.result)" })")
            #expect(try await world.rolesHeld(by: "carl").contains("readers"))
            #expect(await !world.canLogIn("ann"))
            try await Self.untie(world, report)
            #expect(try await world.plan().isInSync)
            #expect(try await world.rolesHeld(by: "ann") == [])
            #expect(try await world.rolesHeld(by: "bob") == ["writers"])
            #expect(try await world.rolesHeld(by: "carl") == ["readers"])
        }
    }

    /// Where grantors are recorded, what was passed on holds the grant that it hangs on: the report says how to untie it.
    private static func untie(_ world: World, _ report: TargetReport) async throws {
        guard world.engine.othersGrantsStay else { return }
        #expect(try await world.rolesHeld(by: "ann") == ["readers"])
        #expect(try await world.rolesHeld(by: "bob") == ["readers", "writers"])
        try await world.postgres.superuser("GRANT readers TO carl")
        // Who stays goes on using it.
        for (account, kind) in [("ann", .irrevocableMembership), ("bob", .lostRoleKept)]
            as [(AccountName, Finding.Kind)]
        {
            let finding = try #require(report.findings(kind, of: account).first)
            #expect(!finding.statements.joined().contains("CASCADE"))
            #expect(finding.message.hasSuffix("\(account) has passed it on, and that has to be taken back first"))
            try await world.postgres.master(finding.statements.joined(separator: "\n"))
        }
        // Rights that were lent are given back.
        #expect(try await world.postgres.superuser(ScratchServer.rightsOfMaster) == [])
        try await world.apply()
    }

    @Test(arguments: World.engines)
    func `a membership that the master granted is reported with the statement by which the master takes it back`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            for user: UserId in ["ann", "bob"] { world.set(user, in: ["readers"]) }
            world.set("stays", in: ["readers", "writers"])
            try await world.apply()
            for account: AccountName in ["ann", "bob"] {
                try await world.server.grantAsMaster("writers", to: account)
            }
            world.set("ann", in: [])
            let report = try await world.run()
            #expect(report.verdict == .inSync, "\(report.failedOutcomes)")
            #expect(await !world.canLogIn("ann"))
            let (left, stays) = (report.findings(.irrevocableMembership), report.findings(.lostRoleKept))
            let statements = (left + stays).flatMap(\.statements)
            if engine.othersGrantsStay {
                #expect(
                    statements == ["ann", "bob"].map { "REVOKE \"writers\" FROM \"\($0)\" GRANTED BY \"postgres\";" }
                )
                #expect(left.map(\.account) == ["ann"] && stays.map(\.account) == ["bob"])
                #expect(try await world.rolesHeld(by: "ann") == ["writers"])
                #expect(try await world.rolesHeld(by: "bob") == ["readers", "writers"])
                try await world.postgres.master(statements.joined())
            } else {
                #expect(statements == [])
            }
            #expect(try await world.rolesHeld(by: "ann") == [])
            #expect(try await world.rolesHeld(by: "bob") == ["readers"])
            let after = try await world.run()
            #expect(after.findings(.irrevocableMembership) == [] && after.findings(.lostRoleKept) == [])
        }
    }

    // MARK: Roles that nobody may have

    @Test(arguments: World.engines)
    func `a role that is privileged, or inherits one that is, is granted to nobody, and the other roles are`(
        engine: TestEngine
    ) async throws {
        let direct = engine.privileges.map { RoleName("has \($0)") }
        let indirect = engine.privileges.map { RoleName("inherits \($0)") }
        let privileged = direct + indirect
        try await World.with(engine, roles: ["readers"] + privileged) { world in
            let dba = try await world.server.openAdministrator()
            for (number, right) in engine.privileges.enumerated() {
                let between = RoleName("between \(number)")
                try await dba.give(right, to: AccountName(direct[number].rawValue))
                try await dba.createRole(between)
                try await dba.grant(direct[number], to: AccountName(between.rawValue))
                try await dba.grant(between, to: AccountName(indirect[number].rawValue))
            }
            world.set("ann", in: ["readers"] + privileged)
            world.set("bob", in: ["readers"])
            let report = try await world.run()
            #expect(report.verdict == .inSync, "\(report.failedOutcomes)")
            #expect(Set(report.conflicts(.rolePrivileged).compactMap(\.role)) == Set(privileged))
            for role in indirect {
                let message = report.conflicts(.rolePrivileged).first { $0.role == role }?.message ?? ""
                #expect(message.contains("inherits"), "\(message)")
            }
            #expect(try await world.rolesHeld(by: "ann") == ["readers"])
            #expect(try await world.rolesHeld(by: "bob") == ["readers"])
        }
    }

    @Test(arguments: World.engines)
    func `a group whose role is missing on the target is a conflict, and its members get their other roles`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let policy = world.policy(withGroupsFor: ["ghosts"])
            world.set("ann", in: ["readers"])
            world.add("ann", to: "ghosts")
            world.set("bob", in: ["writers"])
            let report = try await world.run(policy: policy)
            #expect(report.conflicts(.roleMissing).map(\.role) == ["ghosts"])
            #expect(try await world.rolesHeld(by: "ann") == ["readers"])
            #expect(try await world.rolesHeld(by: "bob") == ["writers"])
        }
    }
}
