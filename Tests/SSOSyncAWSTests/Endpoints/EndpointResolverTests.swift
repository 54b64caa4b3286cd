// SPDX-License-Identifier: Apache-2.0

import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

@Suite("Where services are called")
struct EndpointResolverTests {
    private struct File: Decodable {
        let cases: [Case]
    }

    private struct Case: Decodable {
        let service: String
        let region: String
        let fips: Bool
        let dualStack: Bool
        let url: String?
    }

    private static let services: [String: AWSService] = [
        "identitystore": .identityStore, "sso-admin": .ssoAdmin, "sso": .sso, "rds": .rds, "sts": .sts, "sns": .sns,
        "sqs": .sqs, "events": .eventBridge, "s3": .s3, "kms": .kms, "dynamodb": .dynamoDB,
    ]

    /// The recorded answers are botocore's, from the services' published rules.
    @Test func `as the services' published rules say, for every service, partition and kind`() throws {
        let cases = try Vectors.decode(File.self, from: "endpoints.json").cases
        #expect(cases.count == Self.services.count * 20)
        for example in cases {
            let service = try #require(Self.services[example.service])
            let resolver = EndpointResolver(usesFIPS: example.fips, usesDualStack: example.dualStack)
            let endpoint = try? resolver.endpoint(of: service, region: example.region)
            #expect(endpoint.map { "\($0.origin)\($0.path)" } == example.url)
            #expect(endpoint.map { $0.signingRegion == example.region } ?? true)
        }
    }

    @Test(arguments: [
        ("cn-north-1", "aws-cn"), ("us-gov-east-1", "aws-us-gov"), ("eu-west-1", "aws"), ("mars-north-1", "aws"),
    ])
    func `Regions belong to partitions`(region: String, partition: String) {
        #expect(AWSPartition(region: region).name == partition)
    }

    @Test(arguments: ["", "eu-west-1.evil.example", "eu west", "EU-WEST-1", "eu-west-1/"])
    func `what is no Region is refused`(region: String) {
        let error = #expect(throws: AWSError.self) { try EndpointResolver().endpoint(of: .rds, region: region) }
        #expect(error?.code == .invalidArgument)
    }

    // MARK: Endpoints that were set

    private func endpoint(_ environment: [String: String], of service: AWSService = .ssoAdmin) throws -> String {
        let endpoint = try EndpointResolver(environment: environment).endpoint(of: service, region: "eu-west-1")
        return "\(endpoint.origin)\(endpoint.path)"
    }

    @Test func `the service's own variable comes before the one for all`() throws {
        let environment = [
            "AWS_ENDPOINT_URL": "https://all.example:8443/base/", "AWS_ENDPOINT_URL_SSO_ADMIN": "http://127.0.0.1:4566",
        ]
        #expect(try endpoint(environment) == "http://127.0.0.1:4566")
        #expect(try endpoint(environment, of: .rds) == "https://all.example:8443/base")
    }

    @Test func `they can be ignored, and empty ones are`() throws {
        let usual = "https://sso.eu-west-1.amazonaws.com"
        let ignored = ["AWS_ENDPOINT_URL": "https://all.example", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "TRUE"]
        #expect(try endpoint(ignored) == usual)
        #expect(try endpoint(["AWS_ENDPOINT_URL": ""]) == usual)
    }

    @Test func `FIPS and dual stack are chosen by the environment`() throws {
        #expect(
            try endpoint(["AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true"], of: .kms)
                == "https://kms-fips.eu-west-1.api.aws"
        )
    }

    @Test(arguments: [
        "http://all.example", "ftp://all.example", "all.example", "https://", "https://a b", "https://user@host",
        "https://host:0", "https://host:x", "https://host#part", "http://localhost.example:80", "https://[::1",
        "http://127.0.0.1.example",
    ])
    func `an address that is none, or would be asked in clear, is an error that names the variable`(text: String) {
        let error = #expect(throws: AWSError.self) { try endpoint(["AWS_ENDPOINT_URL": text]) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("AWS_ENDPOINT_URL") == true)
    }

    // The precedence is that of https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html.
    @Test func `a profile's endpoints come after the environment's, its services' own before the one for all`() throws {
        let folder = try TemporaryFolder()
        try folder.write(
            """
            [profile local]
            endpoint_url = https://all.example/
            services = testing
            [services testing]
            sso_admin =
              endpoint_url = http://localhost:4566
              region = eu-west-1
            rds =
              endpoint_url = ftp://rds.example
            [profile ignoring]
            endpoint_url = https://all.example
            ignore_configured_endpoint_urls = true
            """,
            to: ".aws/config"
        )
        let home = ["HOME": folder.path]
        func endpoint(_ more: [String: String], of service: AWSService, profile: String? = "local") throws -> String {
            let environment = home.merging(more) { $1 }
            let profiles = AWSProfiles(environment: environment)
            let resolver = EndpointResolver(environment: environment, profiles: profiles, profile: profile)
            return "\(try resolver.endpoint(of: service, region: "eu-west-1").origin)"
        }
        #expect(try endpoint([:], of: .ssoAdmin) == "http://localhost:4566")
        #expect(try endpoint([:], of: .sts) == "https://all.example")
        #expect(try endpoint(["AWS_PROFILE": "local"], of: .sts, profile: nil) == "https://all.example")
        #expect(try endpoint(["AWS_ENDPOINT_URL": "https://env.example"], of: .ssoAdmin) == "https://env.example")
        #expect(
            try endpoint(["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false"], of: .sts, profile: "ignoring")
                == "https://all.example"
        )
        for (more, profile) in [
            (["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"], "local"), ([:], "ignoring"), ([:], "unknown"),
            (["AWS_ENDPOINT_URL": "https://env.example"], "ignoring"),
        ] { #expect(try endpoint(more, of: .sts, profile: profile) == "https://sts.eu-west-1.amazonaws.com") }
        let error = #expect(throws: AWSError.self) { try endpoint([:], of: .rds) }
        #expect(error?.message.contains("endpoint_url of the profile local") == true)
    }

    @Test(arguments: [
        ("HTTPS://Host.Example/A", "https://host.example/A"), ("http://[::1]:8080/", "http://[::1]:8080"),
        ("http://localhost", "http://localhost"), ("https://host:443", "https://host"),
    ])
    func `addresses that are taken`(text: String, expected: String) throws {
        #expect(try endpoint(["AWS_ENDPOINT_URL": text]) == expected)
    }
}
