// SPDX-License-Identifier: Apache-2.0

package import SSOSyncCore

extension ScratchServer {
    package func rolesHeld(by account: AccountName) async throws -> [String] {
        try await superuser(
            """
            SELECT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid
            JOIN pg_roles a ON a.oid = m.member
            WHERE a.rolname = \(Self.literal(account)) AND r.rolname <> 'rds_iam' ORDER BY 1
            """
        )
    }

    package func mayLogIn(_ account: AccountName, standby: Bool) async throws -> Bool? {
        let rows = try await superuser(
            "SELECT rolcanlogin FROM pg_roles WHERE rolname = \(Self.literal(account))",
            standby: standby
        )
        return rows.first.map { $0 == "t" }
    }

    package func sessions(of accounts: [AccountName], standby: Bool) async throws -> Int {
        let names = accounts.map(Self.literal).joined(separator: ", ")
        let rows = try await superuser(
            "SELECT count(*) FROM pg_stat_activity WHERE usename IN (\(names))",
            standby: standby
        )
        return rows.first.flatMap { Int($0) } ?? -1
    }

    private static func literal(_ account: AccountName) -> String {
        "'" + account.rawValue.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }
}
