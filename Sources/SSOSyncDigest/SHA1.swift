// SPDX-License-Identifier: Apache-2.0

internal import CLibCrypto

/// SHA-1, for names that others derive with it; it protects nothing any more (<https://shattered.io>).
///
/// Fails as ``SHA256`` does.
public enum SHA1 {
    /// The length of a digest, in bytes.
    public static let byteCount = 20

    /// The digest of bytes that are in memory as a whole.
    public static func digest(_ bytes: some Collection<UInt8>) -> [UInt8] {
        bytes.withContiguousBytes { bytes in
            unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { output, count in
                let isDone = unsafe bytes.withUnsafeBufferPointer { input in
                    unsafe EVP_Q_digest(nil, "SHA1", nil, input.baseAddress, input.count, output.baseAddress, nil) == 1
                }
                guard isDone else { OpenSSL.fail("compute SHA-1") }
                count = byteCount
            }
        }
    }
}
