// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncDigest

/// The key that snapshots have to be signed with: which one, by its SHA-256.
public struct SnapshotKeyPin: Hashable, Sendable {
    /// The SHA-256 of the key's SubjectPublicKeyInfo in DER (RFC 5280, 4.1), in hexadecimal digits.
    public let fingerprint: String

    /// Pins the key of that fingerprint.
    ///
    /// - Returns: Nil if the text is not of 64 hexadecimal digits.
    public init?(fingerprint: String) {
        let text = fingerprint.lowercased()
        guard text.utf8.count == 64, text.utf8.allSatisfy(\.isLowercaseHexadecimalDigit)
        else { return nil }
        self.fingerprint = text
    }

    /// Pins a public key in PEM.
    ///
    /// - Returns: Nil if there is no key of P-256, or of RSA with at least 2,048 bits, in the text.
    public init?(pem text: [UInt8]) {
        guard let key = PublicKey(pem: text) else { return nil }
        self.init(key)
    }

    /// Whatever key a snapshot was signed with.
    init(of snapshot: SignedSnapshot) { fingerprint = SHA256.digest(snapshot.publicKey).hexadecimal }

    init(_ key: PublicKey) { fingerprint = key.fingerprint }

    /// The key, if it is the one that is pinned.
    func key(_ bytes: [UInt8]) -> PublicKey? {
        guard SHA256.digest(bytes).hexadecimal == fingerprint else { return nil }
        return PublicKey(der: bytes)
    }
}
