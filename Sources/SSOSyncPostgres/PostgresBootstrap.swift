// SPDX-License-Identifier: Apache-2.0

public import Logging
public import SSOSyncCore
import SSOSyncSQL

/// The provisioner's login and its rights: what has to be there before the first run, and what the master user can make.
///
/// On PostgreSQL 16 and later the login gets owner roles besides, under which it makes the accounts, and a role that
/// grants to them: a login can then be replaced, and the server's work for a change stays the same however many accounts
/// there are. Running it again adds
/// what is missing: a role that was mapped since, or owner roles for a larger capacity.
public struct PostgresBootstrap: Sendable {
    /// The provisioner's login.
    public let login: String
    /// The deployment; its name stands in the names of owner roles.
    public let owner: DeploymentOwner
    /// The roles that groups are mapped to.
    public let roles: [RoleName]
    /// For how many accounts there is to be room.
    public let capacity: Int
    /// The server's version as PostgreSQL writes it: 170004.
    public let serverVersion: Int
    private let existing: Existing

    /// What is there already and needs no statement.
    struct Existing: Sendable {
        var roles: Set<RoleName> = []
        /// Roles that may create others, and that nobody logs in to: what an owner role has to be.
        var creators: Set<RoleName> = []
        /// Members by role that may grant it, or hold it where that is all that is needed.
        var memberships: Set<MembershipKey> = []
    }

    /// What the provisioner needs on a server on which there is nothing of it yet.
    ///
    /// - Parameters:
    ///   - login: The provisioner's login.
    ///   - owner: The deployment.
    ///   - roles: The roles that groups are mapped to. They have to exist.
    ///   - capacity: For how many accounts there is to be room; counts on PostgreSQL 16 and later.
    ///   - serverVersion: As `SHOW server_version_num` says it.
    public init(login: String, owner: DeploymentOwner, roles: Set<RoleName>, capacity: Int, serverVersion: Int) {
        self.init(
            login: login,
            owner: owner,
            roles: roles,
            capacity: capacity,
            serverVersion: serverVersion,
            existing: Existing()
        )
    }

    init(
        login: String,
        owner: DeploymentOwner,
        roles: Set<RoleName>,
        capacity: Int,
        serverVersion: Int,
        existing: Existing
    ) {
        self.login = login
        self.owner = owner
        self.roles = roles.sorted()
        self.capacity = capacity
        self.serverVersion = serverVersion
        self.existing = existing
    }

    /// The names of the owner roles; none before PostgreSQL 16.
    public var ownerRoles: [String] {
        guard serverVersion >= 160_000 else { return [] }
        let count = max(1, (capacity + PostgresDialect.accountsPerOwnerRole - 1) / PostgresDialect.accountsPerOwnerRole)
        return (1...count).map(names.ownerRole)
    }

    /// The name of the role that grants to all accounts; nil before PostgreSQL 16.
    public var grantorRole: String? { serverVersion >= 160_000 ? names.grantor : nil }

    private var names: OwnerRoleNames { OwnerRoleNames(owner) }

    /// The statements, for people to read and for the master user to run.
    public var statements: [String] {
        sql.map { statement in
            statement.parts.map { part in
                switch part {
                case .text(let text): text.description
                case .identifier(let name): quotedForPeople(name)
                case .literal(let value):
                    "'" + value.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
                case .integer(let number): String(number)
                }
            }.joined() + ";"
        }
    }

    var sql: [SQLText] {
        serverVersion >= 160_000 ? statementsWithOwnerRoles : statementsForLogin
    }

    private var statementsForLogin: [SQLText] {
        var statements: [SQLText] = []
        if !existing.roles.contains(RoleName(login)) {
            statements.append("CREATE ROLE \(identifier: login) LOGIN CREATEROLE")
        }
        statements += grant(PostgresDialect.iamRole.rawValue, to: login, kind: .plain)
        return statements + grant("pg_signal_backend", to: login, kind: .inherited)
    }

    private var statementsWithOwnerRoles: [SQLText] {
        var statements: [SQLText] = []
        if !existing.roles.contains(RoleName(login)) { statements.append("CREATE ROLE \(identifier: login) LOGIN") }
        for owner in ownerRoles where !existing.creators.contains(RoleName(owner)) {
            let verb: SQLText = existing.roles.contains(RoleName(owner)) ? "ALTER" : "CREATE"
            statements.append(verb + " ROLE \(identifier: owner) NOLOGIN CREATEROLE")
        }
        for owner in ownerRoles { statements += grant(owner, to: login, kind: .switchable) }
        statements += statementsForGrantor
        statements += grant("pg_signal_backend", to: login, kind: .inherited)
        statements += statistics
        // Last: from here on the login needs a token, and no password works for it any more.
        return statements + grant(PostgresDialect.iamRole.rawValue, to: login, kind: .plain)
    }

    /// It makes no accounts, so it needs no CREATEROLE.
    private var statementsForGrantor: [SQLText] {
        guard let grantor = grantorRole else { return [] }
        let exists = existing.roles.contains(RoleName(grantor))
        let creation: [SQLText] = exists ? [] : ["CREATE ROLE \(identifier: grantor) NOLOGIN"]
        let roles = ([PostgresDialect.iamRole] + roles).map(\.rawValue)
        return creation + grant(grantor, to: login, kind: .switchable)
            + roles.flatMap { grant($0, to: grantor, kind: .admin) }
            // So that an owner role can grant in its name, and nobody has to switch to it for a single account.
            + ownerRoles.flatMap { grant(grantor, to: $0, kind: .inherited) }
    }

    /// From PostgreSQL 18 on: what tells a client that is starting up from a background process of the server.
    ///
    /// `pg_read_all_stats` would do, but a master user who is no superuser may be allowed to grant only what holds it.
    private var statistics: [SQLText] {
        guard serverVersion >= 180_000,
            !existing.memberships.contains(MembershipKey("pg_read_all_stats", login, .inherited))
        else { return [] }
        return grant("pg_monitor", to: login, kind: .inherited)
    }

    /// What a membership is for.
    enum Kind: String, Sendable {
        /// To be counted among the role's members.
        case plain
        /// To have the role's rights.
        case inherited
        /// To switch to the role.
        case switchable
        /// To grant the role.
        case admin
    }

    /// A membership of some use, by names that are compared by their bytes.
    struct MembershipKey: Hashable, Sendable {
        let role: RoleName
        let member: RoleName
        let kind: Kind

        init(_ role: String, _ member: String, _ kind: Kind) {
            self.role = RoleName(role)
            self.member = RoleName(member)
            self.kind = kind
        }
    }

    private func grant(_ role: String, to member: String, kind: Kind) -> [SQLText] {
        guard !existing.memberships.contains(MembershipKey(role, member, kind)) else { return [] }
        let grant: SQLText = "GRANT \(identifier: role) TO \(identifier: member)"
        switch kind {
        case .plain: return [grant]
        // Said outright: what is granted again keeps its options, and a NOINHERIT login gets none by itself.
        case .inherited: return [serverVersion >= 160_000 ? grant + " WITH INHERIT TRUE" : grant]
        case .switchable: return [grant + " WITH ADMIN FALSE, INHERIT FALSE, SET TRUE"]
        case .admin: return [grant + " WITH ADMIN TRUE, INHERIT FALSE, SET FALSE"]
        }
    }
}

extension PostgresBootstrap {
    /// Makes what is missing, in one transaction.
    ///
    /// - Parameters:
    ///   - configuration: How the target is reached; its user is the master user.
    ///   - secrets: What the master user logs in with.
    ///   - login: The provisioner's login.
    ///   - owner: The deployment.
    ///   - roles: The roles that groups are mapped to.
    ///   - capacity: For how many accounts there is to be room.
    ///   - dryRun: Whether to say what is missing and to change nothing.
    ///   - logger: Where to log.
    /// - Returns: The statements that were run, or would be. Empty if nothing is missing.
    /// - Throws: `SyncError`.
    public static func run(
        _ configuration: PostgresConfiguration,
        secrets: any LoginSecretProvider,
        login: String,
        owner: DeploymentOwner,
        roles: Set<RoleName>,
        capacity: Int,
        dryRun: Bool,
        logger: Logger = Logger(label: "sso-sync.postgres")
    ) async throws -> [String] {
        let connector = InstanceConnector(configuration: configuration, secrets: secrets, runId: "bootstrap")
        let deadline = ContinuousClock.now.advanced(by: .seconds(120))
        let connection = try await connector.connect(to: configuration.writer, deadline: deadline)
        let result = await Result.catching {
            let facts = try await ServerFacts.read(connection, deadline: deadline)
            try facts.check(configuration: configuration, backendPID: connection.backendPID, isWriting: false)
            let results = try await connection.execute(Catalogue.script(version: facts.version), deadline: deadline)
            let catalogue = try Catalogue(results)
            try check(roles, catalogue, place: connection.endpoint)
            let bootstrap = PostgresBootstrap(
                login: login,
                owner: owner,
                roles: roles,
                capacity: capacity,
                serverVersion: facts.version,
                existing: Existing(catalogue)
            )
            logger.debug(
                "bootstrap",
                metadata: ["missing": "\(bootstrap.sql.count)", "place": "\(connection.endpoint)"]
            )
            guard !dryRun, !bootstrap.sql.isEmpty else { return bootstrap.statements }
            let script = (["BEGIN"] + Self.settings(facts) + bootstrap.sql + ["COMMIT"]).joined(separator: ";\n")
            try await connection.execute(script, deadline: deadline)
            return bootstrap.statements
        }
        await connection.close()
        do {
            return try result.get()
        } catch {
            throw SyncError(postgres: error, at: "\(configuration.writer.host):\(configuration.writer.port)")
        }
    }

    /// Keeps a master user that is set to inherit whatever it makes from having `rds_iam` by the provisioner's login
    /// (<https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-CREATEROLE-SELF-GRANT>).
    private static func settings(_ facts: ServerFacts) -> [SQLText] {
        facts.hasOwnerRoles ? ["SET LOCAL createrole_self_grant = ''"] : []
    }

    private static func check(_ roles: Set<RoleName>, _ catalogue: Catalogue, place: String) throws {
        let missing = roles.filter { catalogue.roleIds[$0] == nil }.sorted()
        guard !missing.isEmpty else { return }
        let names = missing.map { quotedForPeople($0.rawValue) }.joined(separator: ", ")
        throw SyncError(
            .server,
            "\(place) has no role \(names): create what groups are mapped to first (CREATE ROLE … NOLOGIN)"
        )
    }
}

extension PostgresBootstrap.Existing {
    init(_ catalogue: Catalogue) {
        roles = Set(catalogue.roleIds.keys)
        creators = Set(
            catalogue.roles.values.filter { $0.createsRoles && !$0.canLogIn }.map { RoleName($0.name) }
        )
        for row in catalogue.members {
            guard let role = catalogue.roles[row.role]?.name, let member = catalogue.roles[row.member]?.name else {
                continue
            }
            let kinds: [(PostgresBootstrap.Kind, Bool)] = [
                (.plain, row.isUsable), (.inherited, row.inherits), (.switchable, row.canSet), (.admin, row.isAdmin),
            ]
            for (kind, isMet) in kinds where isMet {
                memberships.insert(PostgresBootstrap.MembershipKey(role, member, kind))
            }
        }
    }
}
