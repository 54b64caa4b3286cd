// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

@Suite("Credentials of profiles")
struct ProfileCredentialsProviderTests {
    private static let keys = "aws_access_key_id = AKID\naws_secret_access_key = s3cr3t-source"
    private static let role = "arn:aws:iam::111111111111:role/reader"
    private static let assumed = """
        {"AssumeRoleResponse":{"AssumeRoleResult":{"Credentials":{"AccessKeyId":"ASIA","Expiration":4.0709088E9,\
        "SecretAccessKey":"s3cr3t-key","SessionToken":"s3cr3t-token"}}}}
        """

    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// A home with these files, and services at the server.
    private func environment(config: String, credentials: String = "", server: HTTPServer? = nil) throws -> [String:
        String]
    {
        try FileManager.default.createDirectory(
            atPath: folder.file(".aws/sso/cache"),
            withIntermediateDirectories: true
        )
        try folder.write(config, to: ".aws/config")
        try folder.write(credentials, to: ".aws/credentials")
        var environment = ["HOME": folder.path]
        if let server { environment["AWS_ENDPOINT_URL"] = "http://127.0.0.1:\(server.port)" }
        return environment
    }

    private func provider(
        _ profile: String?,
        _ environment: [String: String],
        secondFactor: (@Sendable (String) async throws -> String)? = nil
    ) -> ProfileCredentialsProvider {
        ProfileCredentialsProvider(
            profile,
            profiles: AWSProfiles(environment: environment),
            environment: environment,
            transport: CurlTransport(.init()),
            endpoints: EndpointResolver(environment: environment),
            secondFactor: secondFactor
        )
    }

    private func failure(_ profile: String?, _ environment: [String: String]) async throws -> AWSError {
        try #require(
            await #expect(throws: AWSError.self) { try await provider(profile, environment).credentials() }
        )
    }

    @Test func `keys stand in either file`() async throws {
        let environment = try environment(
            config: "[default]\n\(Self.keys)\n[profile b]\nregion = eu-west-1",
            credentials: "[b]\naws_access_key_id = B\naws_secret_access_key = s3cr3t-b\naws_session_token = s3cr3t-t"
        )
        #expect(try await provider(nil, environment).credentials().accessKeyId == "AKID")
        let credentials = try await provider("b", environment).credentials()
        #expect(credentials.accessKeyId == "B")
        #expect(credentials.sessionToken == "s3cr3t-t")
        expectHidden(["s3cr3t-source", "s3cr3t-b", "s3cr3t-t"], in: provider("b", environment))
        expectHidden(["s3cr3t-source", "s3cr3t-b", "s3cr3t-t"], in: AWSProfiles(environment: environment))
        #expect(AWSProfiles(environment: environment).region(of: "b") == "eu-west-1")
    }

    @Test func `other files and another profile can be named`() async throws {
        let file = try folder.write("[profile c]\n\(Self.keys)\nregion = eu-west-3", to: "elsewhere")
        let environment = ["AWS_CONFIG_FILE": file, "AWS_PROFILE": "c"]
        #expect(try await provider(nil, environment).credentials().accessKeyId == "AKID")
        let profiles = AWSProfiles(environment: environment)
        #expect(AWSRegion.find(environment: environment, profiles: profiles) == "eu-west-3")
        #expect(AWSRegion.find(environment: ["AWS_REGION": "eu-west-2"], profiles: profiles) == "eu-west-2")
        #expect(AWSRegion.find(configured: "eu-west-1", environment: ["AWS_REGION": "x"]) == "eu-west-1")
    }

    // MARK: Roles

    @Test func `a role of another profile, with external id and second factor`() async throws {
        let server = try await HTTPServer([.init(times: 0, body: Self.assumed)])
        let environment = try environment(
            config: """
                [profile reader]
                role_arn = \(Self.role)
                source_profile = base
                external_id = ext
                mfa_serial = arn:aws:iam::1:mfa/jane
                duration_seconds = 900
                region = eu-west-1
                [profile base]
                \(Self.keys)
                """,
            server: server
        )
        let asked = Locked(0)
        let provider = provider("reader", environment) { _ in
            asked.withLock { $0 += 1 }
            return "123456"
        }
        for _ in 0..<3 { #expect(try await provider.credentials().accessKeyId == "ASIA") }
        // It is kept, or people would be asked for a code for every request.
        #expect(asked.withLock { $0 } == 1)
        let seen = try #require(server.requests().first)
        #expect(seen.header("Authorization")?.contains("Credential=AKID/") == true)
        let expected =
            "&ExternalId=ext&DurationSeconds=900&SerialNumber=arn%3Aaws%3Aiam%3A%3A1%3Amfa%2Fjane&TokenCode=123456"
        #expect(seen.body.hasSuffix(expected))
    }

    @Test func `roles of roles, and a profile that is its own source`() async throws {
        let server = try await HTTPServer([.init(times: 0, body: Self.assumed)])
        let environment = try environment(
            config: """
                [profile outer]
                role_arn = arn:aws:iam::2:role/outer
                source_profile = inner
                region = eu-west-1
                [profile inner]
                role_arn = \(Self.role)
                source_profile = inner
                region = eu-west-1
                \(Self.keys)
                """,
            server: server
        )
        _ = try await provider("outer", environment).credentials()
        let keys = try server.requests().map { $0.header("Authorization")?.contains("Credential=AKID/") }
        #expect(keys == [true, false])
    }

    @Test func `a role may be assumed with a web identity`() async throws {
        let body = Self.assumed.replacing("AssumeRole", with: "AssumeRoleWithWebIdentity")
        let server = try await HTTPServer([.init(body: body)])
        let token = try folder.write("e30.token", to: "token")
        let environment = try environment(
            config: "[default]\nrole_arn = \(Self.role)\nweb_identity_token_file = \(token)\nregion = eu-west-1",
            server: server
        )
        _ = try await provider(nil, environment).credentials()
        #expect(try server.requests().first?.body.hasSuffix("&WebIdentityToken=e30.token") == true)
    }

    @Test(arguments: ["Environment", "EcsContainer"])
    func `the source may be the environment or a container`(source: String) async throws {
        let server = try await HTTPServer([
            .init(path: "/container", body: MetadataAnswers.credentials), .init(times: 0, body: Self.assumed),
        ])
        var environment = try environment(
            config: "[default]\nrole_arn = \(Self.role)\ncredential_source = \(source)\nregion = eu-west-1",
            server: server
        )
        environment["AWS_ACCESS_KEY_ID"] = "ENV"
        environment["AWS_SECRET_ACCESS_KEY"] = "s3cr3t"
        environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://127.0.0.1:\(server.port)/container"
        _ = try await provider(nil, environment).credentials()
        let key = source == "Environment" ? "ENV" : "ASIA"
        let seen = try #require(server.requests().last)
        #expect(seen.header("Authorization")?.contains("Credential=\(key)/") == true)
    }

    @Test(arguments: [
        (
            "[profile a]\nrole_arn = r\nsource_profile = b\nregion = x\n[profile b]\nrole_arn = r\nsource_profile = a\nregion = x",
            "a → b → a"
        ),
        ("[profile a]\nrole_arn = r\nsource_profile = a\nregion = x", "circle"),
        ("[profile a]\nrole_arn = r\nsource_profile = gone\nregion = x", "gone"),
        ("[profile a]\nrole_arn = r\nregion = x", "source_profile or credential_source"),
        ("[profile a]\nrole_arn = r\nsource_profile = b\ncredential_source = Environment\nregion = x", "either"),
        ("[profile a]\nrole_arn = r\ncredential_source = Moon\nregion = x", "Moon"),
        ("[profile a]\nrole_arn = r\ncredential_source = Environment", "Region"),
        ("[profile a]\nrole_arn = r\ncredential_source = Environment\nmfa_serial = m\nregion = x", "mfa_serial"),
        ("[profile a]\naws_access_key_id = x", "aws_secret_access_key is missing"),
        ("[profile a]\nsso_session = s", "[sso-session s]"),
        ("[profile a]\nsso_start_url = https://x", "sso_account_id"),
        ("[profile b]\nregion = x", "there are b"),
    ])
    func `a profile that is wrong says what is wrong with it`(config: String, words: String) async throws {
        let error = try await failure("a", try environment(config: config))
        #expect(error.code == .invalidArgument)
        #expect(error.message.hasPrefix("the profile a: "))
        #expect(error.message.contains(words), "\(error.message)")
    }

    @Test func `without files there are no profiles, and that is no mistake unless one was named`() async throws {
        let home = ["HOME": folder.file("nowhere")]
        #expect(try await failure(nil, home).code == .credentialsMissing)
        #expect(try await failure(nil, home.merging(["AWS_PROFILE": "a"]) { $1 }).code == .invalidArgument)
    }

    @Test func `a profile of settings alone is passed over by the chain`() async throws {
        var environment = try environment(config: "[default]\nregion = eu-west-1")
        environment["AWS_EC2_METADATA_DISABLED"] = "true"
        let transport = CurlTransport(.init())
        let chain = CredentialsChain.commandLine(environment: environment, transport: transport)
        let error = await #expect(throws: AWSError.self) { try await chain.credentials() }
        #expect(error?.code == .credentialsMissing)
        #expect(error?.message.contains("the profile default says nothing about credentials") == true)
        #expect("\(chain)" == "CredentialsChain(environment, web identity, profile, container, instance)")
        let named = CredentialsChain.commandLine(profile: "x", environment: environment, transport: transport)
        #expect("\(named)" == "CredentialsChain(profile)")
    }
}
