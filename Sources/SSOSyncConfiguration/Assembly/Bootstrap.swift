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
        ///
        /// By default that which was looked up, or 17.
        public var serverVersion: Int?
        /// From where the provisioner may log in, as MySQL writes it; on MySQL only.
        public var loginHost: String?

        /// The defaults: room for 5,000 accounts, a login from everywhere.
        public init() {}
    }

    private let configuration: ConfigurationFile
    private let target: TargetConfiguration
    private let options: Options
    private let assembler: TargetAssembler
    private let server: TargetServer
    private let logger: Logger

    /// What a target's provisioner needs.
    ///
    /// - Parameters:
    ///   - configuration: The configuration.
    ///   - target: One of its targets.
    ///   - options: What was chosen.
    ///   - aws: How AWS is reached; nil for as the environment says.
    ///   - environment: The process's environment variables, for a target that is looked up.
    ///   - logger: Where to log.
    /// - Throws: ``UsageError`` if something was chosen that the target's engine does not know; for a target that is looked up
    ///   ``ConfigurationError`` if its Region is missing, and ``SyncError`` if it is not found.
    public init(
        _ configuration: ConfigurationFile,
        target: TargetConfiguration,
        options: Options = Options(),
        aws: AWSAccess? = nil,
        environment: [String: String] = [:],
        logger: Logger = Logger(label: "sso-sync")
    ) async throws {
        self.configuration = configuration
        self.target = target
        self.options = options
        self.logger = logger
        assembler = TargetAssembler(
            configuration,
            aws: aws ?? AWSAccess(environment: environment),
            environment: environment,
            logger: logger
        )
        server = try await Self.server(of: target, configuration, assembler)
        try check()
    }

    private static func server(
        of target: TargetConfiguration,
        _ configuration: ConfigurationFile,
        _ assembler: TargetAssembler
    ) async throws -> TargetServer {
        if case .server(let server) = target.location { return TargetServer(server) }
        let log = ProblemLog(file: configuration.path)
        let account = assembler.account(target, log)
        try log.throwIfAny()
        switch assembler.location(target, account) {
        case .known(let server): return server
        // IAM authentication may be turned on afterwards.
        case .lookedUp(let lookUp): return try await lookUp.anyServer()
        case .missing(let reason): throw reason
        }
    }

    /// The kind of server.
    public var engine: TargetConfiguration.Engine { server.engine }

    private func check() throws(UsageError) {
        let name = Printable.escaped(target.name.rawValue)
        switch engine {
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
    private var serverVersion: Int { options.serverVersion ?? server.majorVersion ?? 17 }
    private var loginHost: String { options.loginHost ?? "%" }
    private var roles: Set<RoleName> { target.policy(owner: configuration.owner).roles }

    /// The servers that ``statements`` are for, in words: `PostgreSQL 17`.
    public var audience: String {
        switch engine {
        case .postgres: "PostgreSQL \(serverVersion)"
        case .mysql: "MySQL"
        }
    }

    /// The statements for a server that has nothing of it yet, without asking one.
    public var statements: [String] {
        switch engine {
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
    /// - Returns: The statements that were run, or are to be.
    /// - Throws: ``ConfigurationError`` if a file is missing, and ``SyncError`` if the server refuses.
    public func run(master: String, secrets: any LoginSecretProvider, dryRun: Bool) async throws -> [String] {
        let log = ProblemLog(file: configuration.path)
        let certificates = assembler.certificateFile(target, log)
        try log.throwIfAny()
        switch assembler.server(server, of: target, user: master, certificates: certificates) {
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
