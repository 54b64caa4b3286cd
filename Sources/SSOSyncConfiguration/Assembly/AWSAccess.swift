// SPDX-License-Identifier: Apache-2.0

package import SSOSyncAWS

/// How AWS is reached: one pool of connections, one set of endpoints and one place of credentials for a whole run.
public struct AWSAccess: Sendable {
    package let transport: CurlTransport
    let endpoints: EndpointResolver
    /// The credentials of whoever runs the program.
    let credentials: any CredentialsProvider
    /// How often calls are tried; nil if the environment does not say.
    package let retryPolicy: RetryPolicy?
    /// The Regions to look in if the configuration names none, the likeliest first.
    package let regions: [String]
    private let callersAccount: CallersAccount

    /// Takes from the environment what AWS's own tools do.
    ///
    /// - Parameters:
    ///   - environment: The process's environment variables.
    ///   - ask: Shows a question to whoever sits at the terminal and waits for a line, or returns nil if there is no terminal;
    ///     for the code that a profile with `mfa_serial` asks for. Nil if nobody can be there.
    public init(
        environment: [String: String],
        ask: (@Sendable (_ question: String) async throws -> String?)? = nil
    ) {
        transport = CurlTransport(.init(environment: environment))
        let profiles = AWSProfiles(environment: environment)
        endpoints = EndpointResolver(environment: environment, profiles: profiles)
        credentials = CredentialsChain.commandLine(
            environment: environment,
            transport: transport,
            endpoints: endpoints,
            secondFactor: ask.map { SecondFactorPrompt(ask: $0).code }
        )
        retryPolicy = Self.retryPolicy(environment)
        regions = Self.regions(environment, profiles.region())
        callersAccount = CallersAccount()
    }

    /// Takes from the environment what services and functions do: no profiles, and nothing that a person has to answer.
    ///
    /// - Parameters:
    ///   - environment: The process's environment variables.
    ///   - arn: An ARN of whoever runs the program, where it is known; nil if STS is to be asked whose account it is.
    package init(service environment: [String: String], arn: (@Sendable () -> String?)? = nil) {
        transport = CurlTransport(.init(environment: environment))
        endpoints = EndpointResolver(environment: environment)
        credentials = CredentialsChain.service(environment: environment, transport: transport, endpoints: endpoints)
        retryPolicy = Self.retryPolicy(environment)
        regions = Self.regions(environment, nil)
        callersAccount = CallersAccount(arn: arn)
    }

    private static func retryPolicy(_ environment: [String: String]) -> RetryPolicy? {
        let saysHowOften = ["AWS_MAX_ATTEMPTS", "AWS_RETRY_MODE"].contains { environment[$0] != nil }
        return saysHowOften ? RetryPolicy(environment: environment) : nil
    }

    private static func regions(_ environment: [String: String], _ profile: String?) -> [String] {
        let variables = ["AWS_REGION", "AWS_DEFAULT_REGION"].map { environment[$0] }
        return (variables + [profile]).reduce(into: []) { regions, region in
            if let region, !region.isEmpty, !regions.contains(region) { regions.append(region) }
        }
    }

    /// A client for a service in a Region.
    ///
    /// - Parameters:
    ///   - service: The service.
    ///   - region: The Region.
    ///   - role: A role to assume for it, and the word that its owner asks for.
    ///   - settings: How often and how fast it calls; by default as the environment says.
    /// - Throws: `AWSError` if the service, or STS, has no endpoint there.
    package func client(
        _ service: AWSService,
        region: String,
        role: (arn: String?, externalId: String?) = (nil, nil),
        settings: AWSClient.Configuration? = nil
    ) throws(AWSError) -> AWSClient {
        try AWSClient(
            service,
            region: region,
            credentials: try credentials(assuming: role.arn, externalId: role.externalId, region: region),
            transport: transport,
            endpoints: endpoints,
            configuration: settings ?? AWSClient.Configuration(retryPolicy: retryPolicy ?? RetryPolicy())
        )
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
        let settings = AWSClient.Configuration(retryPolicy: policy, attemptTimeout: .seconds(5))
        return try await STSClient(try client(.sts, region: region, settings: settings)).callerIdentity()
    }

    /// The account of whoever runs the program; nil if nobody says.
    ///
    /// - Parameter region: The Region to call STS in, once in a process, if it has to be asked.
    func account(region: String) async -> String? {
        await callersAccount.number { try await caller(region: region).account }
    }
}
