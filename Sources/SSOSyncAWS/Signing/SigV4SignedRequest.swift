// SPDX-License-Identifier: Apache-2.0

/// What signing a request yields.
///
/// Signature and session token are secrets, so nothing prints it.
public struct SigV4SignedRequest: Sendable, CustomStringConvertible, CustomReflectable {
    /// The text that is signed.
    public var stringToSign: String { String(decoding: bytesToSign, as: UTF8.self) }

    let bytesToSign: [UInt8]

    /// The signature in lower-case hexadecimal.
    public let signature: String

    /// The headers to send instead of any of the same name; none for a presigned request.
    public let headersToSet: [SigV4Request.Field]

    /// The percent-encoded query to send, without the question mark.
    public let query: String

    /// The text whose digest is signed: the request in the one form that AWS derives from it, too.
    public var canonicalRequest: String { String(decoding: canonicalBytes, as: UTF8.self) }

    let canonicalBytes: [UInt8]

    /// Never a value.
    public var description: String { "SigV4SignedRequest(<redacted>)" }

    /// Shows no child.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
