// SPDX-License-Identifier: Apache-2.0

internal import CLibCrypto
internal import Synchronization

/// A key of HMAC-SHA-256 that is set up once, for many messages: to set it up costs more than a short message does.
///
/// Fails as ``SHA256`` does. Prints nothing of itself.
@safe
public final class HMACKey: Sendable, CustomStringConvertible, CustomReflectable {
    /// One message at a time: OpenSSL's context is not for two threads at once.
    private let context: Mutex<OpaquePointer>

    /// Sets the key up.
    ///
    /// - Parameter key: The secret key, of any length.
    public init(_ key: [UInt8]) {
        guard let context = unsafe EVP_MAC_CTX_dup(OpenSSL.hmacSHA256) else { OpenSSL.fail("allocate an HMAC context") }
        // A null key means "keep the key that is set" to OpenSSL, so an empty key still needs an address.
        let padded = key + [0]
        guard unsafe EVP_MAC_init(context, padded, key.count, nil) == 1 else { OpenSSL.fail("start HMAC-SHA-256") }
        unsafe self.context = Mutex(context)
        // OpenSSL before 3.0.3 did not go back to the key (<https://github.com/openssl/openssl/issues/17811>).
        guard authenticate([]) == authenticate([]) else { OpenSSL.fail("use a key twice, which takes version 3.0.3") }
    }

    deinit {
        unsafe context.withLock { context in unsafe EVP_MAC_CTX_free(context) }
    }

    /// The keyed digest of a message, ``SHA256/byteCount`` bytes.
    public func authenticate(_ message: [UInt8]) -> [UInt8] {
        unsafe context.withLock { context in
            unsafe SHA256.makeDigest { output in unsafe Self.authenticate(message, with: context, into: output) }
        }
    }

    /// The keyed digest of a message, as 64 lower-case hexadecimal digits.
    public func hexadecimalDigest(_ message: [UInt8]) -> String {
        unsafe context.withLock { context in
            unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: SHA256.byteCount) { digest in
                guard let output = digest.baseAddress,
                    unsafe Self.authenticate(message, with: context, into: output)
                else { OpenSSL.fail("compute HMAC-SHA-256") }
                return unsafe Span(_unsafeElements: UnsafeBufferPointer(digest)).hexadecimal
            }
        }
    }

    private static func authenticate(
        _ message: [UInt8],
        with context: OpaquePointer,
        into output: UnsafeMutablePointer<UInt8>
    ) -> Bool {
        // Without a key: as it was set up.
        unsafe EVP_MAC_init(context, nil, 0, nil) == 1
            && EVP_MAC_update(context, message, message.count) == 1
            && EVP_MAC_final(context, output, nil, SHA256.byteCount) == 1
    }

    /// Never the key.
    public var description: String { "HMACKey(<redacted>)" }

    /// Shows nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
