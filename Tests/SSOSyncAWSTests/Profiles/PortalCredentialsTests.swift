// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import SSOSyncDigest
import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

@Suite("Credentials from a login to IAM Identity Center")
struct PortalCredentialsTests {
    private static let start = "https://corp.awsapps.com/start"
    private static let answer = """
        {"roleCredentials":{"accessKeyId":"ASIA","secretAccessKey":"s3cr3t-key","sessionToken":"s3cr3t-token",\
        "expiration":4070908800000}}
        """
    private static let account = "sso_account_id = 111111111111\nsso_role_name = Read Only\nregion = eu-west-1"
    private static let legacy =
        "[profile a]\nsso_start_url = \(start)\nsso_region = eu-central-1\n\(account)"
    private static let session =
        "[profile a]\nsso_session = corp\n\(account)\n[sso-session corp]\nsso_start_url = \(start)\nsso_region = eu-central-1"

    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: folder.file(".aws/sso/cache"),
            withIntermediateDirectories: true
        )
    }

    private func provider(_ config: String, _ server: HTTPServer) throws -> ProfileCredentialsProvider {
        try folder.write(config, to: ".aws/config")
        let environment = ["HOME": folder.path]
        let endpoint = ["AWS_ENDPOINT_URL_SSO": "http://127.0.0.1:\(server.port)"]
        return ProfileCredentialsProvider(
            "a",
            profiles: AWSProfiles(environment: environment),
            environment: environment,
            transport: CurlTransport(.init()),
            endpoints: EndpointResolver(environment: endpoint)
        )
    }

    private func logIn(_ key: String, until end: String) throws {
        let name = SHA1.digest(key.utf8).hexadecimal
        let text = #"{"startUrl":"\#(Self.start)","accessToken":"s3cr3t-login","expiresAt":"\#(end)"}"#
        try folder.write(text, to: ".aws/sso/cache/\(name).json")
    }

    /// The names of the files are AWS's own: `printf %s NAME | sha1sum`.
    @Test func `the cache's files are named after a SHA-1`() {
        #expect(SHA1.digest("abc".utf8).hexadecimal == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(SHA1.digest([]).hexadecimal == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
    }

    @Test(arguments: [(session, "corp"), (legacy, start)], ["2099-01-01T00:00:00Z", "2099-01-01T00:00:00UTC"])
    func `a login is changed into credentials`(profile: (config: String, key: String), end: String) async throws {
        let server = try await HTTPServer([.init(body: Self.answer)])
        try logIn(profile.key, until: end)
        let credentials = try await provider(profile.config, server).credentials()
        #expect(credentials.accessKeyId == "ASIA")
        #expect(credentials.sessionToken == "s3cr3t-token")
        #expect(credentials.expiration == (try date("2099-01-01T00:00:00Z")))
        let seen = try #require(server.requests().first)
        #expect(seen.method == "GET")
        #expect(seen.target == "/federation/credentials?account_id=111111111111&role_name=Read%20Only")
        #expect(seen.header("x-amz-sso_bearer_token") == "s3cr3t-login")
        #expect(seen.header("Authorization") == nil)
    }

    @Test(arguments: [nil, "2020-01-01T00:00:00Z", "soon"] as [String?])
    func `without a login that holds, the error says how to log in`(end: String?) async throws {
        let server = try await HTTPServer([])
        if let end { try logIn("corp", until: end) }
        let provider = try provider(Self.session, server)
        let error = try #require(await #expect(throws: AWSError.self) { try await provider.credentials() })
        #expect(error.message.contains("aws sso login --profile a"))
        #expect(try server.requests().isEmpty)
    }

    @Test func `a login that was ended elsewhere has expired, too`() async throws {
        let body = #"{"__type":"UnauthorizedException","message":"Session token not found or invalid"}"#
        let server = try await HTTPServer([.init(status: 401, body: body)])
        try logIn("corp", until: "2099-01-01T00:00:00Z")
        let provider = try provider(Self.session, server)
        let error = try #require(await #expect(throws: AWSError.self) { try await provider.credentials() })
        #expect(error.code == .credentialsExpired)
        #expect(error.message.contains("aws sso login --profile a"))
        expectHidden(["s3cr3t-login"], in: error)
    }
}
