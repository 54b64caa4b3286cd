// SPDX-License-Identifier: Apache-2.0

extension CredentialsChain {
    /// The chain for services and functions: the environment's keys, a web identity, a container's endpoint, and the
    /// metadata service of an EC2 instance.
    ///
    /// In the order of the AWS SDKs. What costs a request is kept until shortly before it expires.
    ///
    /// - Parameters:
    ///   - environment: The variables by name.
    ///   - region: The Region to call STS in; by default `AWS_REGION` or `AWS_DEFAULT_REGION`.
    ///   - transport: What sends requests.
    ///   - endpoints: Where STS is found; by default what the environment says.
    public static func service(
        environment: [String: String],
        region: String? = nil,
        transport: any HTTPTransport,
        endpoints: EndpointResolver? = nil
    ) -> CredentialsChain {
        chain(environment, region, transport, endpoints, profile: [])
    }

    /// The chain for people at a terminal: as ``service(environment:region:transport:endpoints:)``, with a profile of the
    /// files that AWS tools share before the container's endpoint.
    ///
    /// - Parameters:
    ///   - profile: The profile, if somebody named one; nobody else is asked then.
    ///   - environment: The variables by name.
    ///   - region: The Region to call STS in; by default `AWS_REGION`, `AWS_DEFAULT_REGION` or the profile's.
    ///   - transport: What sends requests.
    ///   - endpoints: Where services are found; by default what the environment and the profile say.
    ///   - secondFactor: Asks a person for the code that the device with this serial number shows.
    public static func commandLine(
        profile: String? = nil,
        environment: [String: String],
        region: String? = nil,
        transport: any HTTPTransport,
        endpoints: EndpointResolver? = nil,
        secondFactor: (@Sendable (_ serialNumber: String) async throws -> String)? = nil
    ) -> CredentialsChain {
        let profiles = AWSProfiles(environment: environment)
        let region = region ?? AWSRegion.environment(environment) ?? profiles.region(of: profile)
        let endpoints = endpoints ?? EndpointResolver(environment: environment, profiles: profiles, profile: profile)
        let provider = ProfileCredentialsProvider(
            profile,
            profiles: profiles,
            environment: environment,
            region: region,
            transport: transport,
            endpoints: endpoints,
            secondFactor: secondFactor
        )
        let link = Link("profile", provider)
        guard profile == nil else { return CredentialsChain([link]) }
        return chain(environment, region, transport, endpoints, profile: [link])
    }

    private static func chain(
        _ environment: [String: String],
        _ region: String?,
        _ transport: any HTTPTransport,
        _ endpoints: EndpointResolver?,
        profile: [Link]
    ) -> CredentialsChain {
        let webIdentity = WebIdentityCredentialsProvider(
            environment: environment,
            region: region ?? AWSRegion.environment(environment),
            transport: transport,
            endpoints: endpoints ?? EndpointResolver(environment: environment)
        )
        let container = ContainerCredentialsProvider(environment: environment, transport: transport)
        let instance = InstanceCredentialsProvider(environment: environment, transport: transport)
        let first = [
            Link("environment", EnvironmentCredentialsProvider(environment: environment)),
            Link("web identity", CachingCredentialsProvider(webIdentity)),
        ]
        let last = [
            Link("container", CachingCredentialsProvider(container)),
            Link("instance", CachingCredentialsProvider(instance)),
        ]
        return CredentialsChain(first + profile + last)
    }
}
