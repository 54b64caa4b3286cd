// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncDigest

/// What a webhook's receiver knows by that the body is ours, whole, and not an old one that somebody sends again.
enum WebhookSignature {
    /// The header that it is in.
    static let header = "X-SSOSync-Signature"

    /// `t=SECONDS,v1=HEX`: the HMAC-SHA-256, in hexadecimal digits, of the time, a dot, and the body.
    ///
    /// - Parameters:
    ///   - body: What is sent.
    ///   - seconds: The time, in seconds since 1970.
    ///   - secret: What both sides know.
    static func value(_ body: [UInt8], at seconds: Int64, secret: Secret) -> String {
        let message = Array("\(seconds).".utf8) + body
        let digest = SHA256.hmac(key: secret.exposed.utf8, message: message)
        return "t=\(seconds),v1=\(digest.hexadecimal)"
    }
}
