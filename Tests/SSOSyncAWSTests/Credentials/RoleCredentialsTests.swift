// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

@Suite("Credentials of roles")
struct RoleCredentialsTests {
    private static let role = "arn:aws:iam::111111111111:role/sso-sync-reader"
    private static let source = StaticCredentialsProvider(
        Credentials(accessKeyId: "AKID", secretAccessKey: "s3cr3t-source")
    )

    private static func answer(_ operation: String, xml: Bool = false) -> String {
        guard xml else {
            return """
                {"\(operation)Response":{"\(operation)Result":{"AssumedRoleUser":{"Arn":"a","AssumedRoleId":"b"},\
                "Credentials":{"AccessKeyId":"ASIA","Expiration":4.0709088E9,"SecretAccessKey":"s3cr3t-key",\
                "SessionToken":"s3cr3t-token"},"PackedPolicySize":null},"ResponseMetadata":{"RequestId":"r-1"}}}
                """
        }
        return """
            <\(operation)Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><\(operation)Result><Credentials>
            <AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>s3cr3t-key</SecretAccessKey>
            <SessionToken>s3cr3t-token</SessionToken><Expiration>2099-01-01T00:00:00.000Z</Expiration>
            </Credentials></\(operation)Result></\(operation)Response>
            """
    }

    private func endpoints(_ server: HTTPServer) -> EndpointResolver {
        EndpointResolver(environment: ["AWS_ENDPOINT_URL_STS": "http://127.0.0.1:\(server.port)"])
    }

    private func provider(
        _ session: RoleSession,
        _ server: HTTPServer,
        secondFactor: AssumeRoleCredentialsProvider.SecondFactor? = nil
    ) throws -> AssumeRoleCredentialsProvider {
        try AssumeRoleCredentialsProvider(
            session,
            source: Self.source,
            region: "eu-west-1",
            secondFactor: secondFactor,
            transport: CurlTransport(.init()),
            endpoints: endpoints(server)
        )
    }

    @Test(arguments: [false, true])
    func `a role is assumed, whether STS answers in JSON or in XML`(xml: Bool) async throws {
        let server = try await HTTPServer([.init(body: Self.answer("AssumeRole", xml: xml))])
        let session = RoleSession(roleARN: Self.role, name: "run 1", externalId: "s3cr3t-external", duration: 900)
        let provider = try provider(session, server)
        let credentials = try await provider.credentials()
        #expect(credentials.accessKeyId == "ASIA")
        #expect(credentials.secretAccessKey == "s3cr3t-key")
        #expect(credentials.sessionToken == "s3cr3t-token")
        #expect(credentials.expiration == (try date("2099-01-01T00:00:00Z")))

        let seen = try #require(server.requests().first)
        #expect(seen.header("Accept") == "application/json")
        #expect(seen.header("Authorization")?.contains("Credential=AKID/") == true)
        #expect(seen.header("Authorization")?.contains("/eu-west-1/sts/aws4_request") == true)
        let role = "arn%3Aaws%3Aiam%3A%3A111111111111%3Arole%2Fsso-sync-reader"
        #expect(
            seen.body == "Action=AssumeRole&Version=2011-06-15&RoleArn=\(role)&RoleSessionName=run%201"
                + "&ExternalId=s3cr3t-external&DurationSeconds=900"
        )
        expectHidden(["s3cr3t-source", "s3cr3t-external"] + MetadataAnswers.secrets, in: provider)
    }

    @Test func `a second factor's code is asked for each time`() async throws {
        let server = try await HTTPServer([.init(times: 0, body: Self.answer("AssumeRole"))])
        let serial = "arn:aws:iam::1:mfa/jane"
        let codes = Locked(["111111", "222222"])
        let factor = AssumeRoleCredentialsProvider.SecondFactor(serialNumber: serial) { asked in
            #expect(asked == serial)
            return codes.withLock { $0.removeFirst() }
        }
        let provider = try provider(RoleSession(roleARN: Self.role), server, secondFactor: factor)
        for _ in 0..<2 { _ = try await provider.credentials() }
        let bodies = try server.requests().map(\.body)
        #expect(bodies[0].hasSuffix("&SerialNumber=arn%3Aaws%3Aiam%3A%3A1%3Amfa%2Fjane&TokenCode=111111"))
        #expect(bodies[1].hasSuffix("&TokenCode=222222"))
    }

    @Test func `roles are assumed one after another`() async throws {
        let server = try await HTTPServer([.init(times: 0, body: Self.answer("AssumeRole"))])
        let first = try provider(RoleSession(roleARN: Self.role), server)
        let second = try AssumeRoleCredentialsProvider(
            RoleSession(roleARN: "arn:aws:iam::2:role/b"),
            source: first,
            region: "eu-west-1",
            transport: CurlTransport(.init()),
            endpoints: endpoints(server)
        )
        _ = try await second.credentials()
        let seen = try server.requests()
        #expect(seen.map { $0.header("X-Amz-Security-Token") } == [nil, "s3cr3t-token"])
        #expect(seen[1].header("Authorization")?.contains("Credential=ASIA/") == true)
    }

    @Test func `a refusal names the role`() async throws {
        let body =
            #"{"Error":{"Code":"AccessDenied","Message":"User is not authorized","Type":"Sender"},"RequestId":"r-2"}"#
        let server = try await HTTPServer([.init(status: 403, body: body)])
        let provider = try provider(RoleSession(roleARN: Self.role), server)
        let error = await #expect(throws: AWSError.self) { try await provider.credentials() }
        #expect(error?.code == .accessDenied)
        #expect(error?.response?.requestId == "r-2")
        #expect(
            error?.message == "the role \(Self.role) cannot be assumed: "
                + "STS AssumeRole: AccessDenied: User is not authorized (request r-2)"
        )
    }

    @Test(arguments: ["", "{}", #"{"AssumeRoleResponse":{}}"#, "<AssumeRoleResponse/>"])
    func `an answer without credentials is an error`(body: String) async throws {
        let server = try await HTTPServer([.init(body: body)])
        let provider = try provider(RoleSession(roleARN: Self.role), server)
        let error = await #expect(throws: AWSError.self) { try await provider.credentials() }
        #expect(error?.code == .badResponse)
    }

    // MARK: Web identity

    private func webIdentity(
        _ environment: [String: String],
        _ server: HTTPServer,
        region: String? = "eu-west-1"
    ) -> WebIdentityCredentialsProvider {
        WebIdentityCredentialsProvider(
            environment: environment,
            region: region,
            transport: CurlTransport(.init()),
            endpoints: endpoints(server)
        )
    }

    @Test func `a web identity signs nothing, and its file is read anew each time`() async throws {
        let server = try await HTTPServer([.init(times: 0, body: Self.answer("AssumeRoleWithWebIdentity"))])
        let folder = try TemporaryFolder()
        let environment = [
            "AWS_WEB_IDENTITY_TOKEN_FILE": folder.file("token"), "AWS_ROLE_ARN": Self.role,
            "AWS_ROLE_SESSION_NAME": "pod",
        ]
        let provider = webIdentity(environment, server)
        for token in ["e30.first", "e30.second"] {
            try folder.write(token + "\n", to: "token")
            #expect(try await provider.credentials().accessKeyId == "ASIA")
        }
        let seen = try server.requests()
        #expect(seen.allSatisfy { $0.header("Authorization") == nil })
        #expect(seen[0].body.hasSuffix("&RoleSessionName=pod&WebIdentityToken=e30.first"))
        #expect(seen[1].body.hasSuffix("&WebIdentityToken=e30.second"))
    }

    @Test(
        arguments: [
            ([:], AWSError.Code.credentialsMissing, "AWS_WEB_IDENTITY_TOKEN_FILE"),
            (["AWS_WEB_IDENTITY_TOKEN_FILE": "/x"], .invalidArgument, "AWS_ROLE_ARN"),
            (
                ["AWS_WEB_IDENTITY_TOKEN_FILE": "/nonexistent", "AWS_ROLE_ARN": role], .credentialsUnavailable,
                "/nonexistent"
            ),
        ] as [([String: String], AWSError.Code, String)]
    )
    func `what is missing is named`(environment: [String: String], code: AWSError.Code, word: String) async throws {
        let server = try await HTTPServer([])
        let error = await #expect(throws: AWSError.self) { try await webIdentity(environment, server).credentials() }
        #expect(error?.code == code)
        #expect(error?.message.contains(word) == true)
    }

    @Test func `without a Region STS cannot be called`() async throws {
        let server = try await HTTPServer([])
        let environment = ["AWS_WEB_IDENTITY_TOKEN_FILE": "/x", "AWS_ROLE_ARN": Self.role]
        let error = await #expect(throws: AWSError.self) {
            try await webIdentity(environment, server, region: nil).credentials()
        }
        #expect(error?.message.contains("AWS_REGION") == true)
    }

    @Test func `the provider of identities that could not be asked is asked again`() async throws {
        let body = #"{"Error":{"Code":"IDPCommunicationError","Message":"m","Type":"Sender"},"RequestId":"r"}"#
        let server = try await HTTPServer([
            .init(status: 400, body: body), .init(body: Self.answer("AssumeRoleWithWebIdentity")),
        ])
        let folder = try TemporaryFolder()
        try folder.write("token", to: "token")
        let environment = ["AWS_WEB_IDENTITY_TOKEN_FILE": folder.file("token"), "AWS_ROLE_ARN": Self.role]
        #expect(try await webIdentity(environment, server).credentials().accessKeyId == "ASIA")
    }
}
