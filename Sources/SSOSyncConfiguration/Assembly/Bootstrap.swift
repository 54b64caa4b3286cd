// SPDX-License-Identifier: Apache-2.0

public import Logging
public import SSOSyncCore
internal import SSOSyncMySQL
internal import SSOSyncPostgres

/// What a target's provisioner needs on its server: its login, and the rights to manage accounts.
public struct Bootstrap: Sendable {
    /// What may be chosen; nil stands for the default.
    public struct Options: Hashable, Sendable {
        /// For how many accounts there is to be room; on PostgreSQL only.
        public var capacity: Int?
        /// The major version to make statements for if no server is asked; on PostgreSQL only.
        public var serverVersion: Int?
        /// From where the provisioner may log in, as MySQL writes it; on MySQL only.
        public var loginHost: String?

        /// The defaults: room for 5,000 accounts, PostgreSQL 17, a login from everywhere.
        public init() {}
    }

    private let configuration: ConfigurationFile
    private let target: TargetConfiguration
    private let options: Options

    /// What a target's provisioner needs.
    ///
    /// - Parameters:
    ///   - configuration: The configuration.
    ///   - target: One of its targets.
    ///   - options: What was chosen.
    /// - Throws: ``UsageError`` if something was chosen that the target's engine does not know.
    public init(
        _ configuration: ConfigurationFile,
        target: TargetConfiguration,
        options: Options = Options()
    ) throws(UsageError) {
        self.configuration = configuration
        self.target = target
        self.options = options
        try check()
    }

    private func check() throws(UsageError) {
        let name = Printable.escaped(target.name.rawValue)
        switch target.engine {
        case .postgres:
            guard options.loginHost == nil else {
                throw UsageError(
                    "--login-host is for MySQL only, where accounts have a host part; \(name) is PostgreSQL"
                )
            }
        case .mysql:
            guard options.capacity == nil else {
                throw UsageError("--capacity is for PostgreSQL only, where accounts have owner roles; \(name) is MySQL")
            }
            guard options.serverVersion == nil else {
                throw UsageError(
                    "--server-version is for PostgreSQL only: \(name) is MySQL, where --master asks the server instead"
                )
            }
        }
    }

    private var capacity: Int { options.capacity ?? 5_000 }
    private var serverVersion: Int { options.serverVersion ?? 17 }
    private var loginHost: String { options.loginHost ?? "%" }
    private var roles: Set<RoleName> { target.policy(owner: configuration.owner).roles }

    /// The servers that ``statements`` are for, in words: `PostgreSQL 17`.
    public var audience: String {
        switch target.engine {
        case .postgres: "PostgreSQL \(serverVersion)"
        case .mysql: "MySQL"
        }
    }

    /// The statements for a server that has nothing of it yet, without asking one.
    public var statements: [String] {
        switch target.engine {
        case .postgres:
            PostgresBootstrap(
                login: target.user,
                owner: configuration.owner,
                roles: roles,
                capacity: capacity,
                serverVersion: serverVersion * 10_000
            ).statements
        case .mysql: MySQLBootstrap(login: target.user, host: loginHost).statements
        }
    }

    /// Runs what the server lacks.
    ///
    /// - Parameters:
    ///   - master: The login that may make others.
    ///   - secrets: What the master logs in with.
    ///   - dryRun: Whether to ask the server what it lacks, and run nothing.
    ///   - logger: Where to log.
    /// - Returns: The statements that were run, or are to be.
    /// - Throws: ``ConfigurationError`` if a file is missing, and ``SyncError`` if the server refuses.
    public func run(
        master: String,
        secrets: any LoginSecretProvider,
        dryRun: Bool,
        logger: Logger
    ) async throws -> [String] {
        let log = ProblemLog(file: configuration.path)
        let assembler = TargetAssembler(
            configuration,
            aws: AWSAccess(environment: [:]),
            environment: [:],
            logger: logger
        )
        let server = assembler.server(target, user: master, log)
        try log.throwIfAny()
        switch server {
        case .postgres(let server):
            return try await PostgresBootstrap.run(
                server,
                secrets: secrets,
                login: target.user,
                owner: configuration.owner,
                roles: roles,
                capacity: capacity,
                dryRun: dryRun,
                logger: logger
            )
        case .mysql(let server):
            return try await MySQLBootstrap.run(
                server,
                secrets: secrets,
                login: target.user,
                host: loginHost,
                roles: roles,
                dryRun: dryRun,
                logger: logger
            )
        }
    }
}
