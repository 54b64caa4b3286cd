// SPDX-License-Identifier: Apache-2.0

internal import CLibCrypto

/// A SHA-256 digest that is fed piece by piece, for input that should not be in memory as a whole.
///
///     var hasher = SHA256Hasher()
///     for piece in pieces { hasher.update(piece) }
///     let digest = hasher.finalize()
///
/// The pieces' borders do not matter. It fails as ``SHA256`` does: by stopping the process.
@safe
public struct SHA256Hasher: ~Copyable {
    // Owned here and not by a private type of its own: with Swift 6.3.1, a release build of a module that uses a
    // public `~Copyable` struct with a private `~Copyable` member asks for the member's metadata and does not link.
    private let context: OpaquePointer

    /// A hasher that was fed nothing yet.
    public init() {
        guard let context = unsafe EVP_MD_CTX_new() else { OpenSSL.fail("allocate a SHA-256 context") }
        unsafe self.context = context
        guard unsafe EVP_DigestInit_ex2(context, OpenSSL.sha256, nil) == 1 else { OpenSSL.fail("start SHA-256") }
    }

    deinit {
        unsafe EVP_MD_CTX_free(context)
    }

    /// Feeds the next bytes.
    public mutating func update(_ bytes: some Collection<UInt8>) {
        bytes.withContiguousBytes { update(contiguous: $0) }
    }

    /// Ends the hasher.
    ///
    /// - Returns: The digest of everything that was fed, ``SHA256/byteCount`` bytes.
    public consuming func finalize() -> [UInt8] {
        unsafe SHA256.makeDigest { output in
            unsafe EVP_DigestFinal_ex(context, output, nil) == 1
        }
    }

    private mutating func update(contiguous bytes: Span<UInt8>) {
        let result = unsafe bytes.withUnsafeBufferPointer { input in
            unsafe EVP_DigestUpdate(context, input.baseAddress, input.count)
        }
        guard result == 1 else { OpenSSL.fail("update SHA-256") }
    }
}
