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
        var encoded: [UInt8] = []
        encoded.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            if isUnreserved(byte) || (keepingSlashes && byte == UInt8(ascii: "/")) {
                encoded.append(byte)
            } else {
                encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 0x0F)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    private static let digits = Array("0123456789ABCDEF".utf8)

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
