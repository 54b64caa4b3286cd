// SPDX-License-Identifier: Apache-2.0

package import SSOSyncCore
import SSOSyncMySQL
import SSOSyncSQL

extension MySQLScratchServer {
    package func rolesHeld(by account: AccountName) async throws -> [String] {
        try await superuser(
            "SELECT FROM_USER FROM mysql.role_edges WHERE TO_USER = \(Self.literal(account)) ORDER BY 1"
        )
    }

    package func mayLogIn(_ account: AccountName, standby: Bool) async throws -> Bool? {
        let rows = try await superuser(
            "SELECT account_locked FROM mysql.user WHERE User = \(Self.literal(account))",
            standby: standby
        )
        return rows.first.map { $0 == "N" }
    }

    /// Without logins that are still being looked at: one that is refused shows up for a moment.
    package func sessions(of accounts: [AccountName], standby: Bool) async throws -> Int {
        let names = accounts.map(Self.literal).joined(separator: ", ")
        let rows = try await superuser(
            "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER IN (\(names)) AND COMMAND <> 'Connect'",
            standby: standby
        )
        return rows.first.flatMap { Int($0) } ?? -1
    }

    package func logStatements() async throws {
        try await superuser("SET GLOBAL log_output = 'TABLE'; SET GLOBAL general_log = ON")
    }

    package func changes(by login: String) async throws -> [String] {
        try await superuser(
            """
            SELECT CONVERT(argument USING utf8mb4) FROM mysql.general_log WHERE user_host LIKE '%\(login)%'
                AND argument REGEXP '^(CREATE|ALTER|DROP|GRANT|REVOKE|RENAME|SET DEFAULT)'
            """
        )
    }

    package static func literal(_ account: AccountName) -> String {
        let escaped = account.rawValue.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
        return "'" + escaped.split(separator: "\\", omittingEmptySubsequences: false).joined(separator: "\\\\") + "'"
    }
}
