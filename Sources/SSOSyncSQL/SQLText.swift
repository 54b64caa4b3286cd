// SPDX-License-Identifier: Apache-2.0

/// SQL whose text comes from this program's source alone; every other value is quoted by the database's C library, on the
/// live connection, before it is sent.
///
///     let statement: SQLText = "ALTER ROLE \(identifier: name) CONNECTION LIMIT \(3)"
///
/// There is no way to put a run-time `String` into the text: literals are taken as `StaticString`, which only the
/// compiler can make, and interpolation knows the typed values below and no others.
package struct SQLText: Sendable {
    /// A piece of a statement.
    package enum Part: Sendable {
        /// Text from the source of this program.
        case text(StaticString)
        /// A name, to be quoted as an identifier.
        case identifier(String)
        /// A string constant, to be quoted as such.
        case literal(String)
        /// A number, written in decimal.
        case integer(Int)
    }

    /// What it is put together from.
    package private(set) var parts: [Part]

    /// Whether there is nothing to send.
    package var isEmpty: Bool { parts.isEmpty }

    /// Makes an empty text, to be built with `+=`.
    package init() {
        parts = []
    }

    fileprivate init(parts: [Part]) {
        self.parts = parts
    }

    /// A name in quotes.
    package static func identifier(_ name: String) -> SQLText { SQLText(parts: [.identifier(name)]) }

    /// A string constant in quotes.
    package static func literal(_ value: String) -> SQLText { SQLText(parts: [.literal(value)]) }

    /// A number.
    package static func integer(_ value: Int) -> SQLText { SQLText(parts: [.integer(value)]) }

    /// Makes room for that many parts.
    package mutating func reserveCapacity(_ count: Int) {
        parts.reserveCapacity(count)
    }

    /// Appends a text.
    package static func += (left: inout SQLText, right: SQLText) {
        left.parts.append(contentsOf: right.parts)
    }

    /// Puts two texts one after the other.
    package static func + (left: SQLText, right: SQLText) -> SQLText {
        SQLText(parts: left.parts + right.parts)
    }
}

extension SQLText: ExpressibleByStringInterpolation {
    package init(stringLiteral value: StaticString) {
        parts = value.utf8CodeUnitCount == 0 ? [] : [.text(value)]
    }

    package init(stringInterpolation: StringInterpolation) {
        parts = stringInterpolation.parts
    }

    /// Collects the parts of an interpolated statement.
    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var parts: [Part] = []

        package init(literalCapacity: Int, interpolationCount: Int) {
            parts.reserveCapacity(interpolationCount * 2 + 1)
        }

        package mutating func appendLiteral(_ literal: StaticString) {
            if literal.utf8CodeUnitCount > 0 { parts.append(.text(literal)) }
        }

        /// A name, quoted.
        package mutating func appendInterpolation(identifier name: String) {
            parts.append(.identifier(name))
        }

        /// A string constant, quoted.
        package mutating func appendInterpolation(literal value: String) {
            parts.append(.literal(value))
        }

        /// Other SQL, as it is.
        package mutating func appendInterpolation(_ text: SQLText) {
            parts.append(contentsOf: text.parts)
        }

        /// A number.
        package mutating func appendInterpolation(_ value: Int) {
            parts.append(.integer(value))
        }
    }
}

extension Sequence where Element == SQLText {
    /// Puts the texts one after the other.
    /// - Parameter separator: goes between every two of them.
    package func joined(separator: SQLText = ", ") -> SQLText {
        var result = SQLText()
        var isFirst = true
        for text in self {
            if !isFirst { result += separator }
            result += text
            isFirst = false
        }
        return result
    }
}
