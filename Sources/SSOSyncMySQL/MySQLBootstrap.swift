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
    private let master: MasterRights
    /// Mapped roles that it may not grant yet.
    private let roles: [AccountId]

    /// What the provisioner needs on a server on which there is nothing of it yet.
    ///
    /// - Parameters:
    ///   - login: The provisioner's login.
    ///   - host: From where it may log in, as MySQL writes it: `%` for everywhere.
    public init(login: String, host: String = "%") {
        self.init(login: login, host: host, isThere: false, rights: [], master: .aurora, roles: [])
    }

    private init(
        login: String,
        host: String,
        isThere: Bool,
        rights: Set<String>,
        master: MasterRights,
        roles: [AccountId]
    ) {
        // As the server stores it.
        (self.login, self.host, self.isThere, self.rights) = (login, host.lowercased(), isThere, rights)
        (self.master, self.roles) = (master, roles)
    }

    /// The server's own tables that the provisioner reads.
    static let tables = [
        "mysql.user", "mysql.role_edges", "mysql.default_roles", "mysql.global_grants", "mysql.db", "mysql.tables_priv",
        "mysql.procs_priv",
    ]

    /// The statements for a server that was not asked, for people to read and for the master user to run.
    ///
    /// What depends on the server comes last, once for each kind of server, with a comment that says for which; what is not for
    /// Aurora is a comment as a whole.
    public var statements: [String] {
        let rds = special(for: .rds).map { "-- " + Self.forPeople($0) }
        return common.map(Self.forPeople)
            + ["-- On Aurora MySQL 3.04 and later, and on a server of your own:"]
            + special(for: .aurora).map(Self.forPeople)
            + ["-- On RDS for MySQL 8.0.36 and later, and on older Aurora, this instead:"] + rds
    }

    private static func forPeople(_ statement: SQLText) -> String {
        statement.parts.map { part in
            switch part {
            case .text(let text): text.description
            case .identifier(let name): identifierForPeople(name)
            case .literal(let value): quotedForPeople(value)
            case .integer(let number): String(number)
            }
        }.joined() + ";"
    }

    private var account: SQLText { AccountId(user: login, host: host).sql }

    var sql: [SQLText] { common + special(for: master) }

    /// What any master user can give.
    private var common: [SQLText] {
        var statements: [SQLText] = []
        if !isThere {
            statements.append("CREATE USER \(account) IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL")
        }
        let missing = privileges.filter { !rights.contains($0.name) }.map(\.sql)
        if !missing.isEmpty { statements.append("GRANT \(missing.joined()) ON *.* TO \(account)") }
        return statements + admission + reading
    }

    private var privileges: [(name: String, sql: SQLText)] {
        let all: [(name: String, sql: SQLText)] = [
            ("CREATE USER", "CREATE USER"), ("PROCESS", "PROCESS"), ("SHOW VIEW", "SHOW VIEW"), ("TRIGGER", "TRIGGER"),
            ("EVENT", "EVENT"),
        ]
        return master.givesRoles ? all + [("ROLE_ADMIN", "ROLE_ADMIN")] : all
    }

    /// To grant roles; what else there is for that than ROLE_ADMIN.
    private var admission: [SQLText] {
        guard !master.givesRoles, !rights.contains("ROLE_ADMIN") else { return [] }
        return roles.map { "GRANT \($0.sql) TO \(account) WITH ADMIN OPTION" }
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

    /// What depends on the master user: to see routines, and to end sessions.
    private func special(for master: MasterRights) -> [SQLText] {
        var statements: [SQLText] = []
        if rights.isDisjoint(with: ProvisionerRights.showRoutines) {
            statements.append(
                master.givesRoutines
                    ? "GRANT SHOW_ROUTINE ON *.* TO \(account)" : "GRANT CREATE ROUTINE ON *.* TO \(account)"
            )
        }
        if rights.isDisjoint(with: CatalogueReading.killProcedure.union(["CONNECTION_ADMIN", "SUPER"])) {
            statements.append(
                master.givesKill
                    ? "GRANT CONNECTION_ADMIN ON *.* TO \(account)"
                    : "GRANT EXECUTE ON PROCEDURE mysql.rds_kill TO \(account)"
            )
        }
        return statements
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
        let connector = InstanceConnector(
            configuration: configuration,
            secrets: secrets,
            runId: "bootstrap",
            logger: logger
        )
        let deadline = ContinuousClock.now.advanced(by: .seconds(120))
        let connection = try await connector.connect(to: configuration.writer, deadline: deadline)
        let result = await Result.catching {
            let bootstrap = try await read(connection, login: login, host: host, roles: roles, until: deadline)
            logger.debug(
                "bootstrap",
                metadata: ["missing": "\(bootstrap.sql.count)", "place": "\(connection.endpoint)"]
            )
            if !dryRun { try await connection.execute(bootstrap.sql, deadline: deadline) }
            return bootstrap.sql.map(forPeople)
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
        let master = MasterRights(CatalogueReading(catalogue, facts: facts, owner: "").rights)
        let own = Set(catalogue.rolesHeld(by: id).filter(\.isAdmin).map(\.role))
        let bootstrap = MySQLBootstrap(
            login: login,
            host: host,
            isThere: catalogue[id] != nil,
            rights: rights,
            master: master,
            roles: roles.map { AccountId(role: $0) }.filter { !own.contains($0) }.sorted { $0.forPeople < $1.forPeople }
        )
        try bootstrap.checkAdmission(by: facts.login, catalogue, place: connection.endpoint)
        return bootstrap
    }

    /// Whether the master user may give what there is for granting roles, before anything is done that would be half of it.
    private func checkAdmission(by login: AccountId, _ catalogue: Catalogue, place: String) throws {
        guard !admission.isEmpty else { return }
        let own = Set(catalogue.rolesHeld(by: login).filter(\.isAdmin).map(\.role))
        guard let role = roles.first(where: { !own.contains($0) }) else { return }
        throw SyncError(
            .privilege,
            "\(login.forPeople) has neither ROLE_ADMIN on \(place) nor ADMIN OPTION on \(role.forPeople), so it can let nobody "
                + "grant that role: give it one of them; on RDS for MySQL its master user has ROLE_ADMIN from 8.0.36 on"
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
