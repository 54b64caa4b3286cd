// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

@Suite("Credentials from a container's endpoint")
struct ContainerCredentialsProviderTests {
    private static let full = "AWS_CONTAINER_CREDENTIALS_FULL_URI"

    private func provider(_ environment: [String: String]) -> ContainerCredentialsProvider {
        ContainerCredentialsProvider(environment: environment, transport: CurlTransport(.init()))
    }

    private func failure(_ environment: [String: String]) async throws -> AWSError {
        try #require(
            await #expect(throws: AWSError.self) { try await provider(environment).credentials() }
        )
    }

    @Test func `on Lambda with snapshot start the token is in the environment`() async throws {
        let server = try await HTTPServer([.init(body: MetadataAnswers.credentials)])
        let environment = [
            Self.full: "http://localhost:\(server.port)/v1/credentials?id=1",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Bearer s3cr3t-bearer",
        ]
        let credentials = try await provider(environment).credentials()
        #expect(credentials.accessKeyId == "ASIA")
        #expect(credentials.secretAccessKey == "s3cr3t-key")
        #expect(credentials.sessionToken == "s3cr3t-token")
        #expect(credentials.expiration == (try date("2099-01-02T03:04:05Z")))
        let seen = try #require(server.requests().first)
        #expect(seen.target == "/v1/credentials?id=1")
        #expect(seen.header("Authorization") == "Bearer s3cr3t-bearer")
        expectHidden(["s3cr3t-bearer"] + MetadataAnswers.secrets, in: provider(environment))
    }

    @Test func `with EKS Pod Identity the token's file is read anew each time`() async throws {
        let server = try await HTTPServer([.init(times: 0, body: MetadataAnswers.credentials)])
        let folder = try TemporaryFolder()
        let environment = [
            Self.full: "http://127.0.0.1:\(server.port)/v1/credentials",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": folder.file("token"),
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "not this one",
        ]
        let provider = provider(environment)
        for token in ["first", "second"] {
            try folder.write(token + "\n", to: "token")
            _ = try await provider.credentials()
        }
        #expect(try server.requests().map { $0.header("Authorization") } == ["first", "second"])
    }

    @Test func `a token's file that is not there is named, and nothing is sent`() async throws {
        let server = try await HTTPServer([.init(body: MetadataAnswers.credentials)])
        let error = try await failure([
            Self.full: "http://127.0.0.1:\(server.port)/",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/nonexistent/token",
        ])
        #expect(error.code == .credentialsUnavailable)
        #expect(error.message.contains("/nonexistent/token"))
        #expect(try server.requests().isEmpty)
    }

    @Test func `a token with a line break is not sent`() async throws {
        let error = try await failure([
            Self.full: "http://127.0.0.1:1/", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "s3cr3t\r\nX-Evil: 1",
        ])
        #expect(error.code == .credentialsUnavailable)
        expectHidden(["s3cr3t"], in: error)
    }

    @Test(arguments: [
        "http://169.254.169.254/", "http://10.0.0.1/", "http://credentials.example/", "http://127.0.0.1.example/",
        "http://169.254.170.200/", "http://[fd00:ec2::24]/", "ftp://127.0.0.1/", "nonsense",
    ])
    func `no other host is asked in clear`(address: String) async throws {
        #expect(try await failure([Self.full: address]).code == .invalidArgument)
    }

    @Test func `a relative address needs its slash`() async throws {
        let environment = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "@evil.example/"]
        #expect(try await failure(environment).code == .invalidArgument)
    }

    @Test(arguments: [
        "", "{}", "<html>", #"{"AccessKeyId":"s3cr3t-key"}"#,
        #"{"AccessKeyId":"s3cr3t-key","SecretAccessKey":"b","Expiration":"soon"}"#,
    ])
    func `an answer without credentials is an error that repeats nothing of it`(body: String) async throws {
        let server = try await HTTPServer([.init(body: body)])
        let error = try await failure([Self.full: "http://127.0.0.1:\(server.port)/"])
        #expect(error.code == .credentialsUnavailable)
        expectHidden(["s3cr3t-key", "soon"], in: error)
    }

    @Test func `a moment's trouble is got over, a refusal is not`() async throws {
        let troubled = try await HTTPServer([
            .init(status: 500), .init(fault: "reset"), .init(body: MetadataAnswers.credentials),
        ])
        _ = try await provider([Self.full: "http://127.0.0.1:\(troubled.port)/"]).credentials()
        let refusing = try await HTTPServer([.init(times: 0, status: 403)])
        let error = try await failure([Self.full: "http://127.0.0.1:\(refusing.port)/"])
        #expect(error.message.contains("403"))
        #expect(try refusing.requests().count == 1)
    }
}
