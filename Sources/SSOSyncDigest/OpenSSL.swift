// SPDX-License-Identifier: Apache-2.0

internal import CLibCrypto

/// What the digests share: the algorithm, and the way to report that OpenSSL failed.
enum OpenSSL {
    /// SHA-256, fetched once: a fetch costs more than the digest of a short message.
    ///
    /// Never freed. Sharing it between threads is safe, because OpenSSL takes it as `const` wherever it goes from
    /// here (<https://docs.openssl.org/3.0/man7/openssl-threads/>).
    nonisolated(unsafe) static let sha256: OpaquePointer = {
        guard let algorithm = unsafe EVP_MD_fetch(nil, "SHA256", nil) else { fail("find SHA-256") }
        return unsafe algorithm
    }()

    /// HMAC-SHA-256, set up once to be copied: looking it up costs several times as much as the HMAC of a short message.
    ///
    /// Never freed. A copy is made of a `const` context, as above; it needs some key before that, and gets its own after.
    nonisolated(unsafe) static let hmacSHA256: OpaquePointer = {
        guard let algorithm = unsafe EVP_MAC_fetch(nil, "HMAC", nil) else { fail("find HMAC") }
        defer { unsafe EVP_MAC_free(algorithm) }
        guard let context = unsafe EVP_MAC_CTX_new(algorithm) else { fail("allocate an HMAC context") }
        // OpenSSL keeps the addresses, not the texts, until the parameters have been read.
        var name = Array("SHA256".utf8CString)
        let isReady = unsafe name.withUnsafeMutableBufferPointer { name in
            unsafe OSSL_MAC_PARAM_DIGEST.withCString { key in
                // The length 0 stands for that of the string.
                let digest = unsafe OSSL_PARAM_construct_utf8_string(key, name.baseAddress, 0)
                let parameters = unsafe [digest, OSSL_PARAM_construct_end()]
                return unsafe EVP_MAC_init(context, [0], 1, parameters) == 1
            }
        }
        guard isReady else { fail("start HMAC-SHA-256") }
        return unsafe context
    }()

    /// Stops the process and says what could not be done.
    ///
    /// `fatalError`, because a precondition failure prints nothing in a release build.
    static func fail(_ task: String) -> Never {
        fatalError("OpenSSL could not \(task): \(firstError())")
    }

    /// The oldest error in this thread's queue, which is the cause of those after it.
    ///
    /// Digests put no input into their errors, so the text reveals nothing.
    private static func firstError() -> String {
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0 else { return "no reason given" }

        // 256 bytes always suffice (<https://docs.openssl.org/3.0/man3/ERR_error_string/>).
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard let text = buffer.baseAddress else { return "error \(code)" }
            unsafe ERR_error_string_n(code, text, buffer.count)
            return unsafe String(cString: text)
        }
    }
}
