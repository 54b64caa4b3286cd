// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import SSOSyncCore
internal import SSOSyncDigest

/// What `aws sso login` left: a token for the portal of IAM Identity Center.
///
/// The file is named after the SHA-1 of the session's name, or of the start URL for profiles without a session
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/understanding-sso.html>).
struct SSOTokenCache: Sendable {
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

    /// The token that is there, whether it still holds or not.
    ///
    /// - Throws: ``AWSError`` that says how to log in.
    func token() throws(AWSError) -> SSOToken {
        guard let bytes = FileManager.default.contents(atPath: path),
            let document = try? JSONDecoder().decode(SSOToken.Document.self, from: bytes),
            let token = SSOToken(document)
        else { throw AWSError(.credentialsUnavailable, "nobody has logged in: run \(command)") }
        return token
    }

    /// Keeps a token, for AWS's tools as well, with the file's other texts.
    ///
    /// A token that was renewed can be renewed once, so the old one is worth nothing.
    ///
    /// - Throws: ``AWSError`` if the file cannot be written.
    func keep(_ token: SSOToken) throws(AWSError) {
        do {
            try GuardedFile(path: path).replace(bySecret: CanonicalJSON.bytes(token.document))
        } catch {
            throw AWSError(.credentialsUnavailable, error.message)
        }
    }

    /// Whether a token can be kept.
    var isWritable: Bool {
        let file = URL(filePath: path).resolvingSymlinksInPath()
        return [file, file.deletingLastPathComponent()].allSatisfy {
            FileManager.default.isWritableFile(atPath: $0.path(percentEncoded: false))
        }
    }

    /// The login is over.
    var expired: AWSError { AWSError(.credentialsExpired, "the login has expired: run \(command)") }
}
