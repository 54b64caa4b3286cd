// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

@Suite("The provider of login tokens")
struct RDSLoginTokenProviderTests {
    /// Does what a test tells it to.
    private struct ScriptedProvider: CredentialsProvider {
        let result: @Sendable () throws -> Credentials

        func credentials() async throws -> Credentials { try result() }
    }

    private struct ForeignError: Error {
        let text = "foreign-secret"
    }

    /// Counts up by a second with every look.
    private final class SteppingClock: Sendable {
        private let seconds = Locked(1_440_938_160.0)

        func now() -> Date {
            seconds.withLock { seconds in
                defer { seconds += 1 }
                return Date(timeIntervalSince1970: seconds)
            }
        }
    }

    private let credentials = Credentials(accessKeyId: "AKID", secretAccessKey: "key")

    private func token(from provider: some CredentialsProvider) async throws -> Secret {
        try await RDSLoginTokenProvider(region: "eu-west-1", credentials: provider)
            .secret(host: "db.example.com", port: 5432, user: "jane")
    }

    @Test func `makes the token for its region and time`() async throws {
        let moment = Date(timeIntervalSince1970: 1_440_938_160)
        let provider: any LoginSecretProvider = RDSLoginTokenProvider(
            region: "eu-west-1",
            credentials: StaticCredentialsProvider(credentials),
            now: { moment }
        )
        let expected = try RDSLoginToken(
            host: "db.example.com",
            port: 5432,
            user: "jane",
            region: "eu-west-1",
            credentials: credentials,
            date: moment
        )
        let secret = try await provider.secret(host: "db.example.com", port: 5432, user: "jane")
        #expect(secret.exposed == expected.secret.exposed)
    }

    @Test func `makes a new token for every login`() async throws {
        let clock = SteppingClock()
        let provider = RDSLoginTokenProvider(
            region: "eu-west-1",
            credentials: StaticCredentialsProvider(credentials),
            now: clock.now
        )
        let first = try await provider.secret(host: "db.example.com", port: 5432, user: "jane")
        let second = try await provider.secret(host: "db.example.com", port: 5432, user: "jane")
        #expect(first.exposed != second.exposed)
    }

    @Test func `dates a token by the system's clock unless told otherwise`() async throws {
        let before = Date()
        let token = try await token(from: StaticCredentialsProvider(credentials)).exposed
        let parameters = try parameters(ofQuery: token.split(separator: "?")[1])
        let timestamp = try #require(parameters.first { $0.name == "X-Amz-Date" }?.value)
        let style = Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted, timeZone: .gmt)
        let made = try style.parse(timestamp)
        #expect(made.timeIntervalSince(before) > -2)
        #expect(made.timeIntervalSince(before) < 60)
    }

    @Test func `passes on an error of its own kind`() async {
        let provider = EnvironmentCredentialsProvider(environment: [:])
        let error = await #expect(throws: AWSError.self) { try await token(from: provider) }
        #expect(error?.code == .credentialsMissing)
    }

    @Test func `passes on a cancellation`() async {
        let provider = ScriptedProvider { throw CancellationError() }
        await #expect(throws: CancellationError.self) { try await token(from: provider) }
    }

    @Test func `wraps a foreign error and does not repeat its text`() async throws {
        let provider = ScriptedProvider { throw ForeignError() }
        let error = try #require(await #expect(throws: AWSError.self) { try await token(from: provider) })
        #expect(error.code == .credentialsUnavailable)
        #expect(error.underlying is ForeignError)
        #expect(error.description.contains("ForeignError"))
        expectHidden(["foreign-secret"], in: error)
    }

    @Test func `refuses a wrong argument`() async {
        let provider = RDSLoginTokenProvider(
            region: "eu-west-1",
            credentials: StaticCredentialsProvider(credentials)
        )
        let error = await #expect(throws: AWSError.self) {
            try await provider.secret(host: "https://db", port: 5432, user: "jane")
        }
        #expect(error?.code == .invalidArgument)
    }
}
