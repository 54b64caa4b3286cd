// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
package import SSOSyncCore
package import SSOSyncPostgres
import SSOSyncSQL

extension ScratchServer {
    /// Logs in by IAM token, in another way than people do.
    package func openSession(
        as user: String,
        _ change: (inout PostgresConnectionOptions) -> Void
    ) async throws -> PostgresConnection {
        var options = PostgresConnectionOptions(host: "localhost", port: port, user: user, caFile: authority)
        change(&options)
        let token = try await IAMStandIn.tokens.secret(host: "localhost", port: port, user: user)
        return try await PostgresConnection.open(options, secret: token)
    }

    /// Runs SQL as the master user, who is no superuser.
    @discardableResult
    package func master(_ sql: String) async throws -> [String] {
        let tls = "sslmode=verify-full sslrootcert=\(authority)"
        let target = "host=localhost port=\(port) user=postgres dbname=postgres \(tls)"
        return try await ChildProcess.output(
            [facts["PSQL"] ?? "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", target, "-c", sql],
            environment: ["PGPASSWORD": facts["MASTER_PASSWORD"] ?? ""]
        ).split(separator: "\n").map(String.init)
    }

    package func grantAsMaster(_ role: RoleName, to account: AccountName) async throws {
        let master = try await connect(as: "postgres", secret: masterSecret.secret)
        try await master.execute("GRANT \(identifier: role.rawValue) TO \(identifier: account.rawValue)")
        await master.close()
    }

    /// Takes a role away from a member, whoever granted it.
    package func takeAway(_ role: String, from member: String) async throws {
        let grantedBy = version >= 16 ? "GRANTED BY %I" : ""
        try await superuser(
            """
            DO $$ DECLARE grantor text; BEGIN
                FOR grantor IN SELECT g.rolname FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.grantor
                    WHERE m.roleid = '\(role)'::regrole AND m.member = '\(member)'::regrole
                LOOP
                    EXECUTE format('REVOKE %I FROM %I \(grantedBy)', '\(role)', '\(member)', grantor);
                END LOOP;
            END $$
            """
        )
    }

    package func hinderAdmission(to role: RoleName) async throws {
        guard version >= 16 else {
            try await superuser("ALTER ROLE sso_provisioner NOCREATEROLE")
            return
        }
        try await takeAway(role.rawValue, from: "sso_sync_grantor_test")
    }

    package func allowAdmission(to role: RoleName) async throws {
        try await makeProvisioner(roles: [role])
        if version < 16 { try await superuser("ALTER ROLE sso_provisioner CREATEROLE") }
    }
}
