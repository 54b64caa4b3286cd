// SPDX-License-Identifier: Apache-2.0

/// What signing a request yields.
///
/// Signature and session token are secrets, so nothing prints it.
package struct SigV4SignedRequest: Sendable, CustomStringConvertible, CustomReflectable {
    /// The text whose digest is signed: the request in the one form that AWS derives from it, too.
    package let canonicalRequest: String

    /// The text that is signed.
    package let stringToSign: String

    /// The signature in lower-case hexadecimal.
    package let signature: String

    /// The headers to send instead of any of the same name; none for a presigned request.
    package let headersToSet: [SigV4Request.Field]

    /// The percent-encoded query to send, without the question mark.
    package let query: String

    /// Never a value.
    package var description: String { "SigV4SignedRequest(<redacted>)" }

    /// Shows no child.
    package var customMirror: Mirror { Mirror(self, children: []) }
}
