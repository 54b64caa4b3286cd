// SPDX-License-Identifier: Apache-2.0

import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

@Suite("Credentials from the metadata service")
struct InstanceCredentialsProviderTests {
    private static let roles = "/latest/meta-data/iam/security-credentials/"
    private static let token = HTTPServer.Reply(path: "/latest/api/token", times: 0, body: "s3cr3t-session")

    private func provider(_ server: HTTPServer, _ more: [String: String] = [:]) -> InstanceCredentialsProvider {
        let endpoint = ["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:\(server.port)/"]
        return InstanceCredentialsProvider(
            environment: endpoint.merging(more) { $1 },
            transport: CurlTransport(.init())
        )
    }

    private func failure(_ provider: InstanceCredentialsProvider) async throws -> AWSError {
        try #require(await #expect(throws: AWSError.self) { try await provider.credentials() })
    }

    @Test func `a session is opened before anything is asked`() async throws {
        let server = try await HTTPServer([
            Self.token, .init(path: Self.roles + "my-role", body: MetadataAnswers.credentials),
            .init(path: Self.roles, body: "my-role"),
        ])
        let credentials = try await provider(server).credentials()
        #expect(credentials.accessKeyId == "ASIA")
        #expect(credentials.expiration == (try date("2099-01-02T03:04:05Z")))
        let seen = try server.requests()
        #expect(seen.map(\.method) == ["PUT", "GET", "GET"])
        #expect(seen[0].header("X-aws-ec2-metadata-token-ttl-seconds") == "21600")
        #expect(seen.dropFirst().map { $0.header("X-aws-ec2-metadata-token") } == ["s3cr3t-session", "s3cr3t-session"])
        #expect(seen.map(\.target) == ["/latest/api/token", Self.roles, Self.roles + "my-role"])
    }

    @Test func `an instance without a role has no credentials`() async throws {
        let server = try await HTTPServer([Self.token, .init(path: Self.roles, status: 404)])
        let error = try await failure(provider(server))
        #expect(error.code == .credentialsMissing)
        #expect(error.message.contains("no role"))
    }

    /// A hop limit of 1 lets the token's answer die on its way into a container; version 1 would still answer.
    @Test(arguments: [403, 404, 400])
    func `version 1 is not asked if version 2 refuses`(status: Int) async throws {
        let server = try await HTTPServer([.init(path: "/latest/api/token", times: 0, status: status)])
        #expect(try await failure(provider(server)).code == .credentialsUnavailable)
        #expect(try server.requests().map(\.method) == ["PUT"])
    }

    @Test func `it can be turned off`() async throws {
        let server = try await HTTPServer([])
        let error = try await failure(provider(server, ["AWS_EC2_METADATA_DISABLED": "TRUE"]))
        #expect(error.code == .credentialsMissing)
        #expect(try server.requests().isEmpty)
    }

    @Test func `where nobody answers is no instance`() async throws {
        let server = try await HTTPServer([])
        let provider = provider(server)
        server.stop()
        let error = try await failure(provider)
        #expect(error.code == .credentialsMissing)
        #expect(error.message.contains("no instance"))
    }

    @Test func `who takes its time is no instance either`() async throws {
        let server = try await HTTPServer([.init(fault: "hang")])
        #expect(try await failure(provider(server)).code == .credentialsMissing)
    }

    @Test func `no other host is asked in clear`() async throws {
        let server = try await HTTPServer([])
        let error = try await failure(provider(server, ["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://meta.example/"]))
        #expect(error.code == .invalidArgument)
    }
}
