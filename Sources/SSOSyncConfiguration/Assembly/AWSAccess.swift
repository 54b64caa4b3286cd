// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS

/// How AWS is reached: one pool of connections, one set of endpoints and one place of credentials for a whole run.
struct AWSAccess: Sendable {
    let transport: CurlTransport
    let endpoints: EndpointResolver
    /// The credentials of whoever runs the program.
    let credentials: any CredentialsProvider
    /// How often calls are tried; nil if the environment does not say.
    let retryPolicy: RetryPolicy?
    /// The Regions to look in if the configuration names none, the likeliest first.
    let regions: [String]

    /// Takes from the environment what AWS's own tools do.
    init(environment: [String: String]) {
        transport = CurlTransport(.init(environment: environment))
        let profiles = AWSProfiles(environment: environment)
        endpoints = EndpointResolver(environment: environment, profiles: profiles)
        credentials = CredentialsChain.commandLine(
            environment: environment,
            transport: transport,
            endpoints: endpoints
        )
        let saysHowOften = ["AWS_MAX_ATTEMPTS", "AWS_RETRY_MODE"].contains { environment[$0] != nil }
        retryPolicy = saysHowOften ? RetryPolicy(environment: environment) : nil
        let variables = ["AWS_REGION", "AWS_DEFAULT_REGION"].map { environment[$0] }
        regions = (variables + [profiles.region()]).reduce(into: []) { regions, region in
            if let region, !region.isEmpty, !regions.contains(region) { regions.append(region) }
        }
    }

    /// The credentials of a role, or, without one, of whoever runs the program.
    ///
    /// - Parameters:
    ///   - role: The role's ARN.
    ///   - externalId: The word that the role's owner asks for.
    ///   - region: The Region to call STS in.
    /// - Throws: `AWSError` if STS has no endpoint there.
    func credentials(
        assuming role: String?,
        externalId: String?,
        region: String
    ) throws(AWSError) -> any CredentialsProvider {
        guard let role else { return credentials }
        let assumed = try AssumeRoleCredentialsProvider(
            RoleSession(roleARN: role, externalId: externalId),
            source: credentials,
            region: region,
            transport: transport,
            endpoints: endpoints
        )
        return CachingCredentialsProvider(assumed)
    }

    /// Who runs the program.
    ///
    /// Does not wait for long: somebody sits there.
    ///
    /// - Parameter region: The Region to call STS in.
    /// - Throws: What the credentials provider throws, and `AWSError`.
    func caller(region: String) async throws -> STSClient.CallerIdentity {
        let policy = retryPolicy ?? RetryPolicy(maximumAttempts: 2)
        let client = try AWSClient(
            .sts,
            region: region,
            credentials: credentials,
            transport: transport,
            endpoints: endpoints,
            configuration: AWSClient.Configuration(retryPolicy: policy, attemptTimeout: .seconds(5))
        )
        return try await STSClient(client).callerIdentity()
    }
}
