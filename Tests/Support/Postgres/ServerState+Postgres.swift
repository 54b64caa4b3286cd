// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
package import SSOSyncPostgres
import SSOSyncSQL

extension ServerState {
    /// What a superuser of PostgreSQL sees.
    package init(_ superuser: PostgresConnection) async throws {
        let version = superuser.serverVersion
        let options: SQLText = version >= 160_000 ? "m.inherit_option || '/' || m.set_option" : "''"
        let result = try await superuser.query(
            """
            SELECT r.rolname, r.rolcanlogin,
                concat_ws(' ', CASE WHEN r.rolsuper THEN 'SUPERUSER' END, CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END,
                    CASE WHEN r.rolcreatedb THEN 'CREATEDB' END, CASE WHEN r.rolreplication THEN 'REPLICATION' END,
                    CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END, CASE WHEN NOT r.rolinherit THEN 'NOINHERIT' END),
                coalesce(shobj_description(r.oid, 'pg_authid'), ''),
                coalesce(string_agg(
                    concat_ws(chr(2), p.rolname, g.rolname, m.admin_option::text, \(options)), chr(1)), '')
            FROM pg_roles r LEFT JOIN pg_auth_members m ON m.member = r.oid
                LEFT JOIN pg_roles p ON p.oid = m.roleid LEFT JOIN pg_roles g ON g.oid = m.grantor
            WHERE r.rolname NOT LIKE 'pg\\_%' AND r.rolname NOT LIKE 'sso\\_sync\\_owner\\_%'
            GROUP BY r.oid, r.rolname, r.rolcanlogin, r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolreplication,
                r.rolbypassrls, r.rolinherit
            """
        )
        self.init((0..<result.rowCount).map { AccountState(result, $0) })
    }
}

extension AccountState {
    fileprivate init(_ result: PostgresResult, _ row: Int) {
        let memberships = (result.string(row, 4) ?? "").split(separator: "\u{1}").map(String.init).sorted()
        let fields = memberships.map { $0.split(separator: "\u{2}").map(String.init) }
        let held = Set(fields.compactMap(\.first))
        let others = fields.filter { $0.count > 1 && !$0[1].hasPrefix("sso_") }.map { $0[0] }
        self.init(
            name: AccountName(result.string(row, 0) ?? ""),
            canLogIn: result.bool(row, 1) ?? false,
            usesIAM: held.contains("rds_iam"),
            roles: held.subtracting(["rds_iam"]),
            rolesFromOthers: Set(others),
            attributes: result.string(row, 2) ?? "",
            markerText: result.string(row, 3) ?? "",
            details: memberships
        )
    }
}
