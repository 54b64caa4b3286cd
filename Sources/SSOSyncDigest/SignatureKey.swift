// SPDX-License-Identifier: Apache-2.0

/// A public key that signatures are verified with.
public struct PublicKey: Hashable, Sendable {
    /// The key in DER: SubjectPublicKeyInfo (RFC 5280, 4.1).
    public let bytes: [UInt8]
    /// What the key's owner signs with.
    public let algorithm: SignatureAlgorithm

    /// Reads a key in DER.
    ///
    /// - Returns: Nil if it is neither of P-256 nor of RSA with at least 2,048 bits, or if it is written in another way than
    ///   DER has it.
    public init?(der bytes: [UInt8]) {
        guard let handle = KeyHandle(publicDER: bytes) else { return nil }
        (self.bytes, algorithm) = (bytes, handle.algorithm)
    }

    /// Reads the first public key of a text in PEM (RFC 7468, 13); nil as above.
    public init?(pem text: [UInt8]) {
        guard let handle = KeyHandle(publicPEM: text) else { return nil }
        (bytes, algorithm) = (handle.publicDER, handle.algorithm)
    }

    /// The SHA-256 of ``bytes``, in hexadecimal digits.
    public var fingerprint: String { SHA256.digest(bytes).hexadecimal }

    /// Whether a signature is of this key, by its algorithm.
    ///
    /// - Parameters:
    ///   - signature: The signature.
    ///   - digest: The SHA-256 of what was signed.
    public func isValid(_ signature: [UInt8], digest: [UInt8]) -> Bool {
        KeyHandle(publicDER: bytes)?.isValid(signature, digest: digest) ?? false
    }
}

/// A private key that signs.
///
/// Prints nothing of itself.
public struct PrivateKey: Sendable, CustomStringConvertible, CustomReflectable {
    /// The other half.
    public let publicKey: PublicKey
    private let text: [UInt8]

    /// Reads the first private key of a text in PEM (RFC 7468, 10, or the older forms of either algorithm).
    ///
    /// - Returns: Nil if it is neither of P-256 nor of RSA with at least 2,048 bits, or if it wants a passphrase.
    public init?(pem text: [UInt8]) {
        guard let handle = KeyHandle(privatePEM: text), let publicKey = PublicKey(der: handle.publicDER) else {
            return nil
        }
        (self.text, self.publicKey) = (text, publicKey)
    }

    /// Signs, by the algorithm of ``publicKey``.
    ///
    /// - Parameter digest: The SHA-256 of what is to be signed.
    public func sign(digest: [UInt8]) -> [UInt8] {
        guard let signature = KeyHandle(privatePEM: text)?.sign(digest) else { OpenSSL.fail("sign a digest") }
        return signature
    }

    /// The public half's fingerprint.
    public var description: String { "PrivateKey(\(publicKey.fingerprint))" }

    /// Shows what ``description`` says.
    public var customMirror: Mirror { Mirror(self, children: ["publicKey": publicKey.fingerprint]) }
}
