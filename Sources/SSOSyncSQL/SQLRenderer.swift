// SPDX-License-Identifier: Apache-2.0

/// Writes SQL texts as the bytes that go to the server.
///
/// Quotes are made by a function that knows the live connection (its encoding, its string syntax). One renderer quotes
/// each distinct name once.
package struct SQLRenderer: ~Copyable {
    /// What a server takes as a name.
    package struct NameRules: Sendable {
        /// What a server counts a name's length in.
        package enum Unit: Sendable {
            case bytes
            case characters
        }

        /// The longest name.
        package let limit: Int
        let unit: Unit
        private let consequence: String

        /// Makes rules.
        /// - Parameters:
        ///   - limit: the longest name.
        ///   - unit: what it is counted in.
        ///   - consequence: what the server does with a longer one, for people: "PostgreSQL cuts longer ones off".
        package init(limit: Int, unit: Unit, consequence: String) {
            self.limit = limit
            self.unit = unit
            self.consequence = consequence
        }

        fileprivate func check(_ name: String) throws(UnsayableText) {
            guard !name.isEmpty else { throw UnsayableText("An empty name cannot be used in SQL. Nothing was sent.") }
            let length = unit == .bytes ? name.utf8.count : name.unicodeScalars.count
            guard length <= limit else {
                throw UnsayableText(
                    "The name \"\(name)\" has \(length) \(unit), more than \(limit); \(consequence). Nothing was sent."
                )
            }
        }
    }

    /// The kinds of quotes.
    package enum Quotes {
        case identifier
        case literal
    }

    /// Appends a value in quotes to a buffer, or throws.
    package typealias Quote = (_ value: String, _ quotes: Quotes, _ buffer: inout [UInt8]) throws -> Void

    private let rules: NameRules

    /// By their bytes: Swift's strings take some names for the same that the server does not.
    private var quotedNames: [[UInt8]: [UInt8]] = [:]

    /// Makes a renderer for a server of this kind.
    package init(_ rules: NameRules) {
        self.rules = rules
    }

    /// Appends a text, without an end mark.
    /// - Throws: `UnsayableText` for a value with a NUL byte, which SQL cannot carry, and for a name that is empty or
    ///   longer than the server would keep; what `quote` throws.
    package mutating func append(_ text: SQLText, to buffer: inout [UInt8], quote: Quote) throws {
        for part in text.parts {
            switch part {
            case .text(let literal): try appendLiteral(literal, to: &buffer)
            case .integer(let number): buffer.append(contentsOf: String(number).utf8)
            case .literal(let value):
                try Self.refuseNUL(in: value)
                try quote(value, .literal, &buffer)
            case .identifier(let name): try appendIdentifier(name, to: &buffer, quote: quote)
            }
        }
    }

    private func appendLiteral(_ literal: StaticString, to buffer: inout [UInt8]) throws {
        let hasNUL = literal.withUTF8Buffer { bytes in
            buffer.append(contentsOf: bytes)
            return bytes.contains(0)
        }
        guard !hasNUL else { throw Self.nulError }
    }

    private mutating func appendIdentifier(_ name: String, to buffer: inout [UInt8], quote: Quote) throws {
        let bytes = Array(name.utf8)
        if let known = quotedNames[bytes] {
            buffer.append(contentsOf: known)
            return
        }
        try Self.refuseNUL(in: name)
        try rules.check(name)
        var quoted: [UInt8] = []
        try quote(name, .identifier, &quoted)
        quotedNames[bytes] = quoted
        buffer.append(contentsOf: quoted)
    }

    private static func refuseNUL(in value: String) throws {
        let bytes = value.utf8Span.span
        for index in bytes.indices where bytes[index] == 0 { throw nulError }
    }

    private static var nulError: UnsayableText {
        UnsayableText("A value with a NUL byte cannot be used in SQL. Nothing was sent.")
    }
}

/// A text has a value that cannot be said in SQL.
package struct UnsayableText: Error {
    /// Which, and why.
    package let message: String

    init(_ message: String) {
        self.message = message
    }
}
