// SPDX-License-Identifier: Apache-2.0

/// Finds the place where a text stops being JSON.
///
/// `JSONDecoder` is more lenient than JSON, and without the whole of Foundation it does not say where a text is wrong. What
/// stands behind a backslash, and how large a number may be, is left to it.
struct JSONSyntax {
    /// The place, and what should be there.
    struct Mistake: Error, Equatable {
        let line: Int
        let expected: String
    }

    private let bytes: [UInt8]
    private var index = 0

    /// The first mistake in the text; nil if none is found.
    static func mistake(in text: String) -> Mistake? {
        var syntax = JSONSyntax(bytes: Array(text.utf8))
        do throws(Mistake) {
            try syntax.value(depth: 0)
            if syntax.next != nil { throw syntax.mistake("nothing more") }
            return nil
        } catch {
            return error
        }
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private func mistake(_ expected: String) -> Mistake {
        Mistake(line: 1 + bytes.prefix(index).count { $0 == UInt8(ascii: "\n") }, expected: expected)
    }

    /// The next byte that is no space; nil at the end.
    private var next: UInt8? {
        mutating get {
            while index < bytes.count {
                switch bytes[index] {
                case 0x20, 0x09, 0x0A, 0x0D: index += 1
                default: return bytes[index]
                }
            }
            return nil
        }
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func value(depth: Int) throws(Mistake) {
        guard depth < 500 else { throw mistake("less nesting") }
        switch next {
        case UInt8(ascii: "{"): try list(until: "}", hasKeys: true, depth: depth)
        case UInt8(ascii: "["): try list(until: "]", hasKeys: false, depth: depth)
        case UInt8(ascii: "\""): try string()
        case nil: throw mistake("a value, and the text ends")
        default: try word()
        }
    }

    private mutating func list(until end: Unicode.Scalar, hasKeys: Bool, depth: Int) throws(Mistake) {
        index += 1
        if skip(end) { return }
        repeat {
            if hasKeys {
                guard next == UInt8(ascii: "\"") else { throw mistake("a key in quotation marks") }
                try string()
                guard skip(":") else { throw mistake("a colon after the key") }
            }
            try value(depth: depth + 1)
        } while skip(",")
        guard skip(end) else { throw mistake("a comma or \(end)") }
    }

    private mutating func string() throws(Mistake) {
        let start = index
        index += 1
        while index < bytes.count, bytes[index] != UInt8(ascii: "\""), bytes[index] >= 0x20 {
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else {
            index = start
            throw mistake("a quotation mark at the end of the text that begins here")
        }
        index += 1
    }

    /// A number, or one of three words.
    private mutating func word() throws(Mistake) {
        let start = index
        while index < bytes.count, Element.isLetterOrDigit(bytes[index]) || "+-.".utf8.contains(bytes[index]) {
            index += 1
        }
        let word = String(decoding: bytes[start..<index], as: UTF8.self)
        if ["true", "false", "null"].contains(word) || word.wholeMatch(of: Self.number) != nil { return }
        index = start
        throw mistake("a value")
    }

    private static var number: Regex<Substring> { /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/ }
}
