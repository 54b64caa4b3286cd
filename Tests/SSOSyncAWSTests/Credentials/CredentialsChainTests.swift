// SPDX-License-Identifier: Apache-2.0

import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

@Suite("The chain of providers")
struct CredentialsChainTests {
    private struct Provider: CredentialsProvider {
        let state: Locked<(asked: Int, error: (any Error)?)>
        let key: String

        init(_ key: String, _ error: (any Error)? = nil) {
            self.key = key
            state = Locked((0, error))
        }

        func credentials() async throws -> Credentials {
            state.withLock { $0.asked += 1 }
            if let error = state.withLock(\.error) { throw error }
            return Credentials(accessKeyId: key, secretAccessKey: "s3cr3t-key")
        }
    }

    private struct Foreign: Error, CustomStringConvertible {
        let description = "s3cr3t-text"
    }

    private static let missing = AWSError(.credentialsMissing, "A_VARIABLE is not set")

    @Test func `the first that is set up is taken, and asked first the next time`() async throws {
        let providers = [Provider("a", Self.missing), Provider("b"), Provider("c")]
        let chain = CredentialsChain(providers.map { .init($0.key, $0) })
        for _ in 0..<3 { #expect(try await chain.credentials().accessKeyId == "b") }
        #expect(providers.map { $0.state.withLock(\.asked) } == [1, 3, 0])
        expectHidden(["s3cr3t-key"], in: chain)
    }

    @Test func `if it has none any more, the others are asked`() async throws {
        let providers = [Provider("a", Self.missing), Provider("b"), Provider("c")]
        let chain = CredentialsChain(providers.map { .init($0.key, $0) })
        _ = try await chain.credentials()
        providers[1].state.withLock { $0.error = Self.missing }
        #expect(try await chain.credentials().accessKeyId == "c")
    }

    @Test func `if nobody is set up, the error says why, for each`() async throws {
        let chain = CredentialsChain([
            .init("one", Provider("a", Self.missing)), .init("two", Provider("b", Self.missing)),
        ])
        let error = await #expect(throws: AWSError.self) { try await chain.credentials() }
        #expect(error?.code == .credentialsMissing)
        let expected = "one: A_VARIABLE is not set; two: A_VARIABLE is not set"
        #expect(error?.message == "no credentials for AWS; asked were: \(expected)")
    }

    /// The next provider's credentials would be somebody else's: an instance's instead of a pod's.
    @Test func `one that is set up and fails ends the search`() async throws {
        let last = Provider("c")
        let denied = AWSError(.accessDenied, "the role cannot be assumed")
        let chain = CredentialsChain([
            .init("one", Provider("a", Self.missing)), .init("two", Provider("b", denied)), .init("three", last),
        ])
        let error = await #expect(throws: AWSError.self) { try await chain.credentials() }
        #expect(error?.code == .accessDenied)
        #expect(error?.message.contains("one: A_VARIABLE is not set; two: the role cannot be assumed") == true)
        #expect(last.state.withLock(\.asked) == 0)
    }

    @Test func `what somebody else's provider says is not repeated`() async throws {
        let chain = CredentialsChain([.init("one", Provider("a", Foreign()))])
        let error = try #require(await #expect(throws: AWSError.self) { try await chain.credentials() })
        #expect(error.code == .credentialsUnavailable)
        expectHidden(["s3cr3t-text"], in: error)
    }

    @Test func `a cancellation is no failure`() async throws {
        let chain = CredentialsChain([.init("one", Provider("a", CancellationError())), .init("two", Provider("b"))])
        await #expect(throws: CancellationError.self) { try await chain.credentials() }
    }

    // MARK: The chain for services

    @Test func `nowhere, the chain for services says what it tried`() async throws {
        let environment = ["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1"]
        let chain = CredentialsChain.service(environment: environment, transport: CurlTransport(.init()))
        let error = await #expect(throws: AWSError.self) { try await chain.credentials() }
        #expect(error?.code == .credentialsMissing)
        let expected = [
            "environment: no credentials in the environment: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
            "web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set",
            "container: neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set",
            "instance: this is no instance",
        ]
        for text in expected { #expect(error?.message.contains(text) == true, "\(error?.message ?? "")") }
    }

    @Test func `the chain for services asks the network once for many calls`() async throws {
        let server = try await HTTPServer([.init(times: 0, body: MetadataAnswers.credentials)])
        let environment = ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:\(server.port)/get"]
        let chain = CredentialsChain.service(environment: environment, transport: CurlTransport(.init()))
        for _ in 0..<10 { #expect(try await chain.credentials().accessKeyId == "ASIA") }
        #expect(try server.requests().count == 1)
    }
}
