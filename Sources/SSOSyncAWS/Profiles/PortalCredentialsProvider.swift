// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import Logging

/// Changes a login to IAM Identity Center into credentials of a role in an account.
///
/// See <https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html>.
struct PortalCredentialsProvider: CredentialsProvider, CustomStringConvertible, CustomReflectable {
    private struct Answer: Decodable {
        struct Fields: Decodable {
            let accessKeyId: String
            let secretAccessKey: String
            let sessionToken: String
            /// In milliseconds since 1970.
            let expiration: Double
        }

        let roleCredentials: Fields
    }

    private let login: SSOLogin
    private let accountId: String
    private let roleName: String
    private let client: AWSClient

    init(
        token: SSOTokenCache,
        accountId: String,
        roleName: String,
        region: String,
        transport: any HTTPTransport,
        endpoints: EndpointResolver,
        logger: Logger = Logger(label: "sso-sync")
    ) throws(AWSError) {
        login = try SSOLogin(token, region: region, transport: transport, endpoints: endpoints, logger: logger)
        self.accountId = accountId
        self.roleName = roleName
        client = try AWSClient(.sso, region: region, credentials: nil, transport: transport, endpoints: endpoints)
    }

    func credentials() async throws -> Credentials {
        let operation = "GetRoleCredentials"
        let call = AWSCall(
            operation,
            method: "GET",
            path: "/federation/credentials",
            query: [("role_name", roleName), ("account_id", accountId)],
            headers: HTTPHeaders([.init("x-amz-sso_bearer_token", try await login.token(now: Date()))])
        )
        let response: HTTPResponse
        do {
            response = try await client.send(call)
        } catch let error as AWSError where error.response?.status == 401 {
            throw login.expired
        }
        let fields = try client.decode(Answer.self, from: response, operation).roleCredentials
        return Credentials(
            accessKeyId: fields.accessKeyId,
            secretAccessKey: fields.secretAccessKey,
            sessionToken: fields.sessionToken,
            expiration: Date(timeIntervalSince1970: fields.expiration / 1_000)
        )
    }

    var description: String { "PortalCredentialsProvider(\(roleName) in \(accountId))" }
    var customMirror: Mirror { Mirror(self, children: ["account": accountId, "role": roleName]) }
}
