// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SSOSyncAWS
internal import SSOSyncCore

/// Makes the source of people and groups, and says what is missing for it.
struct SourceAssembler {
    let configuration: ConfigurationFile
    let aws: AWSAccess
    let documents: DocumentReader
    let logger: Logger

    /// The source; what is missing for it goes to the log, and then it is not to be used.
    func source(_ log: ProblemLog) -> any IdentitySource {
        switch configuration.directory {
        case .file(let path, let id):
            return FileIdentitySource(
                path: configuration.resolved(path),
                id: id,
                accountName: configuration.accountName,
                documents: documents
            )
        case .identityCenter(let center): return identityCenter(center, log)
        case .snapshot(let snapshot):
            return SnapshotAssembler(configuration: configuration, aws: aws).source(snapshot, log)
        }
    }

    private func identityCenter(_ center: IdentityCenterConfiguration, _ log: ProblemLog) -> IdentityCenterSource {
        let regions = center.region.map { [$0] } ?? aws.regions
        if regions.isEmpty {
            let message = "is missing: give the Region that IAM Identity Center is in, or set AWS_REGION"
            log.add(message, at: path("region"), line: nil)
        }
        var settings = IdentityCenterSource.Configuration(
            regions: regions,
            identityStoreId: center.identityStoreId,
            accountName: configuration.accountName
        )
        if let rate = center.requestsPerSecond { settings.limiter = RequestLimiter(requestsPerSecond: Double(rate)) }
        if let policy = aws.retryPolicy { settings.retryPolicy = policy }
        return IdentityCenterSource(
            settings,
            credentials: credentials(center, region: regions.first, log),
            transport: aws.transport,
            endpoints: aws.endpoints,
            logger: logger
        )
    }

    private func credentials(
        _ center: IdentityCenterConfiguration,
        region: String?,
        _ log: ProblemLog
    ) -> any CredentialsProvider {
        guard let region else { return aws.credentials }
        do throws(AWSError) {
            return try aws.credentials(assuming: center.roleArn, externalId: center.externalId, region: region)
        } catch {
            log.add("the role cannot be assumed: \(error.message)", at: path("roleArn"), line: nil)
            return aws.credentials
        }
    }

    private func path(_ key: String) -> ValuePath {
        .key(key, of: .key("identityCenter", of: .key("directory", of: .root)))
    }
}
