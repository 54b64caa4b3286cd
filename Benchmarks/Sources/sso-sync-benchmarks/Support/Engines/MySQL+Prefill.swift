// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore

extension MySQL {
    private static let first = 0

    /// The provisioner makes the first account; the others are its rows once more, with another name and id.
    ///
    /// By statements 10,000 would take a minute.
    func fill(_ prefill: Prefill) async throws {
        guard !prefill.isLocked else { throw Trouble("locked accounts cannot be filled in on MySQL") }
        let (server, first) = (prefill.deployment.server, People.name(Self.first))
        if prefill.people.contains(Self.first) {
            try await prefill.deployment.apply(People([Self.first]), operations: 1)
        }
        let rows = prefill.people.filter { $0 != Self.first }.map { number in
            "('\(People.name(number))', '\(People.user(number))', '\(prefill.marker(number).nameHash)')"
        }
        try server.superuser(
            "CREATE DATABASE filling",
            "CREATE TABLE filling.people (new_name CHAR(32), new_id VARCHAR(64), new_hash CHAR(16)) COLLATE utf8mb3_bin",
            "INSERT INTO filling.people VALUES \(rows.joined(separator: ",\n"))",
            "CREATE TABLE filling.user SELECT u.*, p.* FROM mysql.user u, filling.people p WHERE u.User = '\(first)'",
            """
            UPDATE filling.user SET User = new_name, User_attributes = JSON_SET(User_attributes,
                '$.metadata."sso-sync".user', new_id, '$.metadata."sso-sync".name', new_hash)
            """,
            "ALTER TABLE filling.user DROP COLUMN new_name, DROP COLUMN new_id, DROP COLUMN new_hash",
            "INSERT INTO mysql.user SELECT * FROM filling.user",
            """
            INSERT INTO mysql.role_edges SELECT e.FROM_HOST, e.FROM_USER, e.TO_HOST, p.new_name, e.WITH_ADMIN_OPTION
                FROM mysql.role_edges e, filling.people p WHERE e.TO_USER = '\(first)'
            """,
            """
            INSERT INTO mysql.default_roles SELECT d.HOST, p.new_name, d.DEFAULT_ROLE_HOST, d.DEFAULT_ROLE_USER
                FROM mysql.default_roles d, filling.people p WHERE d.USER = '\(first)'
            """,
            "DROP DATABASE filling",
            "FLUSH PRIVILEGES"
        )
    }
}
