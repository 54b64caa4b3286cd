// SPDX-License-Identifier: Apache-2.0

package import Logging
package import SSOSyncAWS
package import SSOSyncCore

/// The parts of a hub, put together from the configuration and the environment.
package struct HubAssembly: Sendable {
    /// A place that a snapshot is written to.
    package struct Copy: Sendable {
        /// The place, for people.
        package let name: String
        /// Where the bucket is.
        package let region: String?
        /// Signs and writes.
        package let writer: SnapshotWriter
    }

    /// Whom work is sent to.
    package struct Spoke: Sendable {
        /// What the configuration says of it.
        package let configuration: HubConfiguration.Spoke
        /// The queue that it has its messages from.
        package let queue: SQSClient
    }

    /// The directory.
    package let source: any IdentitySource
    /// All groups that any spoke maps.
    package let groups: [DirectoryRequest.Group]
    /// What account names are made from.
    package let accountName: AccountNameAttribute
    /// Signs what is sent.
    package let signer: any SnapshotSigner
    /// Where snapshots are written.
    package let copies: [Copy]
    /// Whom work is sent to.
    package let spokes: [Spoke]
    /// What is frozen; nil for nothing.
    package let freeze: RolloutConfiguration.Freeze?
    /// Who is told if the directory cannot be read.
    package let notifier: (any Notifier)?
    /// Keeps the report of each run; nil for nothing.
    package let archive: (any Notifier)?

    /// Puts the parts together.
    ///
    /// - Parameters:
    ///   - configuration: The configuration, a hub's.
    ///   - aws: How AWS is reached.
    ///   - environment: The process's environment variables.
    ///   - documents: Knows the formats.
    ///   - logger: Where the parts log.
    /// - Throws: ``ConfigurationError`` with everything that is missing or wrong.
    package init(
        _ configuration: ConfigurationFile,
        aws: AWSAccess,
        environment: [String: String],
        documents: DocumentReader,
        logger: Logger
    ) throws(ConfigurationError) {
        guard let hub = configuration.hub else {
            throw ConfigurationError(file: configuration.path, "hub is missing: what is read is sent to nobody")
        }
        let log = ProblemLog(file: configuration.path)
        source = SourceAssembler(
            configuration: configuration,
            aws: aws,
            documents: documents,
            logger: logger
        ).source(log)
        let parts = Parts(snapshots: SnapshotAssembler(configuration: configuration, aws: aws), log: log)
        let signer = parts.signer(hub.key)
        copies = hub.snapshots.enumerated().compactMap { index, copy in
            guard let store = parts.store(copy, index), let signer else { return nil }
            let region = copy.region ?? aws.regions.first
            return Copy(name: copy.s3, region: region, writer: SnapshotWriter(to: store, signer: signer))
        }
        spokes = hub.spokes.enumerated().compactMap { index, spoke in
            parts.queue(spoke, index).map { Spoke(configuration: spoke, queue: $0) }
        }
        try log.throwIfAny()
        guard let signer else { throw ConfigurationError(file: configuration.path, "hub.key cannot be used") }
        self.signer = signer
        groups = configuration.directoryGroups
        accountName = configuration.accountName
        freeze = configuration.rollout?.freeze
        let notifiers = NotifierAssembler(
            configuration: configuration,
            aws: aws,
            environment: environment,
            logger: logger
        )
        notifier = notifiers.notifier()
        archive = notifiers.archive(madeBy: .hub)
    }

    /// How many requests all readings of the directory so far have taken; nil if nobody counts them.
    package var directoryRequests: Int? { (source as? IdentityCenterSource)?.cost.requests }
}

/// What may be missing for a hub goes to the log.
private struct Parts {
    let snapshots: SnapshotAssembler
    let log: ProblemLog

    private var aws: AWSAccess { snapshots.aws }
    /// A Region in trouble must not use up the time of the others.
    private var settings: AWSClient.Configuration {
        AWSClient.Configuration(
            retryPolicy: aws.retryPolicy ?? RetryPolicy(maximumAttempts: 2),
            attemptTimeout: .seconds(5)
        )
    }
    private static let noRegion = "does not say which Region it is in: give it, or set AWS_REGION"

    func signer(_ key: String) -> KMSSnapshotSigner? {
        attempt(.key("key", of: .key("hub", of: .root))) { () throws(AWSError) in
            try snapshots.signer(key: key, region: aws.regions.first, settings: settings)
        }
    }

    func store(_ copy: HubConfiguration.Copy, _ index: Int) -> S3SnapshotStore? {
        attempt(.index(index, of: .key("snapshots", of: .key("hub", of: .root)))) { () throws(AWSError) in
            guard let region = copy.region ?? aws.regions.first else { return nil }
            var settings = settings
            // A snapshot of 100,000 people has 20 MB.
            settings.attemptTimeout = .seconds(20)
            return try snapshots.s3(copy.s3, region: region, settings: settings)
        }
    }

    func queue(_ spoke: HubConfiguration.Spoke, _ index: Int) -> SQSClient? {
        attempt(.index(index, of: .key("spokes", of: .key("hub", of: .root)))) { () throws(AWSError) in
            SQSClient(queueURL: spoke.queueURL, client: try aws.client(.sqs, region: spoke.region, settings: settings))
        }
    }

    private func attempt<Part>(_ path: ValuePath, _ make: () throws(AWSError) -> Part?) -> Part? {
        do throws(AWSError) {
            if let part = try make() { return part }
            log.add(Self.noRegion, at: path, line: nil)
        } catch {
            log.add("cannot be reached: \(error.message)", at: path, line: nil)
        }
        return nil
    }
}
