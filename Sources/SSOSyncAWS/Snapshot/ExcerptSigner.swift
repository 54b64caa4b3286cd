// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore
internal import SSOSyncDigest

/// Signs excerpts of the directory: of a few people, which of them are in the groups.
///
/// An excerpt is a ``Snapshot`` that covers nobody else. ``SnapshotSource/excerpt(_:)`` reads it.
public actor ExcerptSigner {
    private let signer: any SnapshotSigner
    private let accountName: AccountNameAttribute
    /// The public half of the key, which is fetched once.
    private var key: PublicKey?

    /// Signs with a key.
    ///
    /// - Parameters:
    ///   - signer: Has the key.
    ///   - accountName: What the account names are made from.
    public init(_ signer: any SnapshotSigner, accountName: AccountNameAttribute) {
        self.signer = signer
        self.accountName = accountName
    }

    /// An excerpt with its signature.
    ///
    /// - Parameter directory: A reading of a few people.
    /// - Throws: ``SyncError`` if it is a reading of everyone, or the key is none for this; what the signer throws.
    public func excerpt(of directory: Directory) async throws -> SignedSnapshot {
        guard directory.scope != .everyone else {
            throw SyncError(.source, "a reading of everyone is no excerpt")
        }
        let excerpt = Snapshot(directory, sequence: directory.asOf.secondsSince1970, accountName: accountName)
        if let key, let signed = try await signed(excerpt, by: key) { return signed }
        // Seen for the first time, or the alias leads to another key by now.
        let key = try await signer.checkedKey()
        self.key = key
        guard let signed = try await signer.signed(excerpt, key) else { throw SyncError.signatureMismatch }
        return signed
    }

    /// Signs with the key that is remembered.
    ///
    /// - Returns: Nil if it is to be fetched anew, also because the signer says no: a key of another kind does not sign in the same way.
    private func signed(_ excerpt: Snapshot, by key: PublicKey) async throws -> SignedSnapshot? {
        do {
            return try await signer.signed(excerpt, key)
        } catch let error as AWSError where error.response?.errorCode == "InvalidKeyUsageException" {
            return nil
        }
    }
}

extension SnapshotSigner {
    /// The public half of the key.
    ///
    /// - Throws: ``SyncError`` with the code ``SyncError/Code/unsupported`` if nothing can be signed with such a key.
    func checkedKey() async throws -> PublicKey {
        guard let key = PublicKey(der: try await publicKey()) else {
            throw SyncError(.unsupported, "the key that is to sign is neither of P-256 nor of RSA")
        }
        return key
    }

    /// Signs.
    ///
    /// - Returns: Nil if the signature is not of this key: an alias may have been moved meanwhile, and nobody could use what
    ///   is written then.
    func signed(_ snapshot: Snapshot, _ key: PublicKey) async throws -> SignedSnapshot? {
        let payload = snapshot.bytes
        let digest = SignedSnapshot.digest(of: payload)
        let signature = try await sign(digest: digest, algorithm: key.algorithm.rawValue)
        return key.isValid(signature, digest: digest)
            ? SignedSnapshot(payload: payload, key: key, signature: signature) : nil
    }
}

extension SyncError {
    /// Whoever signs has changed the key meanwhile.
    static let signatureMismatch = SyncError(
        .unsupported,
        "the signature does not fit the public key that was named before: try again"
    )
}
