// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import SSOSyncDigest

/// What `aws sso login` left: a token for the portal of IAM Identity Center.
///
/// The file is named after the SHA-1 of the session's name, or of the start URL for profiles without a session
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/understanding-sso.html>).
struct SSOTokenCache: Sendable {
    private struct Document: Decodable {
        let accessToken: String
        let expiresAt: String
    }

    private let path: String
    private let command: String

    /// - Parameters:
    ///   - folder: Where the files are.
    ///   - key: The session's name, or the start URL.
    ///   - profile: Who needs the token, for the error.
    init(folder: String, key: String, profile: String) {
        path = "\(folder)/\(SHA1.digest(key.utf8).hexadecimal).json"
        command = "aws sso login --profile \(profile)"
    }

    /// The token.
    ///
    /// - Throws: ``AWSError`` that says how to log in.
    func token(now: Date) throws(AWSError) -> String {
        guard let bytes = FileManager.default.contents(atPath: path),
            let document = try? JSONDecoder().decode(Document.self, from: bytes),
            let end = Self.date(document.expiresAt)
        else { throw AWSError(.credentialsUnavailable, "nobody has logged in: run \(command)") }
        guard end > now else { throw expired }
        return document.accessToken
    }

    /// The login is over.
    var expired: AWSError { AWSError(.credentialsExpired, "the login has expired: run \(command)") }

    /// Old versions of AWS's command line wrote `UTC` for `Z`.
    private static func date(_ text: String) -> Date? {
        let text = text.hasSuffix("UTC") ? "\(text.dropLast(3))Z" : text
        return try? Date(text, strategy: .iso8601)
    }
}
