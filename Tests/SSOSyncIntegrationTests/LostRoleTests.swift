// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncMySQL
import SSOSyncPostgres
import SSOSyncSQL
import SSOSyncTestSupport
import Testing

/// Whoever stays, and loses a role that an open session is in: a gap that `Docs/safety.md` tells of.
@Suite("A role that is lost while its person is connected")
struct LostRoleTests {
    @Test(arguments: World.engines)
    func `a session keeps what it is in of a role that was revoked, until it ends, and no other has it`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            world.set("ann", in: ["readers", "writers"])
            try await world.apply()
            let before = try await RoleSession(world, in: "readers", as: "ann")
            try await before.read()
            world.set("ann", in: ["writers"])
            #expect(try await world.apply().outcomes.map(\.operation.label) == ["revoke"])
            #expect(try await world.rolesHeld(by: "ann") == ["writers"])
            try await before.read()
            await #expect(throws: (any Error).self) {
                try await RoleSession(world, in: "readers", as: "ann").read()
            }
        }
    }
}

/// A session that is in a role: that has become it, or is in the database where it may read by it.
private struct RoleSession {
    private let query: @Sendable () async throws -> Void

    init(_ world: World, in role: RoleName, as account: AccountName) async throws {
        if world.engine == .mysql {
            try await world.mysql.superuser(
                """
                CREATE DATABASE IF NOT EXISTS secrets; CREATE TABLE IF NOT EXISTS secrets.s (x int);
                GRANT SELECT ON secrets.* TO '\(role)'
                """
            )
            let connection = try await world.mysql.logIn(as: account)
            try await connection.execute(["USE secrets"], deadline: .now.advanced(by: .seconds(10)))
            query = { _ = try await connection.query("SELECT x FROM s", deadline: .now.advanced(by: .seconds(10))) }
        } else {
            try await world.postgres.superuser(
                "CREATE TABLE IF NOT EXISTS public.secrets (x int); GRANT SELECT ON public.secrets TO \"\(role)\""
            )
            let connection = try await world.postgres.logIn(as: account, standby: false, database: "postgres")
            try await connection.execute("SET ROLE \(identifier: role.rawValue)")
            query = { _ = try await connection.query("SELECT x FROM public.secrets") }
        }
    }

    /// Reads what nobody may read but by the role.
    func read() async throws { try await query() }
}
