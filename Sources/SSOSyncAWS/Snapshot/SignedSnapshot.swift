// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import SSOSyncCore
internal import SSOSyncDigest

/// A snapshot with its signature, as it lies in a file or in S3.
///
///     {"payload":{…},"signature":{"algorithm":"ECDSA_SHA_256","publicKey":"…","value":"…"}}
///
/// What is signed is a line that says what it is, and then the payload as it stands. There is one text for one snapshot and
/// one signature, so that no byte of it can be changed.
public struct SignedSnapshot: Hashable, Sendable {
    /// What was signed, in canonical JSON.
    public let payload: [UInt8]
    /// The key that it says it was signed with, in DER.
    public let publicKey: [UInt8]
    private let algorithm: String
    private let signature: [UInt8]

    /// Puts a snapshot and its signature together.
    init(payload: [UInt8], key: PublicKey, signature: [UInt8]) {
        self.payload = payload
        publicKey = key.bytes
        algorithm = key.algorithm.rawValue
        self.signature = signature
    }

    /// Takes a snapshot and its signature apart, and believes neither.
    ///
    /// - Throws: ``SnapshotRefusal`` with the code ``SnapshotRefusal/Code/malformed``, or
    ///   ``SnapshotRefusal/Code/otherVersion`` for one that a later version has written.
    public init(_ bytes: [UInt8]) throws(SnapshotRefusal) {
        // In the payload's texts, quotation marks have a backslash before them, and none of its keys is called so.
        guard bytes.starts(with: Self.beginning), let middle = Self.middle(of: bytes),
            let entry = try? JSONDecoder().decode(
                SignatureEntry.self,
                from: Data(bytes[(middle + Self.separator.count)...].dropLast())
            )
        else { throw Self.refusal(of: bytes) }
        payload = Array(bytes[Self.beginning.count..<middle])
        (algorithm, publicKey, signature) = (entry.algorithm, Array(entry.publicKey), Array(entry.value))
        // Base64 and JSON leave many ways to write the same.
        guard self.bytes == bytes else { throw Self.refusal(of: bytes) }
    }

    /// The whole document.
    public var bytes: [UInt8] {
        let entry = SignatureEntry(algorithm: algorithm, publicKey: Data(publicKey), value: Data(signature))
        return Self.beginning + payload + Self.separator + CanonicalJSON.bytes(entry) + [UInt8(ascii: "}")]
    }

    /// The snapshot, if it was signed with one of these keys.
    ///
    /// - Throws: ``SnapshotRefusal`` that says what is wrong.
    public func verified(by pins: [SnapshotKeyPin]) throws(SnapshotRefusal) -> Snapshot {
        guard let key = pins.lazy.compactMap({ $0.key(publicKey) }).first else {
            let pinned = pins.map(\.fingerprint).joined(separator: " or ")
            throw SnapshotRefusal(
                .otherKey,
                "it was signed with the key of SHA-256 \(SHA256.digest(publicKey).hexadecimal), and \(pinned) is "
                    + "pinned: if the key has been changed, pin the new one"
            )
        }
        guard algorithm == key.algorithm.rawValue, key.isValid(signature, digest: Self.digest(of: payload)) else {
            throw SnapshotRefusal(
                .altered,
                "the signature is not of what it says: write it anew, and see who may write there"
            )
        }
        return try Snapshot(bytes: payload)
    }

    /// The SHA-256 of what is signed for a payload.
    ///
    /// The line before it is in nothing else that the key may sign. Its number is that of the signature; the payload's layout
    /// has one of its own.
    static func digest(of payload: [UInt8]) -> [UInt8] {
        var hasher = SHA256Hasher()
        hasher.update("\(SnapshotPayload.kind) 1\n".utf8)
        hasher.update(payload)
        return hasher.finalize()
    }

    private struct SignatureEntry: Codable {
        let algorithm: String
        let publicKey: Data
        let value: Data
    }

    private static let beginning = Array(#"{"payload":"#.utf8)
    private static let separator = Array(#","signature":"#.utf8)
    /// More than a signature and a key have, of RSA with 16,384 bits, too.
    private static let longestEnd = 8_192

    /// Where the payload ends.
    private static func middle(of bytes: [UInt8]) -> Int? {
        let first = max(beginning.count, bytes.count - longestEnd)
        let last = bytes.count - separator.count
        guard first <= last else { return nil }
        return (first...last).last { bytes[$0...].starts(with: separator) }
    }

    private static func refusal(of bytes: [UInt8]) -> SnapshotRefusal {
        struct Document: Decodable { let payload: SnapshotPayload.Header }
        let document = try? JSONDecoder().decode(Document.self, from: Data(bytes))
        return document?.payload.laterVersion.map(SnapshotRefusal.otherVersion) ?? .malformed
    }
}

extension SnapshotRefusal {
    /// Of another layout.
    static func otherVersion(_ version: Int) -> SnapshotRefusal {
        SnapshotRefusal(
            .otherVersion,
            "it has the layout \(version), and this program reads those up to \(Snapshot.version): use one version of sso-sync for both"
        )
    }
}
