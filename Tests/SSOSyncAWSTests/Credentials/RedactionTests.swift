// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import SSOSyncAWS
import SSOSyncCore
import Testing

@Suite("Nothing prints a secret")
struct RedactionTests {
    /// A provider by someone who did not think of redaction.
    private struct CarelessProvider: CredentialsProvider {
        let password = "s3cr3t-of-provider"

        func credentials() async throws -> Credentials {
            Credentials(accessKeyId: "AKID", secretAccessKey: password)
        }
    }

    private static let secrets = ["s3cr3t-key", "s3cr3t-token", "s3cr3t-of-provider"]
    private static let moment = Date(timeIntervalSince1970: 1_440_938_160)

    private let credentials = Credentials(
        accessKeyId: "AKID",
        secretAccessKey: "s3cr3t-key",
        sessionToken: "s3cr3t-token",
        expiration: moment.addingTimeInterval(60)
    )

    @Test func `the check itself sees what is not hidden`() {
        #expect(renderings(of: CarelessProvider()).allSatisfy { $0.contains("s3cr3t-of-provider") })
    }

    @Test func `the credentials themselves`() {
        expectHidden(Self.secrets, in: credentials)
        #expect("\(credentials)" == "Credentials(<redacted>)")
    }

    @Test func `providers of credentials`() {
        expectHidden(Self.secrets, in: StaticCredentialsProvider(credentials))
        let environment = [
            "AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "s3cr3t-key", "AWS_SESSION_TOKEN": "s3cr3t-token",
            "DATABASE_PASSWORD": "s3cr3t-of-provider",
        ]
        expectHidden(Self.secrets, in: EnvironmentCredentialsProvider(environment: environment))
    }

    @Test func `the provider of login tokens`() {
        let careful = RDSLoginTokenProvider(region: "eu-west-1", credentials: StaticCredentialsProvider(credentials))
        expectHidden(Self.secrets, in: careful)
        expectHidden(Self.secrets, in: RDSLoginTokenProvider(region: "eu-west-1", credentials: CarelessProvider()))
    }

    @Test func `login tokens`() throws {
        let token = try RDSLoginToken(
            host: "db.example.com",
            port: 5432,
            user: "jane",
            region: "eu-west-1",
            credentials: credentials,
            date: Self.moment
        )
        let signature = String(token.secret.exposed.suffix(64))
        #expect(token.secret.exposed.contains("X-Amz-Signature=\(signature)"))
        expectHidden(Self.secrets + [signature], in: token)
        expectHidden(Self.secrets + [signature], in: token.secret)
    }

    @Test func `the signer and what it signed`() {
        let signer = SigV4Signer(
            credentials: credentials,
            region: "eu-west-1",
            service: "service",
            date: Self.moment
        )
        let signed = signer.sign(SigV4Request(method: "GET", headers: [.init("Host", "example.com")]))
        expectHidden(Self.secrets, in: signer)
        expectHidden(Self.secrets + [signed.signature], in: signed)
    }
}
