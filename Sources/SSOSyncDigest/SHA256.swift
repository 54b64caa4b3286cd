// SPDX-License-Identifier: Apache-2.0

internal import CLibCrypto

/// SHA-256 and HMAC-SHA-256, computed by OpenSSL (FIPS 180-4, <https://csrc.nist.gov/pubs/fips/180-4/upd1/final>).
///
/// Neither can fail on its input. They fail when OpenSSL has no usable SHA-256 (a broken `openssl.cnf`, a FIPS
/// provider that did not start) or when memory runs out. No caller could go on without a digest, so the process
/// then stops with OpenSSL's own message on standard error, in release builds too.
public enum SHA256 {
    /// The length of a digest, in bytes.
    public static let byteCount = 32

    /// The digest of bytes that are in memory as a whole.
    ///
    /// For more than fits into memory see ``SHA256Hasher``.
    ///
    /// - Parameter bytes: What to digest; an array, `Data` and `String.UTF8View` are read in place.
    /// - Returns: ``byteCount`` bytes.
    public static func digest(_ bytes: some Collection<UInt8>) -> [UInt8] {
        bytes.withContiguousBytes { digest(contiguous: $0) }
    }

    /// The keyed digest of a message (RFC 2104, <https://www.rfc-editor.org/rfc/rfc2104>).
    ///
    /// - Parameters:
    ///   - key: The secret key, of any length.
    ///   - message: What to authenticate.
    /// - Returns: ``byteCount`` bytes.
    public static func hmac(key: some Collection<UInt8>, message: some Collection<UInt8>) -> [UInt8] {
        key.withContiguousBytes { key in
            message.withContiguousBytes { hmac(contiguousKey: key, contiguousMessage: $0) }
        }
    }

    /// The digest of an array's bytes.
    ///
    /// As for any collection, and quicker for a short one: a generic function is not specialized across modules.
    public static func digest(_ bytes: [UInt8]) -> [UInt8] { digest(contiguous: bytes.span) }

    /// The digest of an array's bytes, as 64 lower-case hexadecimal digits.
    public static func hexadecimalDigest(_ bytes: [UInt8]) -> String {
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: byteCount) { digest in
            guard let output = digest.baseAddress,
                unsafe EVP_Digest(bytes, bytes.count, output, nil, OpenSSL.sha256, nil) == 1
            else { OpenSSL.fail("compute SHA-256") }
            return unsafe Span(_unsafeElements: UnsafeBufferPointer(digest)).hexadecimal
        }
    }

    /// Appends the digest of an array's bytes, as 64 lower-case hexadecimal digits.
    public static func appendHexadecimalDigest(of bytes: [UInt8], to text: inout [UInt8]) {
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 3 * byteCount) { buffer in
            guard let output = buffer.baseAddress,
                unsafe EVP_Digest(bytes, bytes.count, output, nil, OpenSSL.sha256, nil) == 1
            else { OpenSSL.fail("compute SHA-256") }
            let digest = unsafe Span(_unsafeElements: UnsafeBufferPointer(start: output, count: byteCount))
            unsafe digest.writeHexadecimal(to: output + byteCount)
            unsafe text.append(contentsOf: UnsafeBufferPointer(start: output + byteCount, count: 2 * byteCount))
        }
    }

    private static func digest(contiguous bytes: Span<UInt8>) -> [UInt8] {
        unsafe makeDigest { output in
            unsafe bytes.withUnsafeBufferPointer { input in
                unsafe EVP_Digest(input.baseAddress, input.count, output, nil, OpenSSL.sha256, nil) == 1
            }
        }
    }

    private static func hmac(contiguousKey: Span<UInt8>, contiguousMessage: Span<UInt8>) -> [UInt8] {
        unsafe makeDigest { output in
            unsafe contiguousKey.withUnsafeBufferPointer { key in
                unsafe contiguousMessage.withUnsafeBufferPointer { message in
                    unsafe hmac(key: key, message: message, into: output)
                }
            }
        }
    }

    private static func hmac(
        key: UnsafeBufferPointer<UInt8>,
        message: UnsafeBufferPointer<UInt8>,
        into output: UnsafeMutablePointer<UInt8>
    ) -> Bool {
        // A null key means "keep the key that is set" to OpenSSL, so an empty key still needs an address. The output
        // buffer serves: none of its bytes is read.
        let address = unsafe key.baseAddress ?? UnsafePointer(output)
        let context = unsafe EVP_MAC_CTX_dup(OpenSSL.hmacSHA256)
        defer { unsafe EVP_MAC_CTX_free(context) }
        return unsafe EVP_MAC_init(context, address, key.count, nil) == 1
            && EVP_MAC_update(context, message.baseAddress, message.count) == 1
            && EVP_MAC_final(context, output, nil, byteCount) == 1
    }

    /// Lets `body` write a digest, or stops the process when `body` says that it could not.
    static func makeDigest(_ body: (UnsafeMutablePointer<UInt8>) -> Bool) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            guard let output = buffer.baseAddress, unsafe body(output) else { OpenSSL.fail("compute SHA-256") }
            count = byteCount
        }
    }
}
