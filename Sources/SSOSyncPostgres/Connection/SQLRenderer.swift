// SPDX-License-Identifier: Apache-2.0

import SSOSyncSQL

/// Writes SQL texts as the bytes that go to the server.
///
/// Quotes are made by a function that knows the live connection (its encoding, its string syntax). One renderer quotes
/// each distinct name once.
struct SQLRenderer: ~Copyable {
    /// The longest name that PostgreSQL keeps, in bytes; it cuts longer ones off and only says so in a notice.
    /// https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
    static let maximumIdentifierLength = 63

    /// The kinds of quotes.
    enum Quotes {
        case identifier
        case literal
    }

    /// Appends a value in quotes to a buffer, or throws.
    typealias Quote = (_ value: String, _ quotes: Quotes, _ buffer: inout [UInt8]) throws -> Void

    /// By their bytes: Swift's strings take some names for the same that the server does not.
    private var quotedNames: [[UInt8]: [UInt8]] = [:]

    /// Appends a text, without an end mark.
    /// - Throws: `PostgresError` of code `.invalidText` for a value with a NUL byte, which SQL cannot carry, and for a
    ///   name that is empty or longer than the server would keep.
    mutating func append(_ text: SQLText, to buffer: inout [UInt8], quote: Quote) throws {
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
            unsafe buffer.append(contentsOf: bytes)
            return unsafe bytes.contains(0)
        }
        guard !hasNUL else { throw Self.nulError }
    }

    private mutating func appendIdentifier(_ name: String, to buffer: inout [UInt8], quote: Quote) throws {
        let bytes = Array(name.utf8)
        if let known = quotedNames[bytes] {
            buffer.append(contentsOf: known)
            return
        }
        try Self.check(identifier: name)
        var quoted: [UInt8] = []
        try quote(name, .identifier, &quoted)
        quotedNames[bytes] = quoted
        buffer.append(contentsOf: quoted)
    }

    private static func check(identifier: String) throws {
        try refuseNUL(in: identifier)
        let length = identifier.utf8.count
        guard length > 0 else {
            throw PostgresError(.invalidText, "An empty name cannot be used in SQL. Nothing was sent.")
        }
        guard length <= maximumIdentifierLength else {
            throw PostgresError(
                .invalidText,
                "The name \"\(identifier)\" has \(length) bytes; PostgreSQL keeps \(maximumIdentifierLength) and would "
                    + "cut it off. Nothing was sent."
            )
        }
    }

    private static func refuseNUL(in value: String) throws {
        let bytes = value.utf8Span.span
        for index in bytes.indices where bytes[index] == 0 { throw nulError }
    }

    private static var nulError: PostgresError {
        PostgresError(.invalidText, "A value with a NUL byte cannot be used in SQL. Nothing was sent.")
    }
}
