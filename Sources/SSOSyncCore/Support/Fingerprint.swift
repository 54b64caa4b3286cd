// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncDigest

/// SHA-256 over a sequence of fields, in which no two different sequences look alike.
struct Fingerprint: ~Copyable {
    private var hasher = SHA256Hasher()
    private var buffer: [UInt8] = []

    init() { buffer.reserveCapacity(Self.chunk + 4_096) }

    /// Adds a field, its length before it.
    mutating func add(_ field: String) {
        var field = field
        field.withUTF8 { bytes in
            add(count: bytes.count)
            buffer.append(contentsOf: bytes)
        }
        flushIfLarge()
    }

    /// Adds a field that may be absent, which is not the same as empty.
    mutating func add(_ field: String?) {
        guard let field else {
            add(count: -1)
            return
        }
        add(field)
    }

    /// Adds a number: of the elements that follow, say.
    mutating func add(count: Int) {
        withUnsafeBytes(of: Int64(count).littleEndian) { buffer.append(contentsOf: $0) }
    }

    /// Adds a choice.
    mutating func add(_ flag: Bool) { buffer.append(flag ? 1 : 0) }

    /// The hexadecimal digits.
    consuming func finalize() -> String {
        hasher.update(buffer)
        return hasher.finalize().hexadecimal
    }

    /// The fingerprint of a run of bytes.
    static func of(_ bytes: [UInt8]) -> String { SHA256.digest(bytes).hexadecimal }

    private static let chunk = 65_536

    private mutating func flushIfLarge() {
        guard buffer.count > Self.chunk else { return }
        hasher.update(buffer)
        buffer.removeAll(keepingCapacity: true)
    }
}
