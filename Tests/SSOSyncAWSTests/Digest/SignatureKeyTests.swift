// SPDX-License-Identifier: Apache-2.0

import SSOSyncDigest
import SSOSyncTestSupport
import Testing

@Suite("Keys that sign, and those that verify")
struct SignatureKeyTests {
    private let digest = SHA256.digest(Array("a message".utf8))

    @Test(arguments: [SigningKey.Kind.p256, .rsa2048])
    func `what one half signs, the other verifies, and nothing else`(kind: SigningKey.Kind) throws {
        let files = try SigningKey(kind)
        let key = try #require(PrivateKey(pem: files.privateKey))
        let publicKey = try #require(PublicKey(pem: files.publicKey))
        #expect(key.publicKey == publicKey)
        #expect(publicKey.algorithm == (kind == .p256 ? .ecdsa : .rsaPSS))
        let signature = key.sign(digest: digest)
        #expect(publicKey.isValid(signature, digest: digest))
        #expect(!publicKey.isValid(signature, digest: SHA256.digest(Array("a massage".utf8))))
        #expect(!publicKey.isValid([], digest: digest))
        #expect(!publicKey.isValid(signature + [0], digest: digest))
        let other = try #require(PublicKey(pem: try SigningKey(kind).publicKey))
        #expect(!other.isValid(signature, digest: digest))
        for index in signature.indices {
            var changed = signature
            changed[index] ^= 1
            #expect(!publicKey.isValid(changed, digest: digest))
        }
    }

    @Test(arguments: [SigningKey.Kind.p256, .rsa2048])
    func `OpenSSL's own program verifies what was signed, and its signatures are verified`(kind: SigningKey.Kind) throws
    {
        let files = try SigningKey(kind)
        let key = try #require(PrivateKey(pem: files.privateKey))
        let folder = try TemporaryFolder()
        try folder.write("a message", to: "message")
        try folder.write(String(decoding: files.privateKey, as: UTF8.self), to: "key.pem")
        try folder.write(String(decoding: files.publicKey, as: UTF8.self), to: "public.pem")
        let options =
            kind == .p256 ? [] : ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"]
        try ChildProcess.outputBlocking(
            ["openssl", "dgst", "-sha256", "-sign", folder.file("key.pem"), "-out", folder.file("theirs")] + options
                + [folder.file("message")]
        )
        #expect(key.publicKey.isValid(folder.contents("theirs"), digest: digest))
        try folder.write(bytes: key.sign(digest: digest), to: "ours")
        let verdict = try ChildProcess.runBlocking(
            ["openssl", "dgst", "-sha256", "-verify", folder.file("public.pem"), "-signature", folder.file("ours")]
                + options + [folder.file("message")]
        )
        #expect(verdict.status == 0, "\(verdict)")
    }

    @Test func `a salt of another length than KMS's is refused`() throws {
        let files = try SigningKey(.rsa2048)
        let folder = try TemporaryFolder()
        try folder.write("a message", to: "message")
        try folder.write(String(decoding: files.privateKey, as: UTF8.self), to: "key.pem")
        let options = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:20"]
        try ChildProcess.outputBlocking(
            ["openssl", "dgst", "-sha256", "-sign", folder.file("key.pem"), "-out", folder.file("signature")] + options
                + [folder.file("message")]
        )
        let key = try #require(PublicKey(pem: files.publicKey))
        #expect(!key.isValid(folder.contents("signature"), digest: digest))
    }

    @Test(arguments: [SigningKey.Kind.p384, .rsa1024, .ed25519])
    func `keys of other kinds, or too short ones, are none`(kind: SigningKey.Kind) throws {
        let files = try SigningKey(kind)
        #expect(PublicKey(pem: files.publicKey) == nil)
        #expect(PrivateKey(pem: files.privateKey) == nil)
    }

    @Test func `there is one DER for a key`() throws {
        let key = try #require(PublicKey(pem: try SigningKey().publicKey))
        #expect(PublicKey(der: key.bytes) == key)
        #expect(PublicKey(der: key.bytes + [0]) == nil)
        #expect(PublicKey(der: Array(key.bytes.dropLast())) == nil)
        #expect(PublicKey(der: []) == nil)
        // The same in BER: a length in two bytes.
        #expect(PublicKey(der: [key.bytes[0], 0x81] + key.bytes.dropFirst()) == nil)
    }

    @Test func `what is no key is none, and nobody is asked for a passphrase`() throws {
        let folder = try TemporaryFolder()
        let secret = try folder.write(String(decoding: try SigningKey().privateKey, as: UTF8.self), to: "key.pem")
        try ChildProcess.outputBlocking([
            "openssl", "pkey", "-in", secret, "-aes256", "-passout", "pass:x", "-out", folder.file("locked.pem"),
        ])
        #expect(PrivateKey(pem: folder.contents("locked.pem")) == nil)
        #expect(PrivateKey(pem: Array("nothing".utf8)) == nil)
        #expect(PrivateKey(pem: []) == nil)
        #expect(PublicKey(pem: []) == nil)
    }

    @Test func `a private key prints nothing of itself`() throws {
        let files = try SigningKey()
        let key = try #require(PrivateKey(pem: files.privateKey))
        var dumped = ""
        dump(key, to: &dumped)
        let line = try #require(
            String(decoding: files.privateKey, as: UTF8.self).split(separator: "\n").dropFirst().first
        )
        for text in ["\(key)", String(reflecting: key), dumped] { #expect(!text.contains(line)) }
        #expect("\(key)".contains(key.publicKey.fingerprint))
    }
}
