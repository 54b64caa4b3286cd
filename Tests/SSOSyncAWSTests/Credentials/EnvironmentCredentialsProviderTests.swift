// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import Testing

@Suite("Credentials from the environment")
struct EnvironmentCredentialsProviderTests {
    private static let complete = [
        "AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "s3cr3t-key", "AWS_SESSION_TOKEN": "s3cr3t-token",
    ]

    @Test func `reads temporary credentials`() async throws {
        let credentials = try await EnvironmentCredentialsProvider(environment: Self.complete).credentials()
        #expect(credentials.accessKeyId == "AKID")
        #expect(credentials.secretAccessKey == "s3cr3t-key")
        #expect(credentials.sessionToken == "s3cr3t-token")
        #expect(credentials.expiration == nil)
    }

    @Test(arguments: [nil, ""] as [String?])
    func `reads long-term credentials`(token: String?) async throws {
        var environment = Self.complete
        environment["AWS_SESSION_TOKEN"] = token
        let credentials = try await EnvironmentCredentialsProvider(environment: environment).credentials()
        #expect(credentials.sessionToken == nil)
    }

    @Test(arguments: ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"], [nil, ""] as [String?])
    func `names the variable that is missing, and no value`(missing: String, value: String?) async throws {
        var environment = Self.complete
        environment[missing] = value
        let error = try #require(await failure(in: environment))
        #expect(error.code == .credentialsMissing)
        for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
            #expect(error.description.contains(name) == (name == missing))
        }
        expectHidden(["AKID", "s3cr3t-key", "s3cr3t-token"], in: error)
    }

    @Test func `names both variables`() async throws {
        let error = try #require(await failure(in: ["AWS_SESSION_TOKEN": "s3cr3t-token"]))
        #expect(error.message.contains("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"))
    }

    private func failure(in environment: [String: String]) async -> AWSError? {
        await #expect(throws: AWSError.self) {
            try await EnvironmentCredentialsProvider(environment: environment).credentials()
        }
    }
}
