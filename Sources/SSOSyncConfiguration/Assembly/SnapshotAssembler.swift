// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncCore

/// Makes what reads and writes snapshots, and says what is missing for it.
struct SnapshotAssembler {
    let configuration: ConfigurationFile
    let aws: AWSAccess

    /// The source; what is missing for it goes to the log, and then it is not to be used.
    func source(_ snapshot: SnapshotConfiguration, _ log: ProblemLog) -> any IdentitySource {
        let keys = snapshot.keys.compactMap { key($0, log) }
        guard let store = store(snapshot, log), keys.count == snapshot.keys.count else { return NoSource() }
        let expectations = SnapshotExpectations(
            directory: snapshot.directoryId,
            accountName: configuration.accountName,
            maximumAge: snapshot.maximumAge ?? SnapshotExpectations.defaultMaximumAge
        )
        let memory: any SnapshotMemory =
            snapshot.memory.map { FileSnapshotMemory(path: configuration.resolved($0)) } ?? ProcessSnapshotMemory()
        return SnapshotSource(store, keys: keys, expectations: expectations, memory: memory)
    }

    private func store(_ snapshot: SnapshotConfiguration, _ log: ProblemLog) -> (any SnapshotStore)? {
        switch snapshot.place {
        case .file(let path): return FileSnapshotStore(path: configuration.resolved(path))
        case .s3(let text):
            guard let region = snapshot.region ?? aws.regions.first else {
                let message = "is missing: give the Region that the bucket is in, or set AWS_REGION"
                log.add(message, at: path("region"), line: nil)
                return nil
            }
            do throws(AWSError) {
                let role = (snapshot.roleArn, snapshot.externalId)
                return try s3(text, versionId: snapshot.versionId, region: region, role: role)
            } catch {
                log.add("cannot be asked: \(error.message)", at: path("s3"), line: nil)
                return nil
            }
        }
    }

    private func key(_ key: SnapshotConfiguration.Key, _ log: ProblemLog) -> SnapshotKeyPin? {
        switch key {
        case .fingerprint(let text): return SnapshotKeyPin(fingerprint: text)
        case .file(let file):
            let file = configuration.resolved(file)
            do throws(FileReader.Failure) {
                if let pin = SnapshotKeyPin(pem: try FileReader.bytes(of: file, limit: 1 << 20)) { return pin }
                let message = "has no public key in PEM in it, of P-256 or of RSA with at least 2048 bits"
                log.add("\(Printable.escaped(file)) \(message)", at: path("publicKey"), line: nil)
            } catch {
                log.add("\(Printable.escaped(file)) \(error.message)", at: path("publicKey"), line: nil)
            }
            return nil
        }
    }

    /// A place in S3.
    ///
    /// - Throws: `AWSError` if the text is none, or S3 has no endpoint in that Region.
    func s3(
        _ text: String,
        versionId: String? = nil,
        region: String,
        role: (arn: String?, externalId: String?) = (nil, nil),
        settings: AWSClient.Configuration? = nil
    ) throws(AWSError) -> S3SnapshotStore {
        guard let location = S3Location(text) else {
            throw AWSError(.invalidArgument, "\(text) is no place in S3 such as s3://bucket/snapshot.json")
        }
        let client = try aws.client(.s3, region: region, role: role, settings: settings)
        return S3SnapshotStore(location, versionId: versionId, client: S3Client(client))
    }

    /// What signs with a key in KMS; nil if nobody says which Region the key is in.
    ///
    /// - Throws: `AWSError` if KMS has no endpoint there.
    func signer(
        key: String,
        region: String?,
        settings: AWSClient.Configuration? = nil
    ) throws(AWSError) -> KMSSnapshotSigner? {
        let ofKey = ARN(key).flatMap { $0.service == "kms" ? $0.region : nil }
        guard let region = ofKey ?? region else { return nil }
        return KMSSnapshotSigner(key: key, client: KMSClient(try aws.client(.kms, region: region, settings: settings)))
    }

    private func path(_ key: String) -> ValuePath {
        .key(key, of: .key("snapshot", of: .key("directory", of: .root)))
    }
}

/// Stands for a source that something is missing for, which the log has told.
private struct NoSource: IdentitySource {
    func directory(_ request: DirectoryRequest) throws -> Directory {
        throw SyncError(.source, "there is no directory, as the configuration is wrong")
    }
}
