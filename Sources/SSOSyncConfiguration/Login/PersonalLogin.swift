// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import SSOSyncAWS
public import SSOSyncCore

/// A person's own login to a target: a token made with that person's credentials, and what else a client has to know.
public struct PersonalLogin: Sendable {
    /// The kind of server.
    public let engine: TargetConfiguration.Engine
    /// The instance.
    public let endpoint: TargetConfiguration.Endpoint
    /// The account.
    public let user: String
    /// The database to begin in; nil to leave it to the server.
    public let database: String?
    /// The file of authorities that the server is verified with.
    public let authorities: String

    private let secrets: any LoginSecretProvider

    /// Puts a login together.
    ///
    /// A target that is looked up is looked up with the person's credentials.
    ///
    /// - Parameters:
    ///   - configuration: The configuration.
    ///   - target: One of its targets.
    ///   - user: The account; nil for that of whoever the credentials are, after a login through IAM Identity Center.
    ///   - database: The database to begin in; nil for the target's.
    ///   - reader: Which of the target's readers to go to, from 1 on; nil for the writer.
    ///   - aws: How AWS is reached; nil for as the environment says.
    ///   - environment: The process's environment variables, which credentials are looked for in.
    /// - Throws: ``ConfigurationError`` if something is missing or wrong in the configuration, ``UsageError`` if there is
    ///   no such reader or nobody knows which account is meant, and ``SyncError`` if the target cannot be looked up.
    public init(
        _ configuration: ConfigurationFile,
        target: TargetConfiguration,
        user: String? = nil,
        database: String? = nil,
        reader: Int? = nil,
        aws: AWSAccess? = nil,
        environment: [String: String]
    ) async throws {
        let log = ProblemLog(file: configuration.path)
        let aws = aws ?? AWSAccess(environment: environment)
        let assembler = TargetAssembler(configuration, aws: aws, environment: environment)
        let account = assembler.account(target, isPersonal: true, log)
        let authorities = assembler.certificateFile(target, log) ?? Self.systemAuthorities
        if authorities == nil { assembler.complainOfAuthorities(target, log) }
        try log.throwIfAny()
        let server =
            switch assembler.location(target, account) {
            case .known(let server): server
            case .lookedUp(let lookUp): try await lookUp.serverForPeople(withReaders: reader != nil)
            case .missing(let reason): throw reason
            }
        secrets = assembler.tokens(account)(server)
        self.authorities = authorities ?? ""
        engine = server.engine
        endpoint = try Self.endpoint(server, of: target, reader: reader)
        if let user {
            self.user = user
        } else {
            let caller = try await Self.caller(aws, region: account.region)
            self.user = try CallerAccount.name(arn: caller, attribute: configuration.accountName)
        }
        self.database = database ?? target.database ?? (engine == .postgres ? "postgres" : nil)
    }

    /// A new token, good for a quarter of an hour of logging in; sessions last on.
    ///
    /// - Throws: ``SyncError`` if there are no credentials.
    public func token() async throws -> Secret {
        try await secrets.secret(host: endpoint.host, port: endpoint.port, user: user)
    }

    private static func caller(_ aws: AWSAccess, region: String) async throws -> String {
        do {
            return try await aws.caller(region: region).arn
        } catch let error as AWSError {
            throw SyncError(
                .authentication,
                "whose credentials these are could not be found out: \(error.message); say which account is yours with --user"
            )
        }
    }

    private static func endpoint(
        _ server: TargetServer,
        of target: TargetConfiguration,
        reader: Int?
    ) throws(UsageError) -> TargetConfiguration.Endpoint {
        guard let reader else { return server.writer }
        guard server.readers.indices.contains(reader - 1) else {
            let count = server.readers.count
            throw UsageError(
                "Target \(Printable.escaped(target.name.rawValue)) has \(count) \(count == 1 ? "reader" : "readers"), and "
                    + "no number \(reader)"
            )
        }
        return server.readers[reader - 1]
    }

    private static var systemAuthorities: String? {
        SystemAuthorities.bundles.first { FileManager.default.isReadableFile(atPath: $0) }
    }
}
