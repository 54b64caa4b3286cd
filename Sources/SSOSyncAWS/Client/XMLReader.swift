// SPDX-License-Identifier: Apache-2.0

/// Reads the XML that AWS services answer with (XML 1.0, <https://www.w3.org/TR/xml/>), into memory.
///
/// By hand: FoundationXML costs 50 MB, and a third C library is not wanted. It takes elements, attributes, text, CDATA
/// sections, comments, processing instructions, and the predefined entities. It refuses document types, and so entities
/// of a document's own, which no service sends.
struct XMLReader {
    /// A text that is not XML, or has a document type.
    struct Mistake: Error, Equatable {
        /// Where, in bytes from the start.
        let offset: Int
    }

    private let bytes: [UInt8]
    private var index = 0

    /// Deeper than any answer that we know, and not so deep that the stack ends.
    private static let maximumDepth = 100

    /// The document's root.
    /// - Throws: ``Mistake``: the first one.
    static func root(_ bytes: [UInt8]) throws(Mistake) -> XMLElement {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw Mistake(offset: 0) }
        var reader = XMLReader(bytes: bytes)
        if reader.skip("\u{FEFF}") {}
        try reader.skipMiscellany()
        guard reader.peek == UInt8(ascii: "<") else { throw reader.mistake }
        let root = try reader.element(depth: 0)
        try reader.skipMiscellany()
        guard reader.peek == nil else { throw reader.mistake }
        return root
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var mistake: Mistake { Mistake(offset: index) }
    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    // MARK: Elements

    private mutating func element(depth: Int) throws(Mistake) -> XMLElement {
        guard depth < Self.maximumDepth, skip("<") else { throw mistake }
        let name = try name()
        try attributes()
        if skip("/>") { return XMLElement(Self.local(name)) }
        guard skip(">") else { throw mistake }

        var text: [UInt8] = []
        var children: [XMLElement] = []
        while !isAt("</") {
            if isAt("<!--") {
                try skipComment()
            } else if skip("<![CDATA[") {
                text += try until("]]>")
            } else if isAt("<?") {
                try skipInstruction()
            } else if peek == UInt8(ascii: "<") {
                children.append(try element(depth: depth + 1))
            } else {
                text += try characters(upTo: UInt8(ascii: "<"))
            }
        }
        guard skip("</"), try self.name() == name else { throw mistake }
        skipSpace()
        guard skip(">") else { throw mistake }
        return XMLElement(Self.local(name), text: String(decoding: text, as: UTF8.self), children: children)
    }

    private mutating func attributes() throws(Mistake) {
        var names: Set<String> = []
        while true {
            let hasSpace = skipSpace()
            guard let next = peek else { throw mistake }
            if next == UInt8(ascii: ">") || next == UInt8(ascii: "/") { return }
            guard hasSpace, names.insert(try name()).inserted else { throw mistake }
            skipSpace()
            guard skip("=") else { throw mistake }
            skipSpace()
            guard let quote = peek, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { throw mistake }
            index += 1
            _ = try characters(upTo: quote)
            index += 1
        }
    }

    private mutating func name() throws(Mistake) -> String {
        let start = index
        while let byte = peek, Self.isName(byte) { index += 1 }
        let isNameStart = bytes[start..<index].first.map { !"0123456789-.".utf8.contains($0) } ?? false
        guard isNameStart else { throw mistake }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private static func isName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: ":"), 0x80...:
            true
        default:
            false
        }
    }

    private static func local(_ name: String) -> String {
        name.split(separator: ":", omittingEmptySubsequences: false).last.map(String.init) ?? name
    }

    // MARK: Text

    /// Reads to a delimiter, which is left.
    private mutating func characters(upTo delimiter: UInt8) throws(Mistake) -> [UInt8] {
        var text: [UInt8] = []
        while let byte = peek, byte != delimiter {
            switch byte {
            case UInt8(ascii: "&"):
                text += try reference()
            case UInt8(ascii: "<"), 0..<0x09, 0x0B, 0x0C, 0x0E..<0x20:
                throw mistake
            case 0x0D:
                // A line ends with a line feed, whatever the sender's system thinks (2.11).
                index += 1
                if peek != 0x0A { text.append(0x0A) }
            default:
                text.append(byte)
                index += 1
            }
        }
        guard peek != nil else { throw mistake }
        return text
    }

    private mutating func reference() throws(Mistake) -> [UInt8] {
        let start = index
        index += 1
        let name = try until(";")
        let scalar: Unicode.Scalar? =
            switch String(decoding: name, as: UTF8.self) {
            case "amp": "&"
            case "lt": "<"
            case "gt": ">"
            case "quot": "\""
            case "apos": "'"
            case let text where text.hasPrefix("#x"): Self.scalar(text.dropFirst(2), radix: 16)
            case let text where text.hasPrefix("#"): Self.scalar(text.dropFirst(), radix: 10)
            default: nil
            }
        guard let scalar else { throw Mistake(offset: start) }
        return Array(String(Character(scalar)).utf8)
    }

    private static func scalar(_ digits: Substring, radix: Int) -> Unicode.Scalar? {
        guard digits.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
            let scalar = UInt32(digits, radix: radix).flatMap(Unicode.Scalar.init)
        else { return nil }
        // What XML cannot hold at all (2.2).
        let isControl = scalar.value < 0x20 && ![0x09, 0x0A, 0x0D].contains(scalar.value)
        return isControl || scalar.value == 0xFFFE || scalar.value == 0xFFFF ? nil : scalar
    }

    /// Reads to a terminator, which is skipped.
    private mutating func until(_ terminator: StaticString) throws(Mistake) -> ArraySlice<UInt8> {
        let start = index
        while index < bytes.count {
            let end = index
            if skip(terminator) { return bytes[start..<end] }
            index += 1
        }
        throw Mistake(offset: start)
    }

    // MARK: What is skipped

    private mutating func skipMiscellany() throws(Mistake) {
        while true {
            skipSpace()
            if isAt("<?") {
                try skipInstruction()
            } else if isAt("<!--") {
                try skipComment()
            } else {
                return
            }
        }
    }

    private mutating func skipInstruction() throws(Mistake) {
        _ = try until("?>")
    }

    private mutating func skipComment() throws(Mistake) {
        guard skip("<!--") else { throw mistake }
        _ = try until("--")
        guard skip(">") else { throw mistake }
    }

    @discardableResult
    private mutating func skipSpace() -> Bool {
        let start = index
        while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { index += 1 }
        return index > start
    }

    private func isAt(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { text in unsafe bytes[index...].starts(with: text) }
    }

    private mutating func skip(_ text: StaticString) -> Bool {
        guard isAt(text) else { return false }
        index += text.utf8CodeUnitCount
        return true
    }
}
