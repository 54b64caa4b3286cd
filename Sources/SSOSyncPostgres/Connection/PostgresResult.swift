// SPDX-License-Identifier: Apache-2.0

/// What one statement returned: rows in PostgreSQL's text format, in one buffer.
package struct PostgresResult: Sendable {
    /// The names of the columns.
    package let columns: [String]
    /// How many rows there are.
    package let rowCount: Int
    /// The server's word for what it did, such as `GRANT ROLE` or `SELECT 3`.
    package let commandTag: String
    /// How many rows the statement touched, for the statements that count them.
    package let affectedRows: Int?

    private let bytes: [UInt8]
    /// Where each cell starts, shifted left by one, with the lowest bit set for NULL; one more entry ends the last.
    private let starts: [Int]

    /// How many columns there are.
    package var columnCount: Int { columns.count }

    /// Makes a result.
    init(
        columns: [String],
        rowCount: Int,
        commandTag: String,
        affectedRows: Int?,
        bytes: [UInt8],
        starts: [Int]
    ) {
        self.columns = columns
        self.rowCount = rowCount
        self.commandTag = commandTag
        self.affectedRows = affectedRows
        self.bytes = bytes
        self.starts = starts
    }

    /// The index of the first column with a name.
    package func column(_ name: String) -> Int? {
        columns.firstIndex(of: name)
    }

    /// Whether a cell is NULL.
    package func isNull(_ row: Int, _ column: Int) -> Bool {
        starts[index(row, column)] & 1 == 1
    }

    /// A cell as text; nil for NULL.
    package func string(_ row: Int, _ column: Int) -> String? {
        guard let range = range(row, column) else { return nil }
        return unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0[range], as: UTF8.self) }
    }

    /// A cell as a number; nil for NULL and for what is no whole number.
    package func int(_ row: Int, _ column: Int) -> Int? {
        guard let range = range(row, column) else { return nil }
        return bytes.span.extracting(range).wholeNumber
    }

    /// Looks at a cell's bytes where they are; nil for NULL.
    func withBytes<Value>(_ row: Int, _ column: Int, _ body: (Span<UInt8>) -> Value) -> Value? {
        range(row, column).map { body(bytes.span.extracting($0)) }
    }

    /// A cell as a truth value (PostgreSQL sends `t` and `f`); nil for NULL and for anything else.
    package func bool(_ row: Int, _ column: Int) -> Bool? {
        guard let range = range(row, column), range.count == 1 else { return nil }
        switch bytes[range.lowerBound] {
        case UInt8(ascii: "t"): return true
        case UInt8(ascii: "f"): return false
        default: return nil
        }
    }

    private func range(_ row: Int, _ column: Int) -> Range<Int>? {
        let index = index(row, column)
        let start = starts[index]
        guard start & 1 == 0 else { return nil }
        return start >> 1..<starts[index + 1] >> 1
    }

    private func index(_ row: Int, _ column: Int) -> Int {
        precondition(row >= 0 && row < rowCount && column >= 0 && column < columnCount, "no such cell")
        return row * columnCount + column
    }
}

extension Span<UInt8> {
    /// Digits, perhaps after a minus sign.
    ///
    /// Read without a string in between: a catalogue has a hundred thousand of them.
    fileprivate var wholeNumber: Int? {
        let isNegative = !isEmpty && self[0] == UInt8(ascii: "-")
        var number = 0
        for index in (isNegative ? 1 : 0)..<count {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self[index]) else { return nil }
            let (tenfold, isTooLarge) = number.multipliedReportingOverflow(by: 10)
            let (sum, overflows) = tenfold.addingReportingOverflow(Int(self[index] - UInt8(ascii: "0")))
            guard !isTooLarge, !overflows else { return nil }
            number = sum
        }
        guard count > (isNegative ? 1 : 0) else { return nil }
        return isNegative ? -number : number
    }
}
