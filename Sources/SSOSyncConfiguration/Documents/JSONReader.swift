// SPDX-License-Identifier: Apache-2.0

/// Reads JSON (RFC 8259: <https://www.rfc-editor.org/rfc/rfc8259>), and says where a text stops being JSON.
///
/// By hand: `JSONDecoder` is more lenient than JSON, takes one of two equal keys without a word, does not say where a text
/// is wrong, and needs ten times as long for a file of people.
struct JSONReader {
    /// A place where something else should be.
    struct Mistake: Error, Equatable {
        let line: Int
        let expected: String
    }

    /// A key that has stood before in the same mapping.
    struct DuplicateKey: Hashable {
        let key: String
        let line: Int
    }

    /// What the text holds.
    struct Document {
        let value: ConfigurationValue
        /// In the document's order.
        let duplicates: [DuplicateKey]
    }

    let bytes: [UInt8]
    var index = 0
    private var line = 1
    private var duplicates: [DuplicateKey] = []

    /// Deeper than any document that we know, and not so deep that the stack ends.
    private static let maximumDepth = 500

    /// - Throws: The first mistake.
    static func document(_ text: String) throws(Mistake) -> Document {
        var reader = JSONReader(bytes: Array(text.utf8))
        let value = try reader.value(depth: 0)
        guard reader.next == nil else { throw reader.mistake("nothing more") }
        return Document(value: value, duplicates: reader.duplicates)
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    func mistake(_ expected: String) -> Mistake { Mistake(line: line, expected: expected) }

    /// The next byte that is no space; nil at the end.
    private var next: UInt8? {
        mutating get {
            while index < bytes.count {
                switch bytes[index] {
                case 0x0A: line += 1
                case 0x20, 0x09, 0x0D: break
                default: return bytes[index]
                }
                index += 1
            }
            return nil
        }
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    // MARK: Values

    private mutating func value(depth: Int) throws(Mistake) -> ConfigurationValue {
        guard depth < Self.maximumDepth else { throw mistake("less nesting") }
        switch next {
        case UInt8(ascii: "{"): return ConfigurationValue(.object(try members(depth: depth)))
        case UInt8(ascii: "["): return ConfigurationValue(.array(try elements(depth: depth)))
        case UInt8(ascii: "\""): return ConfigurationValue(.string(try string()))
        case nil: throw mistake("a value, and the text ends")
        default: return ConfigurationValue(try word())
        }
    }

    private mutating func elements(depth: Int) throws(Mistake) -> [ConfigurationValue] {
        index += 1
        var elements: [ConfigurationValue] = []
        if skip("]") { return elements }
        repeat { elements.append(try value(depth: depth + 1)) } while skip(",")
        guard skip("]") else { throw mistake("a comma or ]") }
        return elements
    }

    private mutating func members(depth: Int) throws(Mistake) -> [ConfigurationValue.Member] {
        index += 1
        var members: [ConfigurationValue.Member] = []
        if skip("}") { return members }
        var keys = SeenKeys()
        repeat {
            guard next == UInt8(ascii: "\"") else { throw mistake("a key in quotation marks") }
            let key = try string()
            if !keys.insert(key, members) { duplicates.append(DuplicateKey(key: key, line: line)) }
            guard skip(":") else { throw mistake("a colon after the key") }
            members.append(ConfigurationValue.Member(key: key, value: try value(depth: depth + 1)))
        } while skip(",")
        guard skip("}") else { throw mistake("a comma or }") }
        return members
    }

    // MARK: Words and numbers

    /// A number, or one of three words.
    private mutating func word() throws(Mistake) -> ConfigurationValue.Content {
        let start = index
        while index < bytes.count, Self.isWordByte(bytes[index]) { index += 1 }
        let word = bytes[start..<index]
        switch String(decoding: word, as: UTF8.self) {
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        case "null": return .null
        case let text:
            guard let number = JSONNumber(word) else { throw mistake("a value") }
            guard let content = number.content(text) else { throw mistake("a number that a computer can hold") }
            return content
        }
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        Element.isLetterOrDigit(byte) || "+-.".utf8.contains(byte)
    }
}

/// The keys of one mapping so far.
private struct SeenKeys {
    /// Few keys are looked through, which is quicker than to hash them.
    private static let maximumFew = 16

    private var many: Set<String> = []

    /// - Parameter members: The members before this one.
    /// - Returns: Whether the key is new.
    mutating func insert(_ key: String, _ members: [ConfigurationValue.Member]) -> Bool {
        guard members.count > Self.maximumFew else { return !members.contains { $0.key == key } }
        if many.isEmpty { many = Set(members.map(\.key)) }
        return many.insert(key).inserted
    }
}
