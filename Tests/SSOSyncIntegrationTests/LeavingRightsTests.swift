// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

@Suite("Leaving with rights that somebody else gave", .serialized)
struct LeavingRightsTests {
    @Test(arguments: World.engines)
    func `a leaver is locked whatever attribute somebody gave it, or the run fails and names it`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let dba = try await world.server.openAdministrator()
            for name in engine.rights + ["stays"] { world.set(UserId(name), in: ["readers"]) }
            try await world.apply()
            for right in engine.rights {
                try await dba.give(right, to: AccountName(right))
                world.set(UserId(right), in: [])
            }
            let report = try await world.run { $0.outTimeout = .milliseconds(300) }
            let refused = engine.shieldingRights
            #expect(report.verdict == (refused.isEmpty ? .inSync : .partialFailure))
            for name in engine.rights.map(AccountName.init) {
                #expect(try await world.mayLogIn(name) == refused.contains(name.rawValue), "\(name)")
                #expect(report.outcome("lock", of: name)?.isDone == !refused.contains(name.rawValue), "\(name)")
                #expect(report.outcome("end-sessions", of: name)?.isDone == !refused.contains(name.rawValue), "\(name)")
                let keepsRoles = engine.shieldsRoles && refused.contains(name.rawValue)
                #expect(try await world.rolesHeld(by: name) == (keepsRoles ? ["readers"] : []), "\(name)")
            }
        }
    }

    @Test(arguments: World.engines)
    func
        `a leaver who was made a superuser fails the run by name, loses its roles where they can be taken, and keeps nobody else waiting`(
            engine: TestEngine
        ) async throws
    {
        try await World.with(engine) { world in
            for user: UserId in ["ann", "bob", "carl"] { world.set(user, in: ["readers"]) }
            try await world.apply()
            let dba = try await world.server.openAdministrator()
            let session = try await world.server.logIn(as: "ann")
            try await dba.give(engine.superuserRight, to: "ann")
            for user: UserId in ["ann", "bob"] { world.set(user, in: []) }
            world.set("dora", in: ["readers"])
            let report = try await world.run { $0.outTimeout = .milliseconds(300) }
            #expect(report.verdict == .partialFailure)
            #expect(report.failure == nil)
            #expect(Set(report.failedOutcomes.map(\.operation.account)) == ["ann"])
            #expect(report.outcome("lock", of: "ann")?.error?.code == .privilege)
            #expect(report.outcome("end-sessions", of: "ann")?.error?.code == .notOut)
            if case .postgres = engine {
                // Only a superuser may end a superuser's session: it was not even told to.
                #expect(report.outcome("end-sessions", of: "ann")?.sessionsEnded == 0)
                try await session.check()
            }
            #expect(try await world.rolesHeld(by: "ann") == (engine.shieldsRoles ? ["readers"] : []))
            #expect(report.outcome("end-sessions", of: "bob")?.isDone == true)
            #expect(await !world.canLogIn("bob"))
            #expect(await world.canLogIn("dora"))
        }
    }

    @Test(arguments: World.engines)
    func `leavers of whom all were made superusers fail one by one, and joiners get in`(engine: TestEngine) async throws
    {
        try await World.with(engine) { world in
            for user: UserId in ["ann", "bob"] { world.set(user, in: ["readers"]) }
            try await world.apply()
            let dba = try await world.server.openAdministrator()
            for account: AccountName in ["ann", "bob"] { try await dba.give(engine.superuserRight, to: account) }
            for user: UserId in ["ann", "bob"] { world.set(user, in: []) }
            world.set("carl", in: ["readers"])
            let report = try await world.run { $0.outTimeout = .milliseconds(300) }
            #expect(report.verdict == .partialFailure)
            #expect(report.failure == nil, "\(report.failure as Any)")
            #expect(Set(report.failedOutcomes.map(\.operation.account)) == ["ann", "bob"])
            #expect(try await world.rolesHeld(by: "ann") == (engine.shieldsRoles ? ["readers"] : []))
            #expect(await world.canLogIn("carl"))
        }
    }
}
