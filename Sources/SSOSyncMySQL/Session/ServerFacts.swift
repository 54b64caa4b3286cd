// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncSQL

/// What a new session finds out about the server and about itself, in one round trip.
struct ServerFacts: Sendable {
    let version: String
    /// Tells the instance from any other.
    let instance: String
    /// The account that the server has taken the login for.
    let login: AccountId
    /// Roles that everybody has.
    let mandatoryRoles: [AccountId]
    /// Whether all roles of an account are active at login, whatever is its default.
    let activatesAllRoles: Bool
    private let connectionId: UInt64
    private let readOnlyBecause: String?
    private let hasPlugin: Bool

    static func read(_ connection: MySQLConnection, deadline: ContinuousClock.Instant) async throws -> ServerFacts {
        // First: another kind of server may not even know what is asked for below.
        try checkKind(connection)
        let rows: MySQLResult
        do {
            rows = try await connection.query(query, deadline: deadline)
        } catch let error as MySQLError where error.number == unknownVariable {
            throw SyncError(
                .unsupported,
                "\(connection.endpoint) says that it is MySQL \(connection.serverVersion) and has no roles as MySQL 8 has "
                    + "them: it cannot be provisioned"
            )
        }
        guard rows.rowCount == 1, let login = rows.string(0, 0).flatMap(AccountId.init(definer:)) else {
            throw SyncError(.server, "\(connection.endpoint) does not know the login that it has accepted")
        }
        let readOnly = ["read_only", "super_read_only", "innodb_read_only"]
        return ServerFacts(
            version: connection.serverVersion,
            instance: rows.string(0, 8) ?? "",
            login: login,
            mandatoryRoles: MandatoryRoles.parse(rows.string(0, 2) ?? ""),
            activatesAllRoles: rows.bool(0, 3) ?? false,
            connectionId: UInt64(rows.string(0, 1) ?? "") ?? 0,
            readOnlyBecause: readOnly.enumerated().first { rows.bool(0, 4 + $0.offset) ?? false }?.element,
            hasPlugin: rows.bool(0, 7) ?? false
        )
    }

    /// ER_UNKNOWN_SYSTEM_VARIABLE.
    private static let unknownVariable = 1193

    static let query: SQLText = """
        SELECT CURRENT_USER(), CONNECTION_ID(), @@GLOBAL.mandatory_roles, @@GLOBAL.activate_all_roles_on_login,
            @@GLOBAL.read_only, @@GLOBAL.super_read_only, @@GLOBAL.innodb_read_only,
            EXISTS (SELECT 1 FROM information_schema.PLUGINS
                WHERE PLUGIN_NAME = 'AWSAuthenticationPlugin' AND PLUGIN_STATUS = 'ACTIVE'), \(identity)
        """

    /// All of these: a copy of a server may have some of them in common with it.
    private static let identity: SQLText = """
        CONCAT_WS(' ', @@GLOBAL.server_uuid, @@GLOBAL.server_id, @@GLOBAL.hostname, @@GLOBAL.port)
        """

    /// Whether a connection leads to the same instance, by whatever name.
    func areOfInstance(_ connection: MySQLConnection, deadline: ContinuousClock.Instant) async throws -> Bool {
        try await connection.query("SELECT \(Self.identity)", deadline: deadline).string(0, 0) == instance
    }

    private static func checkKind(_ connection: MySQLConnection) throws {
        let version = connection.serverVersion
        if version.contains("MariaDB") {
            throw SyncError(
                .unsupported,
                "\(connection.endpoint) runs MariaDB (\(version)), which is not supported yet: give a MySQL 8 or Aurora MySQL 3 "
                    + "server"
            )
        }
        guard let number = ServerVersion(version), number >= MySQLDialect.oldestVersion else {
            throw SyncError(
                .unsupported,
                "\(connection.endpoint) runs MySQL \(version); \(MySQLDialect.oldestVersion) or later is needed"
            )
        }
    }

    func check(_ connection: MySQLConnection) throws {
        let place = connection.endpoint
        guard connection.isDirect, connectionId == connection.connectionId else {
            throw SyncError(
                .unsupported,
                "\(place) is a proxy or a connection pool, behind which no lock holds: give the server's own endpoint"
            )
        }
        if let setting = readOnlyBecause {
            throw SyncError(
                .readOnly,
                "\(place) takes no writes (\(setting) is on): give the writer's endpoint, and this one under readers if it is "
                    + "a replica"
            )
        }
        guard hasPlugin else {
            throw SyncError(
                .unsupported,
                "\(place) has no plugin \(MySQLDialect.iamPlugin), so nobody can log in by IAM token: "
                    + IAMAuthentication.remedy
            )
        }
    }
}
