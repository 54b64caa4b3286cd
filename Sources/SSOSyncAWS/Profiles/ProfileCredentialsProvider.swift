// SPDX-License-Identifier: Apache-2.0

/// Takes credentials from a profile: a role to assume, a login to IAM Identity Center, keys, or a program that has some.
///
/// Which of them is tried in this order, as AWS's command line does
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html>). Keep it: what it got is kept until shortly
/// before it expires.
public struct ProfileCredentialsProvider: CredentialsProvider, CustomStringConvertible, CustomReflectable {
    private let name: String
    private let provider: Result<any CredentialsProvider, AWSError>

    /// Finds out where a profile's credentials come from.
    ///
    /// - Parameters:
    ///   - profile: Its name; by default ``AWSProfiles/current``.
    ///   - profiles: The profiles that there are.
    ///   - environment: The variables by name.
    ///   - region: The Region to call STS in, if the profile has none.
    ///   - transport: What sends requests.
    ///   - endpoints: Where services are found.
    ///   - secondFactor: Asks a person for the code that the device with this serial number shows; nil if nobody is there
    ///     to ask.
    public init(
        _ profile: String? = nil,
        profiles: AWSProfiles,
        environment: [String: String],
        region: String? = nil,
        transport: any HTTPTransport,
        endpoints: EndpointResolver = EndpointResolver(),
        secondFactor: (@Sendable (_ serialNumber: String) async throws -> String)? = nil
    ) {
        name = profile ?? profiles.current
        let resolver = ProfileResolver(
            profiles: profiles,
            environment: environment,
            region: region,
            transport: transport,
            endpoints: endpoints,
            secondFactor: secondFactor
        )
        // Somebody who named a profile wants that one, and nothing else if it is not there.
        let isNamed = profile != nil || profiles.isChosen
        provider = Result { [name] () throws(AWSError) in try resolver.provider(name, isNamed: isNamed) }
    }

    /// The profile's credentials.
    ///
    /// - Throws: ``AWSError`` with the code ``AWSError/Code/credentialsMissing`` if there is no profile and none was named.
    public func credentials() async throws -> Credentials {
        do {
            return try await provider.get().credentials()
        } catch let error as AWSError where error.code != .credentialsMissing {
            throw error.about("the profile \(name)")
        }
    }

    /// The profile's name, never more.
    public var description: String { "ProfileCredentialsProvider(\(name))" }

    /// Shows the name alone.
    public var customMirror: Mirror { Mirror(self, children: ["profile": name]) }
}
