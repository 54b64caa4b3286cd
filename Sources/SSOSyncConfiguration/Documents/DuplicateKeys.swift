// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// Finds keys that stand twice in one mapping of a JSON document.
///
/// `JSONDecoder` takes one of them and says nothing, and a group that is mapped twice must not pass unseen. The text is
/// known to be valid JSON by now, so that strings and brackets are all there is to look at.
struct DuplicateKeys {
    /// A key that has stood before in the same mapping.
    struct Finding: Hashable {
        let key: String
        let line: Int
    }

    /// The keys that stand twice, in the document's order.
    static func inValidJSON(_ text: String) -> [Finding] {
        var scanner = DuplicateKeys()
        var text = text
        text.withUTF8 { scanner.scan($0) }
        return scanner.findings
    }

    private var findings: [Finding] = []
    private var line = 1
    /// The keys of each mapping that is open; nil for a list.
    private var open: [Set<String>?] = []
    /// Whether the next string is a key.
    private var expectsKey = false

    private mutating func scan(_ bytes: UnsafeBufferPointer<UInt8>) {
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\n"): line += 1
            case UInt8(ascii: "{"): begin([])
            case UInt8(ascii: "["): begin(nil)
            case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = open.popLast()
            case UInt8(ascii: ","): expectsKey = open.last.map { $0 != nil } ?? false
            case UInt8(ascii: "\""):
                let end = Self.end(ofString: index, in: bytes)
                if expectsKey { note(UnsafeBufferPointer(rebasing: bytes[index...end])) }
                expectsKey = false
                index = end
            default: break
            }
            index += 1
        }
    }

    private mutating func begin(_ keys: Set<String>?) {
        open.append(keys)
        expectsKey = keys != nil
    }

    private mutating func note(_ literal: UnsafeBufferPointer<UInt8>) {
        let key = Self.text(of: literal)
        let isNew = open[open.count - 1]?.insert(key).inserted ?? true
        if !isNew { findings.append(Finding(key: key, line: line)) }
    }

    /// Two spellings of one key, `a` and `\u0061`, are the same key.
    private static func text(of literal: UnsafeBufferPointer<UInt8>) -> String {
        guard literal.contains(UInt8(ascii: "\\")) else {
            return String(decoding: literal.dropFirst().dropLast(), as: UTF8.self)
        }
        return (try? JSONDecoder().decode(String.self, from: Data(literal))) ?? ""
    }

    private static func end(ofString start: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var index = start + 1
        while index < bytes.count - 1, bytes[index] != UInt8(ascii: "\"") {
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(index, bytes.count - 1)
    }
}
