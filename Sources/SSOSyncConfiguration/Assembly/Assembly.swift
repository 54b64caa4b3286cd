// SPDX-License-Identifier: Apache-2.0

public import Logging
package import SSOSyncAWS
public import SSOSyncCore

/// The parts of a run, put together from the configuration and the environment.
public struct Assembly: Sendable {
    /// The directory.
    public let source: any IdentitySource
    /// The targets that were chosen.
    public let targets: [SyncEngine.Target]
    /// Who is told how a run went.
    public var notifier: (any Notifier)? { notifiers.isEmpty ? nil : CompositeNotifier(notifiers) }
    /// Keeps the report of each run; nil for nothing.
    package let archive: (any Notifier)?

    /// How AWS is reached; nil if nothing of a run needs it.
    let aws: AWSAccess?
    /// Regions that the configuration names, the directory's first.
    let regions: [String]
    /// Who is told how a run went, each to be looked at by itself.
    let notifierChecks: [NotifierCheck]
    /// For how long a snapshot is good, in seconds; nil if the directory is something else.
    let maximumAge: Int64?

    private let notifiers: [any Notifier]
    /// Keeps connections from run to run; nil to make new ones in each.
    private let connections: KeptConnections?
    private let leftOut: Set<TargetName>
    private let logger: Logger
    private let hasStoreIds: Bool

    /// Puts the parts together and checks the files and variables that they need.
    ///
    /// - Parameters:
    ///   - configuration: The configuration.
    ///   - aws: How AWS is reached; nil for as the environment says.
    ///   - environment: The process's environment variables.
    ///   - documents: Knows the formats.
    ///   - targets: The targets to work on; nil for all.
    ///   - namesBlockers: Whether each thing that keeps an account from being dropped is named.
    ///   - keepsConnections: Whether a connection to a target outlives its run, for the next one, and where a target is that was
    ///     looked up: for a process that runs again and again on a few people, and calls ``hangUp()`` before it runs on everybody.
    ///   - former: The parts before, made of the same configuration, whose directory and notifiers go on: they know how often they may
    ///     ask, and what they have told. Only targets are new.
    ///   - maker: Who makes the reports of the runs.
    ///   - logger: Where the parts log.
    /// - Throws: ``ConfigurationError`` with every file and variable that is missing or wrong.
    public init(
        _ configuration: ConfigurationFile,
        aws: AWSAccess? = nil,
        environment: [String: String],
        documents: DocumentReader,
        targets: Set<TargetName>? = nil,
        namesBlockers: Bool = false,
        keepsConnections: Bool = false,
        after former: Assembly? = nil,
        reportsMadeBy maker: ReportMaker = .command,
        logger: Logger = Logger(label: "sso-sync")
    ) throws(ConfigurationError) {
        let aws = aws ?? AWSAccess(environment: environment)
        connections = keepsConnections ? KeptConnections() : nil
        let chosen = configuration.targets.filter { targets?.contains($0.name) ?? true }
        let assembler = TargetAssembler(
            configuration,
            aws: aws,
            environment: environment,
            namesBlockers: namesBlockers,
            keeping: connections,
            logger: logger
        )
        let log = ProblemLog(file: configuration.path)
        if configuration.hub != nil {
            log.add(
                "is a hub's, which has no databases: sso-sync config check looks at it; use one of a spoke's here",
                at: .root,
                line: nil
            )
        }
        source =
            former?.source
            ?? SourceAssembler(
                configuration: configuration,
                aws: aws,
                documents: documents,
                logger: logger
            ).source(log)
        self.targets = assembler.targets(chosen, log)
        try log.throwIfAny()
        let notifiers = NotifierAssembler(
            configuration: configuration,
            aws: aws,
            environment: environment,
            logger: logger
        )
        self.notifiers = former?.notifiers ?? notifiers.notifiers()
        archive = former?.archive ?? notifiers.archive(madeBy: maker)
        notifierChecks = notifiers.checks()
        if case .snapshot(let snapshot) = configuration.directory {
            maximumAge = snapshot.maximumAge ?? SnapshotExpectations.defaultMaximumAge
        } else {
            maximumAge = nil
        }
        leftOut = Set(configuration.targets.map(\.name)).subtracting(chosen.map(\.name))
        self.logger = logger
        hasStoreIds = if case .file = configuration.directory { false } else { true }
        let regionOfDirectory: String? =
            switch configuration.directory {
            case .identityCenter(let center): center.region
            case .snapshot(let snapshot): snapshot.region
            case .file: nil
            }
        regions = ([regionOfDirectory] + chosen.map(\.region)).compactMap(\.self)
        let needsAWS =
            configuration.directory.needsAWS || chosen.contains { $0.login == .token || $0.isLookedUp }
            || configuration.notify.contains(where: \.needsAWS) || configuration.reports != nil
        self.aws = needsAWS ? aws : nil
    }

    /// The engine that runs these parts.
    public var engine: SyncEngine {
        let told = notifiers + [archive].compactMap(\.self)
        return SyncEngine(
            source: source,
            targets: targets,
            leftOut: leftOut,
            notifier: told.isEmpty ? nil : CompositeNotifier(told),
            logger: logger
        )
    }

    /// Ends connections that were kept and forgets what was looked up, so that the next run finds out anew where targets are and
    /// whether it is let in.
    public func hangUp() { connections?.hangUp() }

    /// How many requests all readings of the directory so far have taken; nil if nobody counts them.
    package var directoryRequests: Int? { (source as? IdentityCenterSource)?.cost.requests }

    /// The snapshot that the directory is; nil if it is something else.
    package var snapshot: SnapshotSource? { source as? SnapshotSource }

    /// An id of a person as the directory has it, in whichever spelling somebody typed it; other text stays as it is.
    public func personId(_ text: String) -> String {
        hasStoreIds ? IdentityStoreResourceId.canonical(text) : text
    }

    /// Whether text can only be the id of a person, and no account name.
    public func isPersonId(_ text: String) -> Bool { hasStoreIds && IdentityStoreResourceId.isId(text) }

    /// What to ask the directory for to read everyone, and all groups of the targets.
    public var everyone: DirectoryRequest {
        let rules = targets.flatMap(\.policy.groups)
        return DirectoryRequest(
            groups: rules.map { DirectoryRequest.Group(name: $0.group, pinnedId: $0.pinnedId) },
            scope: .everyone
        )
    }
}
