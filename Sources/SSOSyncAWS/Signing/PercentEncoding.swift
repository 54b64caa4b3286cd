// SPDX-License-Identifier: Apache-2.0

/// Percent-encoding as SigV4 wants it: every byte but RFC 3986's unreserved characters, in capital digits.
///
/// See <https://www.rfc-editor.org/rfc/rfc3986#section-2.3>. A space is `%20`, never a plus sign.
enum PercentEncoding {
    /// Encodes text, byte by byte of its UTF-8 form.
    ///
    /// - Parameters:
    ///   - text: What to encode. A percent sign in it is encoded like any other character.
    ///   - keepingSlashes: Whether slashes stay, for a whole path.
    static func encode(_ text: String, keepingSlashes: Bool = false) -> String {
        let source = text.utf8.span
        let changes = source.indices.count { !isKept(source[$0], keepingSlashes) }
        // Most names and values stay as they are.
        guard changes > 0 else { return text }
        return unsafe String(unsafeUninitializedCapacity: source.count + 2 * changes) { encoded in
            var count = 0
            for index in source.indices {
                let byte = source[index]
                if isKept(byte, keepingSlashes) {
                    unsafe encoded[count] = byte
                    count += 1
                } else {
                    unsafe encoded[count] = UInt8(ascii: "%")
                    unsafe encoded[count + 1] = digit(byte >> 4)
                    unsafe encoded[count + 2] = digit(byte & 0x0F)
                    count += 3
                }
            }
            return count
        }
    }

    private static func isKept(_ byte: UInt8, _ keepingSlashes: Bool) -> Bool {
        isUnreserved(byte) || (keepingSlashes && byte == UInt8(ascii: "/"))
    }

    /// The ASCII code of a capital hexadecimal digit for a value below 16.
    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default:
            false
        }
    }
}
