// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
package import SSOSyncMySQL
import SSOSyncSQL

extension ServerState {
    /// What a superuser of MySQL sees.
    package init(_ superuser: MySQLConnection) async throws {
        let results = try await superuser.execute([
            """
            SELECT User, Host, account_locked, plugin,
                COALESCE(JSON_EXTRACT(User_attributes, '$.metadata."sso-sync"'), ''),
                CONCAT_WS(' ', COALESCE(User_attributes, ''), authentication_string, ssl_type, max_user_connections)
            FROM mysql.user WHERE User NOT LIKE 'mysql.%'
            """,
            "SELECT TO_USER, TO_HOST, FROM_USER, WITH_ADMIN_OPTION FROM mysql.role_edges",
            "SELECT USER, HOST, DEFAULT_ROLE_USER FROM mysql.default_roles",
            """
            SELECT GRANTEE, IF(IS_GRANTABLE = 'YES', CONCAT(PRIVILEGE_TYPE, ' GRANTABLE'), PRIVILEGE_TYPE)
            FROM information_schema.USER_PRIVILEGES WHERE PRIVILEGE_TYPE <> 'USAGE' OR IS_GRANTABLE = 'YES'
            """,
        ])
        let edges = Self.grouped(results[1]) { rows, row in
            (rows.string(row, 2) ?? "", (rows.string(row, 3) ?? "N") == "Y")
        }
        let defaults = Self.grouped(results[2]) { rows, row in rows.string(row, 2) ?? "" }
        let privileges = Dictionary(grouping: 0..<results[3].rowCount) { results[3].string($0, 0) ?? "" }
            .mapValues { rows in rows.map { results[3].string($0, 1) ?? "" } }
        let accounts = results[0]
        self.init(
            (0..<accounts.rowCount).map { row in
                let id = Id(user: accounts.string(row, 0) ?? "", host: accounts.string(row, 1) ?? "")
                return AccountState(
                    id,
                    accounts,
                    row,
                    edges: edges[id] ?? [],
                    defaults: defaults[id] ?? [],
                    privileges: privileges["'\(id.user)'@'\(id.host)'"] ?? []
                )
            }
        )
    }

    /// An account, or a role, which is one.
    fileprivate struct Id: Hashable {
        let user: String
        let host: String

        /// By bytes, which Swift's strings do not compare.
        static func == (left: Id, right: Id) -> Bool {
            AccountName(left.user) == AccountName(right.user) && left.host == right.host
        }

        /// Accounts of other hosts than all are none that we make.
        var name: AccountName { AccountName(host == "%" ? user : "\(user)@\(host)") }
    }

    private static func grouped<Value>(_ rows: MySQLResult, _ value: (MySQLResult, Int) -> Value) -> [Id: [Value]] {
        let indices = Dictionary(grouping: 0..<rows.rowCount) {
            Id(user: rows.string($0, 0) ?? "", host: rows.string($0, 1) ?? "")
        }
        return indices.mapValues { $0.map { value(rows, $0) } }
    }
}

extension AccountState {
    fileprivate init(
        _ id: ServerState.Id,
        _ rows: MySQLResult,
        _ row: Int,
        edges: [(role: String, withAdmin: Bool)],
        defaults: [String],
        privileges: [String]
    ) {
        let marker = rows.string(row, 4) ?? ""
        self.init(
            name: id.name,
            canLogIn: rows.string(row, 2) == "N",
            usesIAM: rows.string(row, 3) == "AWSAuthenticationPlugin",
            roles: Set(edges.map(\.role)),
            // The engine does not record who granted a role.
            rolesFromOthers: [],
            attributes: privileges.sorted().joined(separator: " "),
            markerText: marker.isEmpty ? "" : #"{"sso-sync":\#(marker)}"#,
            details: [rows.string(row, 5) ?? ""] + edges.map { "\($0.role) \($0.withAdmin)" }.sorted()
                + defaults.sorted()
        )
    }
}
