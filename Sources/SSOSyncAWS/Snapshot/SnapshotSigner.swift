// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncDigest

/// Signs snapshots.
public protocol SnapshotSigner: Sendable {
    /// The public half of the key, as SubjectPublicKeyInfo in DER.
    func publicKey() async throws -> [UInt8]

    /// Signs a digest of SHA-256.
    ///
    /// - Parameters:
    ///   - digest: The digest.
    ///   - algorithm: `ECDSA_SHA_256` or `RSASSA_PSS_SHA_256`, as the key is.
    func sign(digest: [UInt8], algorithm: String) async throws -> [UInt8]
}

/// Signs with a key that KMS keeps.
public struct KMSSnapshotSigner: SnapshotSigner {
    private let client: KMSClient
    private let key: String

    /// Signs with a key of P-256 (`ECC_NIST_P256`) or RSA, for `SIGN_VERIFY`.
    ///
    /// - Parameters:
    ///   - key: The key's id or ARN, or an alias's name (`alias/…`) or ARN.
    ///   - client: Asks KMS in the key's Region.
    public init(key: String, client: KMSClient) {
        self.key = key
        self.client = client
    }

    /// Asks KMS for the public half.
    ///
    /// - Throws: ``AWSError`` if the key is not there, or is of another kind.
    public func publicKey() async throws -> [UInt8] {
        let found = try await client.publicKey(of: key)
        guard found.usage == "SIGN_VERIFY", PublicKey(der: found.bytes) != nil else {
            throw AWSError(
                .invalidArgument,
                "KMS key \(key) is of the kind \(found.spec) for \(found.usage), and snapshots are signed with ECC_NIST_P256, "
                    + "RSA_2048, RSA_3072 or RSA_4096 for SIGN_VERIFY"
            )
        }
        return found.bytes
    }

    /// Has KMS sign.
    public func sign(digest: [UInt8], algorithm: String) async throws -> [UInt8] {
        try await client.sign(digest, .digest, algorithm: algorithm, key: key)
    }
}

/// Signs with a private key in PEM, for use on one machine and for tests.
public struct PEMSnapshotSigner: SnapshotSigner {
    private let key: PrivateKey

    /// Signs with that key.
    ///
    /// - Returns: Nil if there is no key of P-256, or of RSA with at least 2,048 bits, in the text, or if it wants a
    ///   passphrase.
    public init?(pem text: [UInt8]) {
        guard let key = PrivateKey(pem: text) else { return nil }
        self.key = key
    }

    /// The public half.
    public func publicKey() -> [UInt8] { key.publicKey.bytes }

    /// Signs.
    public func sign(digest: [UInt8], algorithm: String) -> [UInt8] { key.sign(digest: digest) }
}
