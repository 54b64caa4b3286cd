// SPDX-License-Identifier: Apache-2.0

public import Logging
public import SSOSyncCore
internal import SSOSyncSQL

/// The provisioner's account and its rights: what has to be there before the first run, and what the master user can make.
///
/// Running it again adds what is missing.
public struct MySQLBootstrap: Sendable {
    /// The provisioner's login.
    public let login: String
    /// From where it may log in.
    public let host: String
    private let isThere: Bool
    /// What it may do already, in the words of a ``CatalogueReading``.
    private let rights: Set<String>
    /// Whether the master user may not let others end sessions but by the procedure that RDS has for it.
    private let usesKillProcedure: Bool

    /// What the provisioner needs on a server on which there is nothing of it yet.
    ///
    /// - Parameters:
    ///   - login: The provisioner's login.
    ///   - host: From where it may log in, as MySQL writes it: `%` for everywhere.
    public init(login: String, host: String = "%") {
        self.init(login: login, host: host, isThere: false, rights: [], usesKillProcedure: false)
    }

    private init(login: String, host: String, isThere: Bool, rights: Set<String>, usesKillProcedure: Bool) {
        // As the server stores it.
        (self.login, self.host, self.isThere, self.rights) = (login, host.lowercased(), isThere, rights)
        self.usesKillProcedure = usesKillProcedure
    }

    /// The server's own tables that the provisioner reads.
    static let tables = [
        "mysql.user", "mysql.role_edges", "mysql.default_roles", "mysql.global_grants", "mysql.db", "mysql.tables_priv",
        "mysql.procs_priv",
    ]

    /// The statements, for people to read and for the master user to run.
    public var statements: [String] {
        sql.map { statement in
            statement.parts.map { part in
                switch part {
                case .text(let text): text.description
                case .identifier(let name): identifierForPeople(name)
                case .literal(let value): quotedForPeople(value)
                case .integer(let number): String(number)
                }
            }.joined() + ";"
        }
    }

    private var account: SQLText { AccountId(user: login, host: host).sql }

    var sql: [SQLText] {
        var statements: [SQLText] = []
        if !isThere {
            statements.append("CREATE USER \(account) IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL")
        }
        let missing = Self.privileges.filter { !rights.contains($0.name) && $0.name != "CONNECTION_ADMIN" }.map(\.sql)
        if !missing.isEmpty { statements.append("GRANT \(missing.joined()) ON *.* TO \(account)") }
        return statements + kill + reading
    }

    private static let privileges: [(name: String, sql: SQLText)] = [
        ("CREATE USER", "CREATE USER"), ("PROCESS", "PROCESS"), ("SHOW VIEW", "SHOW VIEW"), ("TRIGGER", "TRIGGER"),
        ("EVENT", "EVENT"), ("ROLE_ADMIN", "ROLE_ADMIN"), ("SHOW_ROUTINE", "SHOW_ROUTINE"),
    ]

    private var kill: [SQLText] {
        let mayKill = !rights.isDisjoint(with: ["CONNECTION_ADMIN", "SUPER", CatalogueReading.killProcedure])
        guard !mayKill else { return [] }
        return usesKillProcedure
            ? ["GRANT EXECUTE ON PROCEDURE mysql.rds_kill TO \(account)"]
            : ["GRANT CONNECTION_ADMIN ON *.* TO \(account)"]
    }

    private var reading: [SQLText] {
        let grants: [SQLText] = [
            "GRANT SELECT ON mysql.user TO ", "GRANT SELECT ON mysql.role_edges TO ",
            "GRANT SELECT ON mysql.default_roles TO ", "GRANT SELECT ON mysql.global_grants TO ",
            "GRANT SELECT ON mysql.db TO ", "GRANT SELECT ON mysql.tables_priv TO ",
            "GRANT SELECT ON mysql.procs_priv TO ",
        ]
        return zip(Self.tables, grants)
            .filter { !rights.contains("SELECT ON \($0.0)") && !rights.contains("SELECT") }
            .map { $0.1 + account }
    }
}

extension MySQLBootstrap {
    /// Makes what is missing.
    ///
    /// - Parameters:
    ///   - configuration: How the target is reached; its user is the master user.
    ///   - secrets: What the master user logs in with.
    ///   - login: The provisioner's login.
    ///   - host: From where it may log in.
    ///   - roles: The roles that groups are mapped to. They have to exist.
    ///   - dryRun: Whether to say what is missing and to change nothing.
    ///   - logger: Where to log.
    /// - Returns: The statements that were run, or would be. Empty if nothing is missing.
    /// - Throws: `SyncError`.
    public static func run(
        _ configuration: MySQLConfiguration,
        secrets: any LoginSecretProvider,
        login: String,
        host: String = "%",
        roles: Set<RoleName>,
        dryRun: Bool,
        logger: Logger = Logger(label: "sso-sync.mysql")
    ) async throws -> [String] {
        let connector = InstanceConnector(configuration: configuration, secrets: secrets, runId: "bootstrap")
        let deadline = ContinuousClock.now.advanced(by: .seconds(120))
        let connection = try await connector.connect(to: configuration.writer, deadline: deadline)
        let result = await Result.catching {
            let bootstrap = try await read(connection, login: login, host: host, roles: roles, until: deadline)
            logger.debug(
                "bootstrap",
                metadata: ["missing": "\(bootstrap.sql.count)", "place": "\(connection.endpoint)"]
            )
            if !dryRun { try await connection.execute(bootstrap.sql, deadline: deadline) }
            return bootstrap.statements
        }
        await connection.close()
        do {
            return try result.get()
        } catch {
            throw SyncError(mysql: error, at: "\(configuration.writer)")
        }
    }

    private static func read(
        _ connection: MySQLConnection,
        login: String,
        host: String,
        roles: Set<RoleName>,
        until deadline: ContinuousClock.Instant
    ) async throws -> MySQLBootstrap {
        let facts = try await ServerFacts.read(connection, deadline: deadline)
        try facts.check(connection)
        let catalogue = try Catalogue(try await connection.execute(CatalogueQueries.all, deadline: deadline))
        try check(roles, catalogue, place: connection.endpoint)
        let id = AccountId(user: login, host: host.lowercased())
        var rights = (catalogue[id]?.privileges ?? []).union(catalogue.scopedPrivileges[id] ?? [])
        let readable = try await connection.query(
            """
            SELECT CONCAT('SELECT ON mysql.', Table_name) FROM mysql.tables_priv
            WHERE User = \(literal: login) AND Host = \(literal: host) AND Db = 'mysql'
                AND FIND_IN_SET('Select', Table_priv)
            """,
            deadline: deadline
        )
        for row in 0..<readable.rowCount { if let right = readable.string(row, 0) { rights.insert(right) } }
        let master = CatalogueReading(catalogue, facts: facts, owner: "").rights
        return MySQLBootstrap(
            login: login,
            host: host,
            isThere: catalogue[id] != nil,
            rights: rights,
            usesKillProcedure: master.isDisjoint(with: ["CONNECTION_ADMIN", "SUPER"])
        )
    }

    private static func check(_ roles: Set<RoleName>, _ catalogue: Catalogue, place: String) throws {
        let missing = roles.filter { catalogue[AccountId(role: $0)] == nil }.sorted()
        guard !missing.isEmpty else { return }
        let names = missing.map { AccountId(role: $0).forPeople }.joined(separator: ", ")
        throw SyncError(
            .server,
            "\(place) has no role \(names): create what groups are mapped to first (CREATE ROLE …)"
        )
    }
}
