// SPDX-License-Identifier: Apache-2.0

/// A number as JSON writes it: <https://www.rfc-editor.org/rfc/rfc8259#section-6>.
struct JSONNumber {
    /// Whether it has neither a fraction nor an exponent.
    private let isPlain: Bool

    /// - Parameter bytes: The whole word; nil if it is no such number.
    init?(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        _ = Self.skip("-", &rest)
        if !Self.skip("0", &rest) {
            guard Self.skipDigits(&rest) else { return nil }
        }
        var isPlain = true
        if Self.skip(".", &rest) {
            guard Self.skipDigits(&rest) else { return nil }
            isPlain = false
        }
        if Self.skip("e", &rest) || Self.skip("E", &rest) {
            _ = Self.skip("+", &rest) || Self.skip("-", &rest)
            guard Self.skipDigits(&rest) else { return nil }
            isPlain = false
        }
        guard rest.isEmpty else { return nil }
        self.isPlain = isPlain
    }

    /// The number of that text; nil if it is too large.
    func content(_ text: String) -> ConfigurationValue.Content? {
        if isPlain, let number = Int(text) { return .integer(number) }
        guard let number = Double(text), number.isFinite else { return nil }
        // 1e3 is a thousand.
        return Int(exactly: number).map { .integer($0) } ?? .double(number)
    }

    private static func skip(_ character: Unicode.Scalar, _ rest: inout ArraySlice<UInt8>) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    private static func skipDigits(_ rest: inout ArraySlice<UInt8>) -> Bool {
        let others = rest.drop { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        defer { rest = others }
        return others.count < rest.count
    }
}
