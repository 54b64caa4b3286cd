// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SSOSyncAWS
internal import SSOSyncCore
internal import SSOSyncMySQL
internal import SSOSyncPostgres

/// Makes a provisioner for each target, and says what is missing for it.
struct TargetAssembler {
    private let configuration: ConfigurationFile
    private let environment: [String: String]
    private let namesBlockers: Bool
    private let logger: Logger
    private let aws: AWSAccess
    private let connections: KeptConnections?
    private let shared: SharedServers
    private let search: SharedServerSearch

    /// - Parameters:
    ///   - configuration: The configuration.
    ///   - aws: How AWS is reached.
    ///   - environment: The process's environment variables.
    ///   - namesBlockers: Whether each thing that keeps an account from being dropped is named.
    ///   - connections: Keeps connections from run to run; nil for new ones in each.
    ///   - logger: Where the parts log.
    init(
        _ configuration: ConfigurationFile,
        aws: AWSAccess,
        environment: [String: String],
        namesBlockers: Bool = false,
        keeping connections: KeptConnections? = nil,
        logger: Logger = Logger(label: "sso-sync")
    ) {
        self.connections = connections
        self.configuration = configuration
        self.aws = aws
        self.environment = environment
        self.namesBlockers = namesBlockers
        self.logger = logger
        shared = SharedServers(configuration.targets, region: aws.regions.first)
        search = SharedServerSearch(for: shared, logger: logger)
    }

    /// The targets; what is missing for any of them goes to the log, and then they are not to be used.
    func targets(_ targets: [TargetConfiguration], _ log: ProblemLog) -> [SyncEngine.Target] {
        let memory = configuration.targetMemory.map { TroubleMemoryFile(path: configuration.resolved($0)) }
        let assembled = targets.map { target in
            SyncEngine.Target(
                policy: target.policy(owner: configuration.owner, rollout: configuration.rollout),
                provisioner: provisioner(target, log),
                rests: memory,
                server: target.server(in: target.region ?? (target.isLookedUp ? aws.regions.first : nil))
            )
        }
        addOthersToSearch(than: Set(targets.map(\.name)))
        return assembled
    }

    /// Has targets looked for that nobody works on, too: what a run does on one that is given by its host harms them all the same.
    private func addOthersToSearch(than chosen: Set<TargetName>) {
        guard search.isNeeded else { return }
        for other in configuration.targets where other.isLookedUp && !chosen.contains(other.name) {
            // What they need may be missing.
            let account = account(other, ProblemLog(file: configuration.path))
            guard shared.conflict(of: other.name) == nil, case .lookedUp(let lookUp) = location(other, account) else {
                continue
            }
            search.add(lookUp, in: account.region)
        }
    }

    private func provisioner(_ target: TargetConfiguration, _ log: ProblemLog) -> any DatabaseProvisioner {
        let certificates = certificateFile(target, log)
        let account = account(target, log)
        let secrets = secrets(target, account, log)
        let (owner, connections, logger) = (configuration.owner, connections, logger)
        let make = { @Sendable (found: TargetServer) -> any DatabaseProvisioner in
            let secrets = secrets(found)
            switch server(found, of: target, user: target.user, certificates: certificates) {
            case .postgres(let server):
                return PostgresProvisioner(
                    server,
                    owner: owner,
                    secrets: secrets,
                    keeping: connections?.postgres,
                    logger: logger
                )
            case .mysql(let server):
                return MySQLProvisioner(
                    server,
                    owner: owner,
                    secrets: secrets,
                    keeping: connections?.mysql,
                    logger: logger
                )
            }
        }
        if let conflict = shared.conflict(of: target.name) { return MissingProvisioner(reason: conflict) }
        switch location(target, account) {
        case .known(let server):
            guard configuration.targets.contains(where: \.isLookedUp) else { return make(server) }
            search.add(target.hostsInRDS)
            return GivenProvisioner(target: target, search: search, base: make(server))
        case .lookedUp(let lookUp):
            search.add(lookUp, in: account.region)
            return LookedUpProvisioner(lookUp: lookUp, provisioner: make)
        case .missing(let reason): return MissingProvisioner(reason: reason)
        }
    }

    // MARK: Where it is

    /// Where a target's server is, or who finds it.
    enum Location {
        case known(TargetServer)
        case lookedUp(TargetLookUp)
        case missing(SyncError)
    }

    /// Where a target's server is, or who finds it.
    func location(_ target: TargetConfiguration, _ account: Account) -> Location {
        let name: RDSTargetName
        switch target.location {
        case .server(let server): return .known(TargetServer(server))
        case .cluster(let id): name = .cluster(id)
        case .instance(let id): name = .instance(id)
        case .tagged: return .missing(configuration.undiscovered[target.name] ?? Self.notLookedFor(target.name))
        }
        return .lookedUp(
            TargetLookUp(target, name: name, locator: locator(account), keeping: connections?.lookUps, beside: shared)
        )
    }

    private static func notLookedFor(_ name: TargetName) -> SyncError {
        SyncError(.lookUp, "target \(name) is given by tags, and nobody has looked for what carries them")
    }

    /// Who looks in RDS.
    func locator(_ account: Account) -> RDSTargetLocator {
        var settings = AWSClient.Configuration()
        if let policy = aws.retryPolicy { settings.retryPolicy = policy }
        return RDSTargetLocator(
            region: account.region,
            credentials: account.credentials,
            transport: aws.transport,
            endpoints: aws.endpoints,
            configuration: settings
        )
    }

    /// The Region that a target is in, and whose credentials it is looked up and logged in to with.
    struct Account: Sendable {
        /// Empty for a target that is neither looked up nor logged in to by token.
        let region: String
        let credentials: any CredentialsProvider
    }

    /// Where a target is, and as whom it is looked up and logged in to.
    ///
    /// - Parameter isPersonal: Whether a person logs in, by token and as nobody else.
    func account(_ target: TargetConfiguration, isPersonal: Bool = false, _ log: ProblemLog) -> Account {
        guard let region = target.region ?? aws.regions.first else {
            let isGiven = if case .server = target.location { true } else { false }
            let needsNone = isGiven && target.login != .token && !isPersonal
            if !needsNone {
                complain(
                    "is missing: give the region of the server, or set AWS_REGION",
                    log,
                    at: path(target, "region")
                )
            }
            return Account(region: "", credentials: aws.credentials)
        }
        do throws(AWSError) {
            let credentials = try aws.credentials(
                assuming: isPersonal ? nil : target.roleArn,
                externalId: target.externalId,
                region: region
            )
            return Account(region: region, credentials: credentials)
        } catch {
            complain("the role cannot be assumed: \(error.message)", log, at: path(target, "roleArn"))
            return Account(region: region, credentials: aws.credentials)
        }
    }

    /// How a server of either engine is reached.
    enum Server {
        case postgres(PostgresConfiguration)
        case mysql(MySQLConfiguration)
    }

    /// How a target's server is reached by that login.
    func server(
        _ found: TargetServer,
        of target: TargetConfiguration,
        user: String,
        certificates: String?
    ) -> Server {
        switch found.engine {
        case .postgres:
            var server = PostgresConfiguration(writer: PostgresEndpoint(found.writer), user: user)
            server.readers = found.instances.map(PostgresEndpoint.init)
            server.unknownReaders = found.found?.unseen ?? []
            if let database = target.database { server.database = database }
            if let timeout = found.found?.connectTimeout { server.connectTimeout = timeout }
            server.caFile = certificates
            server.namesBlockers = namesBlockers
            return .postgres(server)
        case .mysql:
            var server = MySQLConfiguration(writer: MySQLEndpoint(found.writer), user: user)
            server.readers = found.instances.map(MySQLEndpoint.init)
            server.unknownReaders = found.found?.unseen ?? []
            if let host = target.accountHost { server.accountHost = host }
            if let timeout = found.found?.connectTimeout { server.connectTimeout = timeout }
            server.caFile = certificates
            server.namesBlockers = namesBlockers
            return .mysql(server)
        }
    }

    /// The file of authorities that the configuration names.
    func certificateFile(_ target: TargetConfiguration, _ log: ProblemLog) -> String? {
        guard let file = target.certificateFile.map(configuration.resolved) else { return nil }
        check(certificates: file, log, at: path(target, "tls", "ca"))
        return file
    }

    /// What the provisioner logs in with, wherever the server is found to be.
    private func secrets(
        _ target: TargetConfiguration,
        _ account: Account,
        _ log: ProblemLog
    ) -> @Sendable (TargetServer) -> any LoginSecretProvider {
        let place = path(target, "login")
        switch target.login {
        case .token: return tokens(account)
        case .passwordFile(let file):
            let password = PasswordFile(path: configuration.resolved(file))
            complain(password.problem, log, at: .key("passwordFile", of: place))
            return { _ in password }
        case .passwordVariable(let name):
            let password = PasswordVariable(name: name, environment: environment)
            complain(password.problem, log, at: .key("passwordVariable", of: place))
            return { _ in password }
        }
    }

    /// Tokens for logging in to a target, wherever the server is found to be.
    func tokens(_ account: Account) -> @Sendable (TargetServer) -> any LoginSecretProvider {
        { LoginTokens(region: account.region, regions: $0.regions, credentials: account.credentials) }
    }

    // MARK: Checks

    /// Says that neither the configuration nor the system has a file of authorities.
    func complainOfAuthorities(_ target: TargetConfiguration, _ log: ProblemLog) {
        complain("is missing, and the system has none. \(SystemAuthorities.remedy)", log, at: path(target, "tls", "ca"))
    }

    private func check(certificates file: String, _ log: ProblemLog, at path: ValuePath) {
        do {
            let bytes = try FileReader.bytes(of: file, limit: 16 << 20)
            guard !String(decoding: bytes, as: UTF8.self).contains("-----BEGIN CERTIFICATE-----") else { return }
            complain("\(Printable.escaped(file)) has no certificate in PEM format in it", log, at: path)
        } catch {
            complain("\(Printable.escaped(file)) \(error.message)", log, at: path)
        }
    }

    private func complain(_ problem: String?, _ log: ProblemLog, at path: ValuePath) {
        if let problem { log.add(problem, at: path, line: nil) }
    }

    private func path(_ target: TargetConfiguration, _ keys: String...) -> ValuePath {
        // What was found by tags stands there as one.
        let before = configuration.targets.prefix { $0.name.configured != target.name.configured }
        let index = Set(before.map(\.name.configured)).count
        return keys.reduce(.index(index, of: .key("targets", of: .root))) { .key($1, of: $0) }
    }
}

extension PostgresEndpoint {
    fileprivate init(_ endpoint: TargetConfiguration.Endpoint) { self.init(host: endpoint.host, port: endpoint.port) }
}

extension MySQLEndpoint {
    fileprivate init(_ endpoint: TargetConfiguration.Endpoint) { self.init(host: endpoint.host, port: endpoint.port) }
}
