// SPDX-License-Identifier: Apache-2.0

/// A key that OpenSSL's program has made: to sign with, and to be pinned.
package struct SigningKey: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case p256 = "EC -pkeyopt ec_paramgen_curve:P-256"
        case rsa2048 = "RSA -pkeyopt rsa_keygen_bits:2048"
        case p384 = "EC -pkeyopt ec_paramgen_curve:P-384"
        case rsa1024 = "RSA -pkeyopt rsa_keygen_bits:1024"
        case ed25519 = "ED25519"
    }

    /// PEM.
    package let privateKey: [UInt8]
    /// PEM.
    package let publicKey: [UInt8]

    package init(_ kind: Kind = .p256) throws {
        let folder = try TemporaryFolder()
        let words = kind.rawValue.split(separator: " ").map(String.init)
        let (secret, open) = (folder.file("key.pem"), folder.file("public.pem"))
        try ChildProcess.outputBlocking(["openssl", "genpkey", "-out", secret, "-algorithm"] + words)
        try ChildProcess.outputBlocking(["openssl", "pkey", "-in", secret, "-pubout", "-out", open])
        (privateKey, publicKey) = (folder.contents("key.pem"), folder.contents("public.pem"))
    }
}
