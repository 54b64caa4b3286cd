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
        let webIdentity = WebIdentityCredentialsProvider(
            environment: environment,
            region: region ?? AWSRegion.environment(environment),
            transport: transport,
            endpoints: endpoints ?? EndpointResolver(environment: environment)
        )
        let container = ContainerCredentialsProvider(environment: environment, transport: transport)
        let instance = InstanceCredentialsProvider(environment: environment, transport: transport)
        return CredentialsChain([
            .init("environment", EnvironmentCredentialsProvider(environment: environment)),
            .init("web identity", CachingCredentialsProvider(webIdentity)),
            .init("container", CachingCredentialsProvider(container)),
            .init("instance", CachingCredentialsProvider(instance)),
        ])
    }
}
