// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import InMemoryLogging
import Logging
import SSOSyncDigest
import SSOSyncTestSupport
import Synchronization
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
        let address = "http://127.0.0.1:\(server.port)"
        let endpoint = ["AWS_ENDPOINT_URL_SSO": address, "AWS_ENDPOINT_URL_SSO_OIDC": address]
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

    // MARK: Renewal

    private static let renewed =
        #"{"accessToken":"s3cr3t-new","expiresIn":28800,"refreshToken":"s3cr3t-next","tokenType":"Bearer"}"#

    /// A login that was made with an `sso-session`, in the words of AWS's command line.
    private func logIn(minutesLeft minutes: Int, registeredUntil end: String = "2099-01-01T00:00:00Z") throws -> String
    {
        let path = ".aws/sso/cache/\(SHA1.digest("corp".utf8).hexadecimal).json"
        let until = Date().addingTimeInterval(Double(minutes) * 60).formatted(.iso8601)
        let text = """
            {"startUrl":"\(Self.start)","region":"eu-central-1","accessToken":"s3cr3t-login","expiresAt":"\(until)",\
            "clientId":"c1","clientSecret":"s3cr3t-client","registrationExpiresAt":"\(end)","refreshToken":"s3cr3t-refresh",\
            "future":7}
            """
        try folder.write(text, to: path)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder.file(path))
        return folder.file(path)
    }

    private struct Renewal: Decodable {
        let clientId: String
        let clientSecret: String
        let refreshToken: String
        let grantType: String
    }

    @Test(arguments: [-5, 10]) func `a login that is about to end is renewed, and kept for AWS's tools`(
        minutes: Int
    ) async throws {
        let server = try await HTTPServer([.init(body: Self.renewed), .init(body: Self.answer)])
        let path = try logIn(minutesLeft: minutes)
        #expect(try await provider(Self.session, server).credentials().accessKeyId == "ASIA")
        let requests = try server.requests()
        let asked = try JSONDecoder().decode(Renewal.self, from: Data(try #require(requests.first).body.utf8))
        #expect(asked.grantType == "refresh_token")
        #expect([asked.clientId, asked.clientSecret, asked.refreshToken] == ["c1", "s3cr3t-client", "s3cr3t-refresh"])
        #expect(requests.first?.target == "/token")
        #expect(requests.first?.header("Authorization") == nil)
        #expect(requests.last?.header("x-amz-sso_bearer_token") == "s3cr3t-new")

        let kept = try #require(FileManager.default.contents(atPath: path))
        let fields = try JSONDecoder().decode(SSOToken.Document.self, from: kept).fields
        #expect(fields["refreshToken"] == "s3cr3t-next")
        #expect(fields["startUrl"] == Self.start)
        let end = try #require(SSOToken(SSOToken.Document(fields: fields))).end
        #expect((28_700...28_800).contains(end.timeIntervalSinceNow))
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func `a login that cannot be renewed is used to its end, and then the error says how to log in`() async throws
    {
        let refusal = HTTPServer.Reply(
            status: 400,
            body: #"{"error":"invalid_grant","error_description":"s3cr3t-refresh"}"#
        )
        let good = try await HTTPServer([refusal, .init(body: Self.answer)])
        _ = try logIn(minutesLeft: 10)
        #expect(try await provider(Self.session, good).credentials().accessKeyId == "ASIA")
        #expect(try good.requests().last?.header("x-amz-sso_bearer_token") == "s3cr3t-login")

        let over = try await HTTPServer([refusal])
        _ = try logIn(minutesLeft: -5)
        let provider = try provider(Self.session, over)
        let error = try #require(await #expect(throws: AWSError.self) { try await provider.credentials() })
        #expect(error.code == .credentialsExpired)
        #expect(error.message.contains("aws sso login --profile a"))
        expectHidden(["s3cr3t-refresh", "s3cr3t-client", "s3cr3t-login"], in: error)
    }

    @Test func `with a client whose registration is over nobody is asked for a new token`() async throws {
        let server = try await HTTPServer([])
        _ = try logIn(minutesLeft: -5, registeredUntil: "2020-01-01T00:00:00Z")
        let provider = try provider(Self.session, server)
        await #expect(throws: AWSError.self) { try await provider.credentials() }
        #expect(try server.requests().isEmpty)
    }

    @Test func `a renewed login that cannot be kept is used by this process all the same`() async throws {
        let next = #"{"accessToken":"s3cr3t-newer","expiresIn":28800,"refreshToken":"s3cr3t-last"}"#
        let server = try await HTTPServer([
            .init(body: Self.renewed.replacing("28800", with: "600")), .init(body: Self.answer), .init(body: next),
            .init(body: Self.answer), .init(body: Self.answer), .init(body: Self.answer),
        ])
        let path = try logIn(minutesLeft: 10)
        // A name that leaves no room for that of the new file beside it, so that root cannot write it either.
        let file = folder.file(String(repeating: "x", count: 240))
        try FileManager.default.moveItem(atPath: path, toPath: file)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: file)
        let before = try #require(FileManager.default.contents(atPath: path))

        let address = "http://127.0.0.1:\(server.port)"
        let log = InMemoryLogHandler()
        let provider = try PortalCredentialsProvider(
            token: SSOTokenCache(folder: folder.file(".aws/sso/cache"), key: "corp", profile: "a"),
            accountId: "111111111111",
            roleName: "Read Only",
            region: "eu-central-1",
            transport: CurlTransport(.init()),
            endpoints: EndpointResolver(
                environment: ["AWS_ENDPOINT_URL_SSO": address, "AWS_ENDPOINT_URL_SSO_OIDC": address]
            ),
            logger: Logger(label: "test") { _ in log }
        )
        for _ in 0..<3 { #expect(try await provider.credentials().accessKeyId == "ASIA") }
        let requests = try server.requests()
        let shown = requests.compactMap { $0.header("x-amz-sso_bearer_token") }
        #expect(shown == ["s3cr3t-new", "s3cr3t-newer", "s3cr3t-newer"])
        #expect(requests.filter { $0.target == "/token" }.map { $0.body.contains("s3cr3t-next") } == [false, true])
        #expect(FileManager.default.contents(atPath: path) == before)
        let warnings = log.entries.map { "\($0.message)" }
        #expect(
            warnings.count == 2 && warnings.allSatisfy { $0.contains("cannot be kept") && $0.contains(path) },
            "\(warnings)"
        )
        #expect(!warnings.joined().contains("s3cr3t"))

        // Until somebody logs in anew.
        try FileManager.default.removeItem(atPath: path)
        try logIn("corp", until: "2099-01-01T00:00:00Z")
        _ = try await provider.credentials()
        #expect(try server.requests().last?.header("x-amz-sso_bearer_token") == "s3cr3t-login")
    }

    /// Two answers: to the renewal, before which somebody else writes another login, and to what the token is shown to.
    private final class Rival: HTTPTransport {
        let path: String
        let login: String
        let renewal: HTTPResponse
        let shown = Mutex<String?>(nil)

        init(_ path: String, login: String, renewal: HTTPResponse) {
            (self.path, self.login, self.renewal) = (path, login, renewal)
        }

        func send(_ request: HTTPRequest, deadline: ContinuousClock.Instant?) async throws -> HTTPResponse {
            guard request.path == "/token" else {
                shown.withLock { $0 = request.headers["x-amz-sso_bearer_token"] }
                return HTTPResponse(status: 200, body: Array(PortalCredentialsTests.answer.utf8))
            }
            try Data(login.utf8).write(to: URL(filePath: path))
            return renewal
        }
    }

    @Test(arguments: [true, false]) func `somebody who renews the login or logs in meanwhile is not overwritten`(
        isRefused: Bool
    ) async throws {
        let path = try logIn(minutesLeft: -5)
        let theirs = """
            {"startUrl":"\(Self.start)","accessToken":"s3cr3t-theirs","expiresAt":"2099-01-01T00:00:00Z","refreshToken":"other"}
            """
        let refusal = HTTPResponse(status: 400, body: Array(#"{"error":"invalid_grant"}"#.utf8))
        let renewal = isRefused ? refusal : HTTPResponse(status: 200, body: Array(Self.renewed.utf8))
        let rival = Rival(path, login: theirs, renewal: renewal)
        try folder.write(Self.session, to: ".aws/config")
        let environment = ["HOME": folder.path]
        let profiles = AWSProfiles(environment: environment)
        let provider = ProfileCredentialsProvider("a", profiles: profiles, environment: environment, transport: rival)
        #expect(try await provider.credentials().accessKeyId == "ASIA")
        #expect(rival.shown.withLock { $0 } == (isRefused ? "s3cr3t-theirs" : "s3cr3t-new"))
        #expect(FileManager.default.contents(atPath: path) == Data(theirs.utf8))
    }
}
