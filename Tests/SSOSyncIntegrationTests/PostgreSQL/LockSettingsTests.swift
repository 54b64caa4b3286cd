// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncSQL
import SSOSyncTestSupport
import Testing

@testable import SSOSyncPostgres

@Suite("The lock of PostgreSQL")
struct LockSettingsTests {
    @Test(arguments: World.postgresVersions)
    func `the lock held by a provisioner in another database means busy`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            try await world.postgres.superuser("CREATE DATABASE other")
            let provisioner = world.provisioner { $0.database = "other" }
            let other = try await provisioner.openSession(.writing("other"))
            #expect(try await world.run().verdict == .busy)
            await other.close()
            #expect(try await world.run().verdict == .inSync)
        }
    }

    @Test(arguments: World.postgresVersions)
    func `a session that writes is one that the server ends when it is silent for a minute`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            let session = try await world.provisioner().openSession(.writing("silent"))
            let connection = try #require(session as? PostgresSession).connection
            for setting: SQLText in ["idle_session_timeout", "idle_in_transaction_session_timeout"] {
                let rows = try await connection.column("SELECT setting FROM pg_settings WHERE name = '" + setting + "'")
                let milliseconds = try #require(rows.first.flatMap { Int($0) })
                #expect((1...60_000).contains(milliseconds), "\(setting)")
            }
            await session.close()
        }
    }
}
