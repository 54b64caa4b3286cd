// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncSQL

/// What a new session finds out about the server and about itself, in one round trip.
struct ServerFacts: Sendable {
    /// For example 150018.
    let version: Int
    let login: String
    let loginId: Int
    /// Tells the instance from any other.
    let instance: String
    /// What the provisioner's login depends on.
    let admission: Admission
    private let isReplica: Bool
    private let backendPID: Int
    private let hasIAMRole: Bool
    private let mayCreateRoles: Bool
    private let maySignal: Bool
    private let seesProcesses: Bool

    /// What a login depends on, as far as the server can say without going through all accounts.
    ///
    /// What the provisioner is a member of by way of others is left out: to find that is what a login takes so long for.
    struct Admission: Hashable, Sendable {
        let mayLogIn: Bool
        let isInIAMRole: Bool
    }

    /// Whether grants have grantors that matter, and an account can only be changed by the role that made it.
    ///
    /// Since PostgreSQL 16: <https://www.postgresql.org/docs/16/release-16.html#RELEASE-16-PRIVILEGES>.
    var hasOwnerRoles: Bool { version >= 160_000 }

    /// - Parameter name: What the session goes by from now on; nil for what it goes by already.
    static func read(
        _ connection: PostgresConnection,
        renamed name: String? = nil,
        deadline: ContinuousClock.Instant
    ) async throws -> ServerFacts {
        // First: an old server may not even know what is asked for below.
        guard connection.serverVersion >= 150_000 else {
            let version = connection.serverVersion / 10_000
            throw SyncError(.unsupported, "\(connection.endpoint) runs PostgreSQL \(version); 15 or later is needed")
        }
        let result = try await connection.query(question(renamed: name), deadline: deadline)
        guard result.rowCount == 1, let login = result.string(0, 0), let loginId = result.int(0, 1) else {
            throw SyncError(.server, "\(connection.endpoint) does not know the login that it has accepted")
        }
        return ServerFacts(
            version: connection.serverVersion,
            login: login,
            loginId: loginId,
            instance: result.string(0, 8) ?? "",
            admission: Admission(mayLogIn: result.bool(0, 9) ?? false, isInIAMRole: result.bool(0, 10) ?? false),
            isReplica: result.bool(0, 2) ?? true,
            backendPID: result.int(0, 3) ?? 0,
            hasIAMRole: result.bool(0, 5) ?? false,
            mayCreateRoles: result.bool(0, 4) ?? false,
            maySignal: result.bool(0, 6) ?? false,
            seesProcesses: result.bool(0, 7) ?? false
        )
    }

    private static func question(renamed name: String?) -> SQLText {
        let renaming: SQLText = name.map { ", set_config('application_name', \(literal: $0), false)" } ?? ""
        return """
            SELECT session_user, r.oid, pg_is_in_recovery(), pg_backend_pid(), r.rolcreaterole,
                EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_iam'),
                pg_has_role(session_user, 'pg_signal_backend', 'USAGE'),
                pg_has_role(session_user, 'pg_read_all_stats', 'USAGE'), \(identity), r.rolcanlogin,
                EXISTS (SELECT FROM pg_auth_members WHERE member = r.oid AND roleid = to_regrole('rds_iam'))\(renaming)
            FROM pg_roles r WHERE r.rolname = session_user
            """
    }

    /// No two instances have begun in the same microsecond, at the same address.
    private static let identity: SQLText = """
        concat_ws(' ', extract(epoch FROM pg_postmaster_start_time()), inet_server_addr(), inet_server_port())
        """

    /// Whether a connection leads to the same instance, by whatever name.
    func areOfInstance(_ connection: PostgresConnection, deadline: ContinuousClock.Instant) async throws -> Bool {
        try await connection.query("SELECT \(Self.identity)", deadline: deadline).string(0, 0) == instance
    }

    func check(configuration: PostgresConfiguration, backendPID: Int, isWriting: Bool) throws {
        let place = "\(configuration.writer.host):\(configuration.writer.port)"
        guard backendPID == self.backendPID else {
            throw SyncError(
                .unsupported,
                "\(place) is a proxy or a connection pool, behind which no lock holds: give the server's own endpoint"
            )
        }
        guard !isReplica else {
            throw SyncError(
                .readOnly,
                "\(place) is a read replica: give the writer's endpoint, and this one under readers"
            )
        }
        guard hasIAMRole else {
            throw SyncError(
                .unsupported,
                "\(place) has no role rds_iam, so nobody can log in by IAM token: \(IAMAuthentication.remedy)"
            )
        }
        if isWriting { try checkRights(place) }
    }

    private func checkRights(_ place: String) throws {
        let options = version >= 160_000 ? " WITH INHERIT TRUE" : ""
        guard maySignal else {
            throw SyncError(
                .privilege,
                "\(login) may not end sessions on \(place): run GRANT pg_signal_backend TO \"\(login)\"\(options), "
                    + "or sso-sync bootstrap"
            )
        }
        // From 18 on a login that is starting up shows among the server's own processes, told apart by what only this shows.
        guard version < 180_000 || seesProcesses else {
            throw SyncError(
                .privilege,
                "\(login) does not see who is about to log in on \(place): run GRANT pg_monitor TO \"\(login)\"\(options), "
                    + "or sso-sync bootstrap"
            )
        }
        guard hasOwnerRoles || mayCreateRoles else {
            throw SyncError(
                .privilege,
                "\(login) may not create roles on \(place): run ALTER ROLE \"\(login)\" CREATEROLE, or sso-sync bootstrap"
            )
        }
    }
}
