// SPDX-License-Identifier: Apache-2.0

/// Knows where services are called: a pure value.
///
/// The host names follow the services' endpoint rules
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html>); STS is always called in its Region.
public struct EndpointResolver: Sendable {
    /// Whether FIPS 140 endpoints are used.
    public var usesFIPS: Bool
    /// Whether endpoints that have IPv6 addresses, too, are used.
    public var usesDualStack: Bool

    /// Endpoints that were set, as text, by the variable's name.
    private let overrides: [String: String]
    /// Those that a profile sets, by the variable that would say the same.
    private let settings: [String: String]
    private let profile: String

    /// Makes a resolver without endpoints of its own.
    ///
    /// - Parameters:
    ///   - usesFIPS: Whether FIPS 140 endpoints are used.
    ///   - usesDualStack: Whether endpoints that have IPv6 addresses, too, are used.
    public init(usesFIPS: Bool = false, usesDualStack: Bool = false) {
        self.usesFIPS = usesFIPS
        self.usesDualStack = usesDualStack
        (overrides, settings, profile) = ([:], [:], "")
    }

    /// Takes what environment variables say: `AWS_USE_FIPS_ENDPOINT`, `AWS_USE_DUALSTACK_ENDPOINT`, and, unless
    /// `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` or the profile's `ignore_configured_endpoint_urls` is true,
    /// `AWS_ENDPOINT_URL_<SERVICE>` and `AWS_ENDPOINT_URL`.
    ///
    /// The service is named by its id in capitals, with `_` for spaces: `AWS_ENDPOINT_URL_SSO_ADMIN`
    /// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>).
    ///
    /// Where the variables say nothing, `services` and `endpoint_url` of a profile do.
    ///
    /// - Parameters:
    ///   - environment: The variables by name.
    ///   - profiles: The profiles that there are; nil to look at none.
    ///   - profile: The profile that counts; by default ``AWSProfiles/current``.
    public init(environment: [String: String], profiles: AWSProfiles? = nil, profile: String? = nil) {
        func isSet(_ name: String) -> Bool { environment[name]?.lowercased() == "true" }
        usesFIPS = isSet("AWS_USE_FIPS_ENDPOINT")
        usesDualStack = isSet("AWS_USE_DUALSTACK_ENDPOINT")
        self.profile = profile ?? profiles?.current ?? ""
        // One switch for both places, for which the variable goes before the profile, as for botocore.
        let isIgnoring =
            environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"].map { $0.lowercased() == "true" }
            ?? profiles?.ignoresEndpoints(of: self.profile) ?? false
        guard !isIgnoring else {
            (overrides, settings) = ([:], [:])
            return
        }
        settings = profiles?.endpoints(of: self.profile) ?? [:]
        overrides = environment.filter { $0.key.hasPrefix(Self.variable) && !$0.value.isEmpty }
    }

    private static let variable = "AWS_ENDPOINT_URL"

    /// Where a service is called in a Region.
    ///
    /// - Throws: ``AWSError`` with the code ``AWSError/Code/invalidArgument`` if the Region has no name that could be
    ///   one, or the endpoint that was set is no address, or one that would be asked in clear over a network.
    public func endpoint(of service: AWSService, region: String) throws(AWSError) -> AWSEndpoint {
        guard Self.isRegion(region) else {
            throw AWSError(.invalidArgument, "\(service.id) has to be called in a Region, such as eu-west-1")
        }
        if let (text, name) = override(of: service) {
            let address = try HTTPAddress(text, named: name)
            guard address.origin.scheme == .https || address.origin.isLoopback else {
                throw AWSError(
                    .invalidArgument,
                    "\(name) is not asked in clear: use https, or a server on this machine"
                )
            }
            return AWSEndpoint(origin: address.origin, path: address.path, signingRegion: region, isOverride: true)
        }
        let names = EndpointNames(service, region: region, usesFIPS: usesFIPS, usesDualStack: usesDualStack)
        let origin = try HTTPOrigin(host: try names.host)
        return AWSEndpoint(origin: origin, path: "", signingRegion: region, isOverride: false)
    }

    /// The endpoint that was set for a service, and what set it: the environment goes before the profile, what is said of
    /// the service before what is said of all.
    private func override(of service: AWSService) -> (text: String, name: String)? {
        let variables = ["\(Self.variable)_\(service.id.uppercased().replacing(" ", with: "_"))", Self.variable]
        for variable in variables {
            if let text = overrides[variable] { return (text, variable) }
        }
        for variable in variables {
            if let text = settings[variable] { return (text, "endpoint_url of the profile \(profile)") }
        }
        return nil
    }

    private static func isRegion(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                    true
                default:
                    false
                }
            }
    }
}
