// SPDX-License-Identifier: Apache-2.0

/// The rows that a statement returned, as text, in one buffer.
package struct ResultRows: Sendable {
    /// The names of the columns.
    package let columns: [String]
    /// How many rows there are.
    package let count: Int

    private let bytes: [UInt8]
    /// Where each cell starts, shifted left by one, with the lowest bit set for NULL; one more entry ends the last.
    private let starts: [Int]

    /// Takes rows over.
    /// - Parameters:
    ///   - columns: the names of the columns.
    ///   - count: how many rows there are.
    ///   - bytes: the texts of all cells, row by row.
    ///   - starts: where each cell starts in `bytes`, shifted left by one, with the lowest bit set for NULL; and the end
    ///     of the last one.
    package init(columns: [String], count: Int, bytes: [UInt8], starts: [Int]) {
        precondition(starts.count == count * columns.count + 1, "not as many cells as rows and columns")
        self.columns = columns
        self.count = count
        self.bytes = bytes
        self.starts = starts
    }

    /// Whether a cell is NULL.
    package func isNull(_ row: Int, _ column: Int) -> Bool {
        starts[index(row, column)] & 1 == 1
    }

    /// A cell as text; nil for NULL.
    package func string(_ row: Int, _ column: Int) -> String? {
        guard let range = range(row, column) else { return nil }
        return bytes.withUnsafeBufferPointer { String(decoding: $0[range], as: UTF8.self) }
    }

    /// A cell as a number; nil for NULL and for what is no whole number.
    package func int(_ row: Int, _ column: Int) -> Int? {
        guard let range = range(row, column) else { return nil }
        return bytes.span.extracting(range).wholeNumber
    }

    /// The only byte of a cell; nil for NULL and for cells of another length.
    package func byte(_ row: Int, _ column: Int) -> UInt8? {
        guard let range = range(row, column), range.count == 1 else { return nil }
        return bytes[range.lowerBound]
    }

    /// Looks at a cell's bytes where they are; nil for NULL.
    package func withBytes<Value>(_ row: Int, _ column: Int, _ body: (Span<UInt8>) -> Value) -> Value? {
        // Not `map`, which would be called unspecialised from other modules: four times as slow.
        guard let range = range(row, column) else { return nil }
        return body(bytes.span.extracting(range))
    }

    private func range(_ row: Int, _ column: Int) -> Range<Int>? {
        let index = index(row, column)
        let start = starts[index]
        guard start & 1 == 0 else { return nil }
        return start >> 1..<starts[index + 1] >> 1
    }

    private func index(_ row: Int, _ column: Int) -> Int {
        precondition(row >= 0 && row < count && column >= 0 && column < columns.count, "no such cell")
        return row * columns.count + column
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
