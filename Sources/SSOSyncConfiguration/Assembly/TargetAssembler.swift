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

    init(
        _ configuration: ConfigurationFile,
        aws: AWSAccess,
        environment: [String: String],
        namesBlockers: Bool = false,
        logger: Logger
    ) {
        self.configuration = configuration
        self.aws = aws
        self.environment = environment
        self.namesBlockers = namesBlockers
        self.logger = logger
    }

    /// The targets; what is missing for any of them goes to the log, and then they are not to be used.
    func targets(_ targets: [TargetConfiguration], _ log: ProblemLog) -> [SyncEngine.Target] {
        targets.map { target in
            SyncEngine.Target(
                policy: target.policy(owner: configuration.owner),
                provisioner: provisioner(target, log)
            )
        }
    }

    private func provisioner(_ target: TargetConfiguration, _ log: ProblemLog) -> any DatabaseProvisioner {
        let (server, secrets) = (server(target, user: target.user, log), secrets(target, log))
        switch server {
        case .postgres(let server):
            return PostgresProvisioner(server, owner: configuration.owner, secrets: secrets, logger: logger)
        case .mysql(let server):
            return MySQLProvisioner(server, owner: configuration.owner, secrets: secrets, logger: logger)
        }
    }

    /// How a server of either engine is reached.
    enum Server {
        case postgres(PostgresConfiguration)
        case mysql(MySQLConfiguration)
    }

    /// How a target's server is reached by that login.
    func server(_ target: TargetConfiguration, user: String, _ log: ProblemLog) -> Server {
        let certificates = certificateFile(target, log)
        switch target.engine {
        case .postgres:
            var server = PostgresConfiguration(writer: PostgresEndpoint(target.writer), user: user)
            server.readers = target.readers.map(PostgresEndpoint.init)
            if let database = target.database { server.database = database }
            server.caFile = certificates
            server.namesBlockers = namesBlockers
            return .postgres(server)
        case .mysql:
            var server = MySQLConfiguration(writer: MySQLEndpoint(target.writer), user: user)
            server.readers = target.readers.map(MySQLEndpoint.init)
            if let host = target.accountHost { server.accountHost = host }
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

    private func secrets(_ target: TargetConfiguration, _ log: ProblemLog) -> any LoginSecretProvider {
        let place = path(target, "login")
        switch target.login {
        case .token: return tokens(target, log)
        case .passwordFile(let file):
            let password = PasswordFile(path: configuration.resolved(file))
            complain(password.problem, log, at: .key("passwordFile", of: place))
            return password
        case .passwordVariable(let name):
            let password = PasswordVariable(name: name, environment: environment)
            complain(password.problem, log, at: .key("passwordVariable", of: place))
            return password
        }
    }

    /// Tokens for logging in to a target.
    func tokens(_ target: TargetConfiguration, _ log: ProblemLog) -> any LoginSecretProvider {
        let region = target.region ?? aws.regions.first
        if region == nil {
            complain("is missing: give the region of the server, or set AWS_REGION", log, at: path(target, "region"))
        }
        return LoginTokens(provider: RDSLoginTokenProvider(region: region ?? "", credentials: aws.credentials))
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
        let index = configuration.targets.firstIndex { $0.name == target.name } ?? 0
        return keys.reduce(.index(index, of: .key("targets", of: .root))) { .key($1, of: $0) }
    }
}

extension PostgresEndpoint {
    fileprivate init(_ endpoint: TargetConfiguration.Endpoint) { self.init(host: endpoint.host, port: endpoint.port) }
}

extension MySQLEndpoint {
    fileprivate init(_ endpoint: TargetConfiguration.Endpoint) { self.init(host: endpoint.host, port: endpoint.port) }
}
