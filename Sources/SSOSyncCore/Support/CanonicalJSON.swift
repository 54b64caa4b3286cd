// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// JSON of which there is one text for one value: sorted keys, no spaces, slashes as they are.
public enum CanonicalJSON {
    /// The one text of a value.
    ///
    /// - Parameter value: A value whose encoding cannot fail: strings, integers, booleans and containers of them.
    public static func bytes(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(value))
        } catch {
            preconditionFailure("a value could not be encoded as JSON: \(error)")
        }
    }

    /// The one text of a value in printable ASCII alone, for those who take nothing else or show what they get: every other
    /// character is written as `\u…`.
    ///
    /// - Parameter value: A value whose encoding cannot fail.
    public static func asciiText(_ value: some Encodable) -> String {
        var text: [UInt8] = []
        for unit in String(decoding: bytes(value), as: UTF8.self).utf16 {
            // Only strings have such characters in them.
            guard unit > 0x7E else {
                text.append(UInt8(unit))
                continue
            }
            let digits = String(unit, radix: 16)
            text += "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8
        }
        return String(decoding: text, as: UTF8.self)
    }
}
