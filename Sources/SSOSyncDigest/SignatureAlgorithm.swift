// SPDX-License-Identifier: Apache-2.0

/// How a digest of SHA-256 is signed; the names are KMS's
/// (<https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html>).
public enum SignatureAlgorithm: String, Hashable, Sendable, CaseIterable {
    /// ECDSA on the curve P-256 (FIPS 186-5); signatures are DER (RFC 3279, 2.2.3).
    case ecdsa = "ECDSA_SHA_256"
    /// RSASSA-PSS with a key of at least 2,048 bits, MGF1 with SHA-256, and a salt of 32 bytes (RFC 8017, 8.1).
    case rsaPSS = "RSASSA_PSS_SHA_256"
}
