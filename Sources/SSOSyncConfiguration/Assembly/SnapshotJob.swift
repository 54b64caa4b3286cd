// SPDX-License-Identifier: Apache-2.0

public import Logging
internal import SSOSyncAWS
internal import SSOSyncCore

/// Reads the directory for all groups of the configuration, signs what was read, and writes it.
public struct SnapshotJob: Sendable {
    /// What a snapshot is signed with.
    public enum Key: Hashable, Sendable {
        /// A key that KMS keeps: its id or ARN, or an alias's name (`alias/…`) or ARN.
        case kms(String)
        /// A private key in a file, in PEM.
        case file(path: String)
    }

    private let source: any IdentitySource
    private let request: DirectoryRequest
    private let accountName: AccountNameAttribute
    private let place: String
    private let writer: SnapshotWriter
    private let freeze: RolloutConfiguration.Freeze?
    private let logger: Logger

    /// Puts the parts together.
    ///
    /// - Parameters:
    ///   - configuration: Where the directory is, and which groups are mapped.
    ///   - place: A file, or `s3://bucket/key`.
    ///   - key: What to sign with.
    ///   - region: The Region of the bucket, and of the key if its ARN does not say; nil for the environment's.
    ///   - aws: How AWS is reached; nil for as the environment says.
    ///   - environment: The process's environment variables.
    ///   - documents: Knows the formats.
    ///   - logger: Where the parts log.
    /// - Throws: ``ConfigurationError`` if the directory's configuration is wrong, ``UsageError`` if the place or the key is.
    public init(
        _ configuration: ConfigurationFile,
        to place: String,
        key: Key,
        region: String?,
        aws: AWSAccess? = nil,
        environment: [String: String],
        documents: DocumentReader,
        logger: Logger
    ) throws {
        if case .snapshot = configuration.directory {
            throw UsageError(
                "The directory of this configuration is a snapshot already: write one where it is read first."
            )
        }
        let aws = aws ?? AWSAccess(environment: environment)
        let log = ProblemLog(file: configuration.path)
        source = SourceAssembler(
            configuration: configuration,
            aws: aws,
            documents: documents,
            logger: logger
        ).source(log)
        try log.throwIfAny()
        let parts = Parts(
            assembler: SnapshotAssembler(configuration: configuration, aws: aws),
            region: region ?? aws.regions.first
        )
        writer = SnapshotWriter(to: try parts.store(place), signer: try parts.signer(key))
        request = DirectoryRequest(groups: configuration.directoryGroups, scope: .everyone)
        (accountName, self.place, self.logger) = (configuration.accountName, place, logger)
        freeze = configuration.rollout?.freeze
    }

    /// Reads, signs and writes.
    ///
    /// - Returns: What was done, for people.
    /// - Throws: `SyncError`, or what the directory throws.
    public func run() async throws -> String {
        guard freeze != .everything else {
            throw SyncError(.frozen, "rollout.freeze is everything, so no snapshot is written")
        }
        let found = try await source.directory(request)
        let directory = freeze == nil ? found : found.admittingNobody
        let (snapshot, key, overlooked) = try await writer.write(
            directory,
            accountName: accountName,
            askingAgain: latest
        )
        let groups = snapshot.groups.count == 1 ? "1 group" : "\(snapshot.groups.count) groups"
        let people = snapshot.people.count == 1 ? "1 person" : "\(snapshot.people.count) people"
        return """
            Snapshot \(snapshot.sequence) of directory \(snapshot.directory) as of \(snapshot.asOf): \(groups), \(people).
            Written to \(Printable.escaped(place)), signed with the key of SHA-256
            \(key.fingerprint)\(freeze == nil ? "" : "\nJoins are frozen: nobody is let in by it.")\(Self.note(on: overlooked))

            """
    }

    private static func note(on overlooked: Int) -> String {
        guard overlooked > 0 else { return "" }
        let people = overlooked == 1 ? "1 person" : "\(overlooked) people"
        return
            "\nMembers of the groups that they are in by now, since they changed groups during the reading: \(people)."
    }

    /// Reads people anew who have lost a group.
    @Sendable private func latest(of people: Set<UserId>) async throws -> Directory {
        do {
            return try await source.directory(DirectoryRequest(groups: request.groups, scope: .people(people)))
        } catch {
            logger.warning(
                "the snapshot is written although it could not be asked once more about who has lost a group: \(error)",
                metadata: ["people": "\(people.count)"]
            )
            throw error
        }
    }

    private struct Parts {
        let assembler: SnapshotAssembler
        let region: String?

        func store(_ place: String) throws -> any SnapshotStore {
            guard place.hasPrefix("s3:") else { return FileSnapshotStore(path: place) }
            guard let region else {
                throw UsageError("Which Region is the bucket in? Give --region, or set AWS_REGION.")
            }
            do throws(AWSError) {
                return try assembler.s3(place, region: region)
            } catch {
                throw UsageError("--out: \(error.message)")
            }
        }

        func signer(_ key: Key) throws -> any SnapshotSigner {
            switch key {
            case .file(let path): return try pem(path)
            case .kms(let id):
                do throws(AWSError) {
                    if let signer = try assembler.signer(key: id, region: region) { return signer }
                } catch {
                    throw UsageError("--key: \(error.message)")
                }
                throw UsageError("Which Region is the key in? Give its ARN, or --region, or set AWS_REGION.")
            }
        }

        private func pem(_ path: String) throws(UsageError) -> PEMSnapshotSigner {
            let bytes: [UInt8]
            do throws(FileReader.Failure) {
                bytes = try FileReader.bytes(of: path, limit: 1 << 20)
            } catch {
                throw UsageError("The key file \(Printable.escaped(path)) \(error.message)")
            }
            if let signer = PEMSnapshotSigner(pem: bytes) { return signer }
            throw UsageError(
                "The key file \(Printable.escaped(path)) has no private key in PEM in it, of P-256 or of RSA with at least "
                    + "2048 bits, or it wants a passphrase."
            )
        }
    }
}
