// SPDX-License-Identifier: Apache-2.0

import Foundation
package import SSOSyncCore
package import SSOSyncMySQL
package import SSOSyncSQL

/// A superuser of MySQL.
package struct MySQLAdministrator: TestAdministrator {
    package let connection: MySQLConnection
    private let server: MySQLScratchServer

    fileprivate init(_ connection: MySQLConnection, of server: MySQLScratchServer) {
        (self.connection, self.server) = (connection, server)
    }

    package func state() async throws -> ServerState { try await ServerState(connection) }

    /// A login that the server is about to refuse shows for a moment.
    package func sessions(of account: AccountName) async throws -> Int {
        let rows = try await connection.column(
            """
            SELECT COUNT(*) FROM information_schema.PROCESSLIST
            WHERE USER = \(literal: account.rawValue) AND COMMAND <> 'Connect'
            """
        )
        return rows.first.flatMap { Int($0) } ?? -1
    }

    package func isAsleep(_ account: AccountName) async throws -> Bool {
        try await connection.column(
            """
            SELECT COUNT(*) FROM information_schema.PROCESSLIST
            WHERE USER = \(literal: account.rawValue) AND STATE = 'User sleep'
            """
        ) == ["1"]
    }

    /// The server gives its accounts no number, so they get a tag, among their attributes, when they are first asked for it.
    package func identity(of account: AccountName) async throws -> String {
        let question: SQLText = """
            SELECT User_attributes->>'$.metadata."test-identity"' FROM mysql.user
            WHERE User = \(literal: account.rawValue) AND User_attributes->'$.metadata."test-identity"' IS NOT NULL
            """
        if let known = try await connection.column(question).first { return known }
        let tag = #"{"test-identity": "\#(UUID().uuidString)"}"#
        try await connection.query("ALTER USER \(literal: account.rawValue) ATTRIBUTE \(literal: tag)")
        return try await connection.column(question).first ?? ""
    }

    package func close() async { await connection.close() }

    // MARK: Accounts and roles

    package func createRole(_ role: RoleName) async throws {
        try await connection.query("CREATE ROLE \(literal: role.rawValue)")
    }

    package func createAccount(_ account: AccountName, _ login: ForeignLogin, roles: [RoleName]) async throws {
        let active: SQLText = roles.isEmpty ? "" : " DEFAULT ROLE " + roles.map { .literal($0.rawValue) }.joined()
        switch login {
        case .token:
            try await connection.query(
                "CREATE USER \(literal: account.rawValue) IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'\(active) REQUIRE SSL"
            )
        case .password(let password):
            try await connection.query(
                "CREATE USER \(literal: account.rawValue) IDENTIFIED BY \(literal: password)\(active)"
            )
        }
    }

    package func drop(_ account: AccountName) async throws {
        try await connection.query("DROP USER IF EXISTS \(literal: account.rawValue)")
    }

    package func dropMarkedAccounts() async throws {
        for name in try await connection.column(
            "SELECT User FROM mysql.user WHERE JSON_CONTAINS_PATH(User_attributes, 'one', '$.metadata.\"sso-sync\"')"
        ) { try await drop(AccountName(name)) }
    }

    package func setLogin(_ isAllowed: Bool, of account: AccountName) async throws {
        let state: SQLText = isAllowed ? "UNLOCK" : "LOCK"
        try await connection.query("ALTER USER \(literal: account.rawValue) ACCOUNT \(state)")
    }

    package func grant(_ role: RoleName, to member: AccountName, withAdmin: Bool) async throws {
        let option: SQLText = withAdmin ? " WITH ADMIN OPTION" : ""
        try await connection.query("GRANT \(literal: role.rawValue) TO \(literal: member.rawValue)\(option)")
    }

    /// MySQL does not record who granted a role.
    package func passOn(_ role: RoleName, from giver: AccountName, to member: AccountName, withAdmin: Bool) async throws
    {
        try await grant(role, to: member, withAdmin: withAdmin)
    }

    package func letPassOn(_ role: RoleName, by account: AccountName) async throws {
        try await grant(role, to: account, withAdmin: true)
    }

    /// A right that is no role is one on everything, and in capitals.
    package func give(_ right: String, to account: AccountName) async throws {
        guard !Self.isRole(right) else { return try await grant(RoleName(right), to: account) }
        try await server.superuser("GRANT \(right) ON *.* TO \(MySQLScratchServer.literal(account))")
    }

    package func take(_ right: String, from account: AccountName) async throws {
        let text = Self.isRole(right) ? MySQLScratchServer.literal(AccountName(right)) : "\(right) ON *.*"
        try await server.superuser("REVOKE \(text) FROM \(MySQLScratchServer.literal(account))")
    }

    private static func isRole(_ name: String) -> Bool { name != name.uppercased() }

    package func createDatabase(_ name: String, for account: AccountName) async throws {
        try await connection.query("CREATE DATABASE IF NOT EXISTS \(identifier: name)")
        try await connection.query("GRANT SELECT ON \(identifier: name).* TO \(literal: account.rawValue)")
    }

    // MARK: Markers

    /// What is no JSON cannot stand there, and stands as a string.
    package func writeMarker(_ text: String, on account: AccountName) async throws {
        try await overwriteMarker(of: account, with: nil)
        let isObject = try await connection.column("SELECT JSON_VALID(\(literal: text))") == ["1"]
        let attribute: SQLText =
            isObject ? .literal(text) : .literal("{\"sso-sync\": \(try await quoted(text))}")
        try await connection.query("ALTER USER \(literal: account.rawValue) ATTRIBUTE \(attribute)")
    }

    private func quoted(_ text: String) async throws -> String {
        try await connection.column("SELECT JSON_QUOTE(\(literal: text))").first ?? ""
    }

    package func overwriteMarker(of account: AccountName, with comment: String?) async throws {
        try await connection.query("ALTER USER \(literal: account.rawValue) ATTRIBUTE '{\"sso-sync\": null}'")
        guard let comment else { return }
        try await connection.query("ALTER USER \(literal: account.rawValue) COMMENT \(literal: comment)")
    }

    // MARK: Objects

    package func makeObject(_ name: String, ownedBy account: AccountName) async throws {
        try await connection.query("CREATE DATABASE IF NOT EXISTS app")
        try await connection.query(
            """
            CREATE DEFINER = \(literal: account.rawValue) FUNCTION app.\(identifier: name)() RETURNS TEXT DETERMINISTIC
                SQL SECURITY DEFINER RETURN CURRENT_USER()
            """
        )
    }

    package func owner(ofObject name: String) async throws -> AccountName? {
        let definer = try await connection.column(
            "SELECT DEFINER FROM information_schema.ROUTINES WHERE ROUTINE_NAME = \(literal: name)"
        ).first
        return definer.map { AccountName($0.hasSuffix("@%") ? String($0.dropLast(2)) : $0) }
    }

    // MARK: Getting in the way

    /// MySQL changes accounts without a transaction, so that whoever is in the way is in everybody's.
    package func hold(_ accounts: [AccountName]) async throws {
        try await connection.query("LOCK TABLES mysql.user READ")
    }

    package func letGo() async throws { try await connection.query("UNLOCK TABLES") }

    package func isProvisionerWaiting() async throws -> Bool {
        try await server.superuser(
            """
            SELECT COUNT(*) > 0 FROM information_schema.PROCESSLIST
            WHERE USER = 'sso_provisioner' AND STATE LIKE 'Waiting for %lock'
            """
        ) == ["1"]
    }

    package func waitersForProvisionerLock() async throws -> Int {
        try await connection.column(
            "SELECT ID FROM information_schema.PROCESSLIST WHERE STATE = 'User lock'"
        ).count
    }

    package func setReadOnly(_ isOn: Bool) async throws {
        let value: SQLText = isOn ? "ON" : "OFF"
        try await connection.query("SET GLOBAL super_read_only = \(value)")
        try await connection.query("SET GLOBAL read_only = \(value)")
    }
}

extension MySQLScratchServer {
    package func openAdministrator() async throws -> MySQLAdministrator {
        MySQLAdministrator(try await openSuperuser(), of: self)
    }

    /// Opens a session of a superuser, past everything that is tested.
    package func openSuperuser() async throws -> MySQLConnection {
        try await superuser(
            """
            CREATE USER IF NOT EXISTS dba IDENTIFIED BY 'dba-pw';
            GRANT ALL ON *.* TO dba WITH GRANT OPTION
            """
        )
        let connection = try await connect(as: "dba", secret: Secret("dba-pw"))
        try await connection.query("SET SESSION wait_timeout = 28800, lock_wait_timeout = 31536000")
        return connection
    }
}

extension MySQLConnection {
    /// The first column of the only result.
    package func column(_ statement: SQLText) async throws -> [String] {
        let result = try await query(statement)
        return (0..<result.rowCount).map { result.string($0, 0) ?? "" }
    }
}
