// SPDX-License-Identifier: Apache-2.0

public import Logging
public import SSOSyncCore
internal import SSOSyncPostgres

/// What a target's provisioner needs on its server: its login, and the rights to manage accounts.
public struct Bootstrap: Sendable {
    private let configuration: ConfigurationFile
    private let target: TargetConfiguration
    private let capacity: Int

    /// What a target's provisioner needs.
    ///
    /// - Parameters:
    ///   - configuration: The configuration.
    ///   - target: One of its targets.
    ///   - capacity: For how many accounts.
    public init(_ configuration: ConfigurationFile, target: TargetConfiguration, capacity: Int) {
        self.configuration = configuration
        self.target = target
        self.capacity = capacity
    }

    /// The statements for a server of that version, without asking one.
    ///
    /// - Parameter serverVersion: The major version.
    public func statements(serverVersion: Int) -> [String] {
        PostgresBootstrap(
            login: target.user,
            owner: configuration.owner,
            roles: roles,
            capacity: capacity,
            serverVersion: serverVersion * 10_000
        ).statements
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
        let assembler = TargetAssembler(configuration, environment: [:], logger: logger)
        let server = assembler.server(target, user: master, log)
        try log.throwIfAny()
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
    }

    private var roles: Set<RoleName> { target.policy(owner: configuration.owner).roles }
}
