// SPDX-License-Identifier: Apache-2.0

package import SSOSyncCore
package import SSOSyncPostgres
package import SSOSyncSQL

/// A superuser of PostgreSQL.
package struct PostgresAdministrator: TestAdministrator {
    package let connection: PostgresConnection
    private let server: ScratchServer

    fileprivate init(_ connection: PostgresConnection, of server: ScratchServer) {
        (self.connection, self.server) = (connection, server)
    }

    package func state() async throws -> ServerState { try await ServerState(connection) }

    package func sessions(of account: AccountName) async throws -> Int {
        let rows = try await connection.column(
            "SELECT count(*)::text FROM pg_stat_activity WHERE usename = \(literal: account.rawValue)"
        )
        return rows.first.flatMap { Int($0) } ?? -1
    }

    package func isAsleep(_ account: AccountName) async throws -> Bool {
        try await connection.column(
            """
            SELECT count(*)::text FROM pg_stat_activity
            WHERE usename = \(literal: account.rawValue) AND wait_event = 'PgSleep'
            """
        ) == ["1"]
    }

    package func identity(of account: AccountName) async throws -> String {
        try await connection.column("SELECT oid::text FROM pg_roles WHERE rolname = \(literal: account.rawValue)").first
            ?? ""
    }

    package func close() async { await connection.close() }

    // MARK: Accounts and roles

    package func createRole(_ role: RoleName) async throws {
        try await connection.execute("CREATE ROLE \(identifier: role.rawValue) NOLOGIN")
    }

    package func createAccount(_ account: AccountName, _ login: ForeignLogin, roles: [RoleName]) async throws {
        var script: SQLText = "CREATE ROLE \(identifier: account.rawValue) LOGIN"
        var roles = roles
        switch login {
        case .token: roles.append("rds_iam")
        case .password(let password): script = script + " PASSWORD \(literal: password)"
        }
        for role in roles {
            script = script + "; GRANT \(identifier: role.rawValue) TO \(identifier: account.rawValue)"
        }
        try await connection.execute(script)
    }

    package func drop(_ account: AccountName) async throws {
        try await connection.execute("DROP ROLE IF EXISTS \(identifier: account.rawValue)")
    }

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

    package func setLogin(_ isAllowed: Bool, of account: AccountName) async throws {
        let attribute: SQLText = isAllowed ? "LOGIN" : "NOLOGIN"
        try await connection.execute("ALTER ROLE \(identifier: account.rawValue) " + attribute)
    }

    package func grant(_ role: RoleName, to member: AccountName, withAdmin: Bool) async throws {
        let option: SQLText = withAdmin ? " WITH ADMIN OPTION" : ""
        try await connection.execute("GRANT \(identifier: role.rawValue) TO \(identifier: member.rawValue)" + option)
    }

    package func passOn(_ role: RoleName, from giver: AccountName, to member: AccountName, withAdmin: Bool) async throws
    {
        try await connection.execute("SET ROLE \(identifier: giver.rawValue)")
        try await grant(role, to: member, withAdmin: withAdmin)
        try await connection.execute("RESET ROLE")
    }

    package func letPassOn(_ role: RoleName, by account: AccountName) async throws {
        let grantor: SQLText = connection.serverVersion >= 160_000 ? " GRANTED BY sso_sync_grantor_test" : ""
        try await connection.execute(
            "GRANT \(identifier: role.rawValue) TO \(identifier: account.rawValue) WITH ADMIN OPTION" + grantor
        )
    }

    package func give(_ right: String, to account: AccountName) async throws {
        guard let attribute = Self.attributes[right] else { return try await grant(RoleName(right), to: account) }
        try await connection.execute("ALTER ROLE \(identifier: account.rawValue) " + attribute)
    }

    package func take(_ right: String, from account: AccountName) async throws {
        guard let attribute = Self.attributes[right] else {
            try await connection.execute("REVOKE \(identifier: right) FROM \(identifier: account.rawValue)")
            return
        }
        try await connection.execute("ALTER ROLE \(identifier: account.rawValue) NO" + attribute)
    }

    /// Rights that are no roles.
    private static let attributes: [String: SQLText] = [
        "SUPERUSER": "SUPERUSER", "CREATEROLE": "CREATEROLE", "BYPASSRLS": "BYPASSRLS", "REPLICATION": "REPLICATION",
        "CREATEDB": "CREATEDB",
    ]

    /// Everybody may be in every database unless somebody says otherwise.
    package func createDatabase(_ name: String, for account: AccountName) async throws {
        try await connection.execute("CREATE DATABASE \(identifier: name)")
    }

    // MARK: Markers

    package func writeMarker(_ text: String, on account: AccountName) async throws {
        try await connection.execute("COMMENT ON ROLE \(identifier: account.rawValue) IS \(literal: text)")
    }

    package func overwriteMarker(of account: AccountName, with comment: String?) async throws {
        let text: SQLText = comment.map { "\(literal: $0)" } ?? "NULL"
        try await connection.execute("COMMENT ON ROLE \(identifier: account.rawValue) IS " + text)
    }

    // MARK: Objects

    package func makeObject(_ name: String, ownedBy account: AccountName) async throws {
        try await connection.execute(
            """
            CREATE FUNCTION public.\(identifier: name)() RETURNS text LANGUAGE sql SECURITY DEFINER
                AS 'SELECT current_user::text';
            ALTER FUNCTION public.\(identifier: name)() OWNER TO \(identifier: account.rawValue)
            """
        )
    }

    package func owner(ofObject name: String) async throws -> AccountName? {
        try await connection.column(
            "SELECT pg_get_userbyid(proowner)::text FROM pg_proc WHERE proname = \(literal: name)"
        ).first.map(AccountName.init)
    }

    // MARK: Getting in the way

    package func hold(_ accounts: [AccountName]) async throws {
        if await !connection.isInTransaction { try await connection.execute("BEGIN") }
        for account in accounts {
            try await connection.execute(
                """
                ALTER ROLE \(identifier: account.rawValue) CONNECTION LIMIT 5;
                COMMENT ON ROLE \(identifier: account.rawValue) IS 'in the way'
                """
            )
        }
    }

    package func letGo() async throws { try await connection.execute("ROLLBACK") }

    package func isProvisionerWaiting() async throws -> Bool {
        // In a transaction the server answers with what it saw first.
        try await connection.execute("SELECT pg_stat_clear_snapshot()")
        return try await connection.column(
            """
            SELECT count(*)::text FROM pg_stat_activity
            WHERE usename = 'sso_provisioner' AND wait_event_type = 'Lock'
            """
        ) == ["1"]
    }

    package func waitersForProvisionerLock() async throws -> Int {
        try await connection.column("SELECT pid::text FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").count
    }

    package func setReadOnly(_ isOn: Bool) async throws {
        let value: SQLText = isOn ? "on" : "off"
        try await connection.execute("SET default_transaction_read_only = off")
        try await connection.execute("ALTER SYSTEM SET default_transaction_read_only = " + value)
        try await server.reloadSettings(
            connection,
            until: "SHOW default_transaction_read_only",
            is: isOn ? "on" : "off"
        )
    }
}

extension ScratchServer {
    package func openAdministrator() async throws -> PostgresAdministrator {
        PostgresAdministrator(try await openSuperuser(), of: self)
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

    /// Makes the server read its settings again, and waits until new sessions have a value.
    func reloadSettings(
        _ superuser: PostgresConnection,
        until question: SQLText,
        is value: String
    ) async throws {
        try await superuser.execute("SELECT pg_reload_conf()")
        try await eventually("the setting is \(value)") {
            let connection = try await connect(as: "postgres", secret: masterSecret.secret)
            let found = try await connection.column(question)
            await connection.close()
            return found == [value]
        }
    }
}

extension PostgresConnection {
    /// The first column of the only result.
    package func column(_ statement: SQLText) async throws -> [String] {
        let result = try await query(statement)
        return (0..<result.rowCount).map { result.string($0, 0) ?? "" }
    }
}
