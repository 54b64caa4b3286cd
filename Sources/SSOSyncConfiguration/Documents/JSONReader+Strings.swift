// SPDX-License-Identifier: Apache-2.0

extension JSONReader {
    /// Reads from a quotation mark to the next.
    mutating func string() throws(Mistake) -> String {
        let start = index + 1
        let end = try endOfString(from: start)
        index = end.index + 1
        guard end.hasEscapes else { return String(decoding: bytes[start..<end.index], as: UTF8.self) }
        guard let text = JSONEscapes.text(of: bytes[start..<end.index]) else {
            throw mistake("a character behind each backslash, such as \\n or \\u00e9")
        }
        return text
    }

    private func endOfString(from start: Int) throws(Mistake) -> (index: Int, hasEscapes: Bool) {
        var (end, hasEscapes) = (start, false)
        while end < bytes.count, bytes[end] != UInt8(ascii: "\""), bytes[end] >= 0x20 {
            let isEscape = bytes[end] == UInt8(ascii: "\\")
            hasEscapes = hasEscapes || isEscape
            end += isEscape ? 2 : 1
        }
        guard end < bytes.count, bytes[end] == UInt8(ascii: "\"") else {
            throw mistake("a quotation mark at the end of the text that begins here")
        }
        return (end, hasEscapes)
    }
}

/// What stands behind backslashes: <https://www.rfc-editor.org/rfc/rfc8259#section-7>.
private enum JSONEscapes {
    /// The text that is meant; nil if a backslash is followed by something that JSON does not know, or by half of a
    /// character.
    static func text(of bytes: ArraySlice<UInt8>) -> String? {
        var rest = bytes
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                text.append(byte)
                continue
            }
            guard let scalar = scalar(&rest) else { return nil }
            text.append(contentsOf: String(Character(scalar)).utf8)
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func scalar(_ rest: inout ArraySlice<UInt8>) -> Unicode.Scalar? {
        switch rest.popFirst() {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return character(&rest)
        default: return nil
        }
    }

    /// Four hexadecimal digits, or twice four for what does not fit into them.
    private static func character(_ rest: inout ArraySlice<UInt8>) -> Unicode.Scalar? {
        guard let first = codeUnit(&rest) else { return nil }
        guard UTF16.isLeadSurrogate(first) else { return Unicode.Scalar(first) }
        guard rest.popFirst() == UInt8(ascii: "\\"), rest.popFirst() == UInt8(ascii: "u"), let second = codeUnit(&rest),
            UTF16.isTrailSurrogate(second)
        else { return nil }
        return Unicode.Scalar(0x1_0000 + (UInt32(first) - 0xD800) << 10 + UInt32(second) - 0xDC00)
    }

    private static func codeUnit(_ rest: inout ArraySlice<UInt8>) -> UInt16? {
        guard rest.count >= 4 else { return nil }
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = rest.popFirst(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                return nil
            }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }
}
