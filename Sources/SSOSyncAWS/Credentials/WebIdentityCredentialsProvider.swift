// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// Assumes a role with a token in a file: IAM roles for service accounts on EKS, and the like.
///
/// The variables are `AWS_WEB_IDENTITY_TOKEN_FILE`, `AWS_ROLE_ARN` and `AWS_ROLE_SESSION_NAME`
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html>). The file is read for every
/// request, because it is written anew from time to time. Wrap it in ``CachingCredentialsProvider``.
public struct WebIdentityCredentialsProvider: CredentialsProvider, CustomStringConvertible, CustomReflectable {
    private struct Settings: Sendable {
        let tokenFile: String
        let session: RoleSession
        let client: AWSClient
    }

    private let settings: Result<Settings, AWSError>

    /// Reads the variables, once.
    ///
    /// - Parameters:
    ///   - environment: The variables by name.
    ///   - region: The Region to call STS in.
    ///   - transport: What sends requests.
    ///   - endpoints: Where STS is found.
    public init(
        environment: [String: String],
        region: String?,
        transport: any HTTPTransport,
        endpoints: EndpointResolver = EndpointResolver()
    ) {
        settings = Result { () throws(AWSError) in
            func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
            guard let tokenFile = value("AWS_WEB_IDENTITY_TOKEN_FILE") else {
                throw AWSError(.credentialsMissing, "AWS_WEB_IDENTITY_TOKEN_FILE is not set")
            }
            guard let role = value("AWS_ROLE_ARN") else {
                throw AWSError(.invalidArgument, "AWS_WEB_IDENTITY_TOKEN_FILE is set, and AWS_ROLE_ARN is not")
            }
            guard let region else {
                throw AWSError(.invalidArgument, "there is no Region to call STS in: set AWS_REGION")
            }
            // The token is what STS goes by; there is nothing to sign with yet.
            let client = try AWSClient(
                .sts,
                region: region,
                credentials: nil,
                transport: transport,
                endpoints: endpoints
            )
            let session = RoleSession(roleARN: role, name: value("AWS_ROLE_SESSION_NAME") ?? "sso-sync")
            return Settings(tokenFile: tokenFile, session: session, client: client)
        }
    }

    /// New credentials of the role.
    ///
    /// - Throws: ``AWSError`` with the code ``AWSError/Code/credentialsMissing`` if the variables are not set; if STS
    ///   refuses, it names the role.
    public func credentials() async throws -> Credentials {
        let settings = try settings.get()
        guard let bytes = FileManager.default.contents(atPath: settings.tokenFile) else {
            throw AWSError(.credentialsUnavailable, "\(settings.tokenFile), with the web identity, cannot be read")
        }
        let token = String(decoding: bytes, as: UTF8.self)
        let parameters = settings.session.parameters + [(name: "WebIdentityToken", value: Self.trimmed(token))]
        do {
            return try await STSCredentials.get("AssumeRoleWithWebIdentity", parameters, from: settings.client)
        } catch let error as AWSError {
            throw error.about("the role \(settings.session.roleARN) cannot be assumed with the web identity")
        }
    }

    /// Never a value.
    public var description: String { "WebIdentityCredentialsProvider(<redacted>)" }

    /// Shows nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }

    private static func trimmed(_ token: String) -> String {
        String(token.drop(while: \.isWhitespace).prefix { !$0.isWhitespace })
    }
}
