// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
package import SSOSyncMySQL
import SSOSyncSQL

extension ServerState {
    /// What a superuser of MySQL sees.
    package init(_ superuser: MySQLConnection) async throws {
        let result = try await superuser.query(
            """
            SELECT u.User, u.account_locked = 'N', u.plugin = 'AWSAuthenticationPlugin',
                CONCAT('{"sso-sync": ', u.User_attributes->'$.metadata."sso-sync"', '}'),
                CONCAT_WS(' ', IF(u.Super_priv = 'Y', 'SUPER', NULL), IF(u.Create_user_priv = 'Y', 'CREATE USER', NULL),
                    IF(u.Process_priv = 'Y', 'PROCESS', NULL), IF(u.File_priv = 'Y', 'FILE', NULL),
                    (SELECT GROUP_CONCAT(PRIV ORDER BY PRIV SEPARATOR ' ') FROM mysql.global_grants g
                        WHERE g.USER = u.User AND g.HOST = u.Host)),
                (SELECT GROUP_CONCAT(CONCAT_WS(CHAR(2), e.FROM_USER, e.WITH_ADMIN_OPTION,
                    IF(d.USER IS NULL, 'idle', 'active')) ORDER BY e.FROM_USER SEPARATOR '\u{1}')
                    FROM mysql.role_edges e LEFT JOIN mysql.default_roles d ON d.USER = e.TO_USER AND d.HOST = e.TO_HOST
                        AND d.DEFAULT_ROLE_USER = e.FROM_USER AND d.DEFAULT_ROLE_HOST = e.FROM_HOST
                    WHERE e.TO_USER = u.User AND e.TO_HOST = u.Host)
            FROM mysql.user u WHERE u.User NOT LIKE 'mysql.%' AND u.User NOT IN ('root', 'rdsrepladmin')
            """
        )
        self.init((0..<result.rowCount).map { AccountState(result, $0) })
    }
}

extension AccountState {
    fileprivate init(_ result: MySQLResult, _ row: Int) {
        let edges = (result.string(row, 5) ?? "").split(separator: "\u{1}").map(String.init).sorted()
        self.init(
            name: AccountName(result.string(row, 0) ?? ""),
            canLogIn: result.bool(row, 1) ?? false,
            usesIAM: result.bool(row, 2) ?? false,
            roles: Set(edges.compactMap { $0.split(separator: "\u{2}").first.map(String.init) }),
            rolesFromOthers: [],
            attributes: result.string(row, 4) ?? "",
            markerText: result.string(row, 3) ?? "",
            details: edges
        )
    }
}
