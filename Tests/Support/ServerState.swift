// SPDX-License-Identifier: Apache-2.0

package import SSOSyncCore
package import SSOSyncPostgres
package import SSOSyncSQL

extension ScratchServer {
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

    /// Removes every account that carries a marker.
    package func dropMarkedAccounts() async throws {
        try await execute(
            """
            DO $$ DECLARE account text; BEGIN
                FOR account IN SELECT rolname FROM pg_roles WHERE shobj_description(oid, 'pg_authid') LIKE '%"sso-sync"%'
                LOOP EXECUTE format('DROP ROLE %I', account); END LOOP;
            END $$
            """
        )
    }
}

/// A role as the superuser sees it.
package struct RoleState: Hashable, Sendable {
    package let name: AccountName
    package let canLogIn: Bool
    /// The attributes that our accounts never have.
    package let attributes: String
    package let comment: String
    /// Role, grantor and options.
    package let memberships: [String]
    /// The roles that it is a member of, without `rds_iam`.
    package let roles: Set<String>
    package let usesIAM: Bool
    package let marker: Marker?

    /// Everything but times, for comparing what two ways of getting somewhere come to.
    package var summary: String {
        let who =
            marker.map { "\($0.user) \($0.state) \($0.records(name) ? "" : "RECORDS ANOTHER NAME")" } ?? "unmarked"
        return "\(name): login \(canLogIn), IAM \(usesIAM), \(roles.sorted()), \(who) \(attributes)"
    }
}

/// All roles of a server but those that PostgreSQL makes itself and our owner roles, by name.
package struct ServerState: Hashable, Sendable {
    package let roles: [AccountName: RoleState]

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
        var roles: [AccountName: RoleState] = [:]
        for row in 0..<result.rowCount {
            let role = RoleState(result, row)
            roles[role.name] = role
        }
        self.roles = roles
    }

    package subscript(name: AccountName) -> RoleState? { roles[name] }

    /// The accounts that are marked for a person, ascending by name.
    package func accounts(of user: UserId) -> [RoleState] {
        marked.filter { $0.marker?.user == user }
    }

    /// The accounts that carry a readable marker, ascending by name.
    package var marked: [RoleState] {
        roles.values.filter { $0.marker != nil }.sorted { $0.name < $1.name }
    }

    /// All roles without a readable marker.
    package var unmarked: [AccountName: RoleState] { roles.filter { $0.value.marker == nil } }

    /// A line for each role, ascending.
    package var summary: [String] { roles.values.map(\.summary).sorted() }
}

extension RoleState {
    fileprivate init(_ result: PostgresResult, _ row: Int) {
        let members = (result.string(row, 4) ?? "").split(separator: "\u{1}").map(String.init).sorted()
        let held = Set(members.compactMap { $0.split(separator: "\u{2}").first.map(String.init) })
        let comment = result.string(row, 3) ?? ""
        var found: Marker?
        if case .marker(let marker) = MarkerReading(comment) { found = marker }
        self.init(
            name: AccountName(result.string(row, 0) ?? ""),
            canLogIn: result.bool(row, 1) ?? false,
            attributes: result.string(row, 2) ?? "",
            comment: comment,
            memberships: members,
            roles: held.subtracting(["rds_iam"]),
            usesIAM: held.contains("rds_iam"),
            marker: found
        )
    }
}
