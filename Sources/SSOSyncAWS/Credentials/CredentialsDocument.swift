// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// Credentials as the metadata service and containers' endpoints hand them out
/// (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html>,
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>).
struct CredentialsDocument: Decodable {
    let AccessKeyId: String
    let SecretAccessKey: String
    let Token: String?
    let Expiration: String?

    /// Takes credentials from an answer.
    ///
    /// - Parameters:
    ///   - body: The answer's body.
    ///   - name: Who answered, for the error.
    /// - Throws: ``AWSError`` with the code ``AWSError/Code/credentialsUnavailable``, without what came.
    static func credentials(_ body: [UInt8], from name: String) throws(AWSError) -> Credentials {
        guard let document = try? JSONDecoder().decode(Self.self, from: Data(body)) else {
            throw AWSError(.credentialsUnavailable, "\(name) answered with something else than credentials")
        }
        let expiration = document.Expiration.flatMap { try? Date($0, strategy: .iso8601) }
        guard document.Expiration == nil || expiration != nil else {
            throw AWSError(.credentialsUnavailable, "\(name) gave a date that cannot be read")
        }
        return Credentials(
            accessKeyId: document.AccessKeyId,
            secretAccessKey: document.SecretAccessKey,
            sessionToken: document.Token,
            expiration: expiration
        )
    }
}
