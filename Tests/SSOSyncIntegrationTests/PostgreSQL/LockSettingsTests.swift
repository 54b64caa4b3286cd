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

    /// The server takes them for two locks, so that each has to look after it has taken its own.
    @Test(arguments: World.postgresVersions)
    func `of two who take the lock in two databases at the same moment, never both have it`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            try await world.postgres.superuser("CREATE DATABASE other")
            let sessions = [
                try await world.provisioner().openSession(Self.reading),
                try await world.provisioner { $0.database = "other" }.openSession(Self.reading),
            ]
            let connections = try sessions.map { try #require($0 as? PostgresSession).connection }
            var taken = 0
            for _ in 0..<400 {
                async let first = Self.take(connections[0])
                async let second = Self.take(connections[1])
                let both = await [first, second]
                #expect(both != [true, true])
                taken += both.count(where: \.self)
                for connection in connections { await ProvisionerLock.release(on: connection) }
            }
            #expect(taken > 0)
            for session in sessions { await session.close() }
        }
    }

    /// It has no session that could be ended, and is there after a restart.
    @Test(arguments: World.postgresVersions)
    func `a prepared transaction that holds the lock is told by its name, and how it is ended`(version: Int)
        async throws
    {
        try await World.with(postgres: version) { world in
            _ = try await world.postgres.superuser("ALTER SYSTEM SET max_prepared_transactions = 1")
            try await world.server.restart()
            let (first, second) = ProvisionerLock.key
            _ = try await world.postgres.superuser(
                "BEGIN; SELECT pg_advisory_xact_lock(\(first), \(second)); PREPARE TRANSACTION 'it''s\u{202E} mine'"
            )
            for isRestarted in [false, true] {
                if isRestarted { try await world.server.restart() }
                let report = try await world.run()
                #expect(report.verdict == .busy)
                let message = report.failure?.message ?? ""
                let holder =
                    #"the transaction "it's\u{202E} mine" that rdsadmin has prepared in postgres: end it there"#
                #expect(message.contains(holder), "\(message)")
            }
            _ = try await world.postgres.superuser("ROLLBACK PREPARED 'it''s\u{202E} mine'")
            #expect(try await world.run().verdict == .inSync)
        }
    }

    private static var reading: SessionAccess {
        SessionAccess(.reading, runId: "test", deadline: .now.advanced(by: .seconds(30)))
    }

    private static func take(_ connection: PostgresConnection) async -> Bool {
        let lock = ProvisionerLock(connection: connection, target: "test")
        return (try? await lock.acquire(wait: 0, deadline: .now.advanced(by: .seconds(20)))) != nil
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
