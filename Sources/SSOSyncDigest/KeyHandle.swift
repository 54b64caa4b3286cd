// SPDX-License-Identifier: Apache-2.0

internal import CLibCrypto

/// A key of OpenSSL's, public or private, of a kind that signatures are made with here.
@safe
struct KeyHandle: ~Copyable {
    private let key: OpaquePointer
    /// What the key signs with.
    let algorithm: SignatureAlgorithm

    private init?(_ key: OpaquePointer?) {
        guard let key = unsafe key else {
            ERR_clear_error()
            return nil
        }
        guard let algorithm = unsafe Self.algorithm(of: key) else {
            unsafe EVP_PKEY_free(key)
            ERR_clear_error()
            return nil
        }
        unsafe self.key = key
        self.algorithm = algorithm
    }

    deinit { unsafe EVP_PKEY_free(key) }

    private static func algorithm(of key: OpaquePointer) -> SignatureAlgorithm? {
        if unsafe EVP_PKEY_is_a(key, "RSA") == 1 {
            // 112 bits of security, which NIST SP 800-57 asks for until 2030, take 2,048.
            return unsafe EVP_PKEY_get_bits(key) >= 2_048 ? .rsaPSS : nil
        }
        guard unsafe EVP_PKEY_is_a(key, "EC") == 1 else { return nil }
        var name = [CChar](repeating: 0, count: 64)
        var count = 0
        let hasName = unsafe name.withUnsafeMutableBufferPointer { buffer in
            unsafe EVP_PKEY_get_group_name(key, buffer.baseAddress, buffer.count, &count) == 1
        }
        // OpenSSL's name of P-256 (SEC 2, secp256r1).
        return hasName && name.prefix(count).elementsEqual("prime256v1".utf8CString.dropLast()) ? .ecdsa : nil
    }
}

extension KeyHandle {
    /// Reads a public key in PEM; nil if there is none that is fit.
    init?(publicPEM bytes: [UInt8]) {
        unsafe self.init(Self.read(bytes) { unsafe PEM_read_bio_PUBKEY($0, nil, { _, _, _, _ in -1 }, nil) })
    }

    /// Reads a private key in PEM; nil if there is none that is fit, or if it wants a passphrase.
    init?(privatePEM bytes: [UInt8]) {
        // Without a function for the passphrase, OpenSSL would ask whoever sits at the terminal.
        unsafe self.init(Self.read(bytes) { unsafe PEM_read_bio_PrivateKey($0, nil, { _, _, _, _ in -1 }, nil) })
    }

    /// Reads a public key in DER; nil if it is none that is fit, or if anything stands behind it.
    init?(publicDER bytes: [UInt8]) {
        let key = unsafe bytes.withUnsafeBufferPointer { buffer -> OpaquePointer? in
            var position = buffer.baseAddress
            return unsafe d2i_PUBKEY(nil, &position, buffer.count)
        }
        // There is one DER for a key; what was read of another form, or with more behind it, is written differently.
        if let key = unsafe key, unsafe Self.publicDER(of: key) != bytes {
            unsafe EVP_PKEY_free(key)
            return nil
        }
        unsafe self.init(key)
    }

    private static func read(_ bytes: [UInt8], _ body: (OpaquePointer) -> OpaquePointer?) -> OpaquePointer? {
        unsafe bytes.withUnsafeBytes { buffer in
            guard let bio = unsafe BIO_new_mem_buf(buffer.baseAddress, Int32(buffer.count)) else { return nil }
            defer { unsafe BIO_free(bio) }
            return unsafe body(bio)
        }
    }

    /// The public half in DER: SubjectPublicKeyInfo (RFC 5280, 4.1).
    var publicDER: [UInt8] { unsafe Self.publicDER(of: key) }

    private static func publicDER(of key: OpaquePointer) -> [UInt8] {
        var bytes: UnsafeMutablePointer<UInt8>?
        let count = unsafe i2d_PUBKEY(key, &bytes)
        guard count > 0, let start = unsafe bytes else { OpenSSL.fail("write a public key") }
        defer { unsafe CRYPTO_free(start, nil, 0) }
        return unsafe Array(UnsafeBufferPointer(start: start, count: Int(count)))
    }

    /// Whether a signature is this key's, of that digest.
    func isValid(_ signature: [UInt8], digest: [UInt8]) -> Bool {
        defer { ERR_clear_error() }
        return unsafe withContext(EVP_PKEY_verify_init) { context in
            unsafe EVP_PKEY_verify(context, signature, signature.count, digest, digest.count) == 1
        }
    }

    /// Signs a digest; nil if this is a public key.
    func sign(_ digest: [UInt8]) -> [UInt8]? {
        defer { ERR_clear_error() }
        // As many bytes as a signature may have, which for ECDSA are not always needed.
        var signature = [UInt8](repeating: 0, count: Int(unsafe EVP_PKEY_get_size(key)))
        var count = signature.count
        let isDone = unsafe withContext(EVP_PKEY_sign_init) { context in
            unsafe EVP_PKEY_sign(context, &signature, &count, digest, digest.count) == 1
        }
        return isDone ? Array(signature.prefix(count)) : nil
    }

    private func withContext(
        _ begin: (OpaquePointer?) -> Int32,
        _ body: (OpaquePointer) -> Bool
    ) -> Bool {
        guard let context = unsafe EVP_PKEY_CTX_new_from_pkey(nil, key, nil) else { return false }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        guard unsafe begin(context) == 1, unsafe EVP_PKEY_CTX_set_signature_md(context, OpenSSL.sha256) == 1 else {
            return false
        }
        if algorithm == .rsaPSS {
            guard unsafe EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1,
                unsafe EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1
            else { return false }
        }
        return unsafe body(context)
    }
}
