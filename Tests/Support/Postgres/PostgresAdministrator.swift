// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
package import SSOSyncPostgres
package import SSOSyncSQL

/// A superuser of PostgreSQL.
package struct PostgresAdministrator: TestAdministrator {
    package let connection: PostgresConnection

    package init(_ connection: PostgresConnection) { self.connection = connection }

    package func state() async throws -> ServerState { try await ServerState(connection) }

    package func dropMarkedAccounts() async throws {
        try await connection.execute(
            """
            DO $$ DECLARE account text; BEGIN
                FOR account IN SELECT rolname FROM pg_roles WHERE shobj_description(oid, 'pg_authid') LIKE '%"sso-sync"%'
                LOOP EXECUTE format('DROP ROLE %I', account); END LOOP;
            END $$
            """
        )
    }

    package func close() async { await connection.close() }
}

extension ScratchServer {
    package func openAdministrator() async throws -> PostgresAdministrator {
        PostgresAdministrator(try await openSuperuser())
    }

    /// Opens a session of a superuser, past everything that is tested; quicker than ``superuser(_:database:standby:)``
    /// for many small things.
    package func openSuperuser() async throws -> PostgresConnection {
        try await superuser(
            """
            DO $$ BEGIN
                IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'dba') THEN
                    CREATE ROLE dba LOGIN SUPERUSER PASSWORD 'dba-pw';
                END IF;
            END $$
            """
        )
        let connection = try await connect(as: "dba", secret: Secret("dba-pw"))
        try await connection.execute("SET idle_session_timeout = 0; SET lock_timeout = 0; SET statement_timeout = 0")
        return connection
    }
}

extension PostgresConnection {
    /// The first column of the only result.
    package func column(_ statement: SQLText) async throws -> [String] {
        let result = try await query(statement)
        return (0..<result.rowCount).map { result.string($0, 0) ?? "" }
    }
}
