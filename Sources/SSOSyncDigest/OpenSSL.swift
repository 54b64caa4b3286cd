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
