// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncPostgres
import SSOSyncTestSupport
import Testing

@Suite("Leaving with rights that somebody else gave", .serialized)
struct LeavingRightsTests {
    private static let attributes = ["CREATEROLE", "BYPASSRLS", "REPLICATION", "CREATEDB"]

    @Test(arguments: World.postgresVersions)
    func `a leaver is locked whatever attribute somebody gave it, or the run fails and names it`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            for name in Self.attributes + ["stays"] { world.set(UserId(name), in: ["readers"]) }
            try await world.apply()
            for attribute in Self.attributes {
                try await world.postgres.superuser("ALTER ROLE \"\(attribute)\" \(attribute)")
                world.set(UserId(attribute), in: [])
            }
            let report = try await world.run { $0.outTimeout = .milliseconds(300) }
            // Before PostgreSQL 16 nobody but a superuser may touch a role with REPLICATION.
            let refused: Set<AccountName> = version == 15 ? ["REPLICATION"] : []
            #expect(report.verdict == (refused.isEmpty ? .inSync : .partialFailure))
            for name in Self.attributes.map(AccountName.init) {
                #expect(try await world.mayLogIn(name) == refused.contains(name), "\(name)")
                #expect(report.outcome("lock", of: name)?.isDone == !refused.contains(name), "\(name)")
                #expect(report.outcome("end-sessions", of: name)?.isDone == !refused.contains(name), "\(name)")
                #expect(try await world.rolesHeld(by: name) == [], "\(name)")
            }
        }
    }

    @Test(arguments: World.postgresVersions)
    func `a leaver who was made a superuser fails the run by name, loses its roles, and keeps nobody else waiting`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            for user: UserId in ["ann", "bob", "carl"] { world.set(user, in: ["readers"]) }
            try await world.apply()
            try await world.postgres.superuser("ALTER ROLE ann SUPERUSER")
            for user: UserId in ["ann", "bob"] { world.set(user, in: []) }
            world.set("dora", in: ["readers"])
            let report = try await world.run { $0.outTimeout = .milliseconds(300) }
            #expect(report.verdict == .partialFailure)
            #expect(report.failure == nil)
            #expect(Set(report.failedOutcomes.map(\.operation.account)) == ["ann"])
            #expect(report.outcome("lock", of: "ann")?.error?.code == .privilege)
            #expect(report.outcome("end-sessions", of: "ann")?.error?.code == .notOut)
            #expect(try await world.rolesHeld(by: "ann") == [])
            #expect(report.outcome("end-sessions", of: "bob")?.isDone == true)
            #expect(await !world.canLogIn("bob"))
            #expect(await world.canLogIn("dora"))
        }
    }

    @Test(arguments: World.postgresVersions)
    func `leavers of whom all were made superusers fail one by one, and joiners get in`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            for user: UserId in ["ann", "bob"] { world.set(user, in: ["readers"]) }
            try await world.apply()
            try await world.postgres.superuser("ALTER ROLE ann SUPERUSER; ALTER ROLE bob SUPERUSER")
            for user: UserId in ["ann", "bob"] { world.set(user, in: []) }
            world.set("carl", in: ["readers"])
            let report = try await world.run { $0.outTimeout = .milliseconds(300) }
            #expect(report.verdict == .partialFailure)
            #expect(report.failure == nil, "\(report.failure as Any)")
            #expect(Set(report.failedOutcomes.map(\.operation.account)) == ["ann", "bob"])
            #expect(try await world.rolesHeld(by: "ann") == [])
            #expect(await world.canLogIn("carl"))
        }
    }
}
