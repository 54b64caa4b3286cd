// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SSOSyncAWS
internal import SSOSyncCore

/// Makes the source of people and groups, and says what is missing for it.
struct SourceAssembler {
    let configuration: ConfigurationFile
    let environment: [String: String]
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
        }
    }

    private func identityCenter(_ center: IdentityCenterConfiguration, _ log: ProblemLog) -> IdentityCenterSource {
        let regions = regions(center)
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
        if ["AWS_MAX_ATTEMPTS", "AWS_RETRY_MODE"].contains(where: { environment[$0] != nil }) {
            settings.retryPolicy = RetryPolicy(environment: environment)
        }
        let transport = CurlTransport(.init(environment: environment))
        let endpoints = EndpointResolver(environment: environment)
        return IdentityCenterSource(
            settings,
            credentials: credentials(center, region: regions.first ?? "", transport, endpoints, log),
            transport: transport,
            endpoints: endpoints,
            logger: logger
        )
    }

    /// Where to look: where the configuration says, else where the environment and the profile do.
    private func regions(_ center: IdentityCenterConfiguration) -> [String] {
        if let region = center.region { return [region] }
        let variables = ["AWS_REGION", "AWS_DEFAULT_REGION"].map { environment[$0] }
        var regions: [String] = []
        for region in variables + [AWSProfiles(environment: environment).region()] {
            if let region, !region.isEmpty, !regions.contains(region) { regions.append(region) }
        }
        return regions
    }

    private func credentials(
        _ center: IdentityCenterConfiguration,
        region: String,
        _ transport: CurlTransport,
        _ endpoints: EndpointResolver,
        _ log: ProblemLog
    ) -> any CredentialsProvider {
        let own = CredentialsChain.commandLine(
            environment: environment,
            region: region.isEmpty ? nil : region,
            transport: transport,
            endpoints: endpoints
        )
        guard let role = center.roleArn, !region.isEmpty else { return own }
        do throws(AWSError) {
            let session = RoleSession(roleARN: role, externalId: center.externalId)
            let assumed = try AssumeRoleCredentialsProvider(
                session,
                source: own,
                region: region,
                transport: transport,
                endpoints: endpoints
            )
            return CachingCredentialsProvider(assumed)
        } catch {
            log.add("the role cannot be assumed: \(error.message)", at: path("roleArn"), line: nil)
            return own
        }
    }

    private func path(_ key: String) -> ValuePath {
        .key(key, of: .key("identityCenter", of: .key("directory", of: .root)))
    }
}
