// SPDX-License-Identifier: Apache-2.0

import SSOSyncSQL

/// What one statement returned: rows in MySQL's text format.
package struct MySQLResult: Sendable {
    /// How many rows the statement touched; for one that returns rows, how many it returned.
    package let affectedRows: Int

    private let rows: ResultRows

    /// The names of the columns.
    package var columns: [String] { rows.columns }

    /// How many rows there are.
    package var rowCount: Int { rows.count }

    /// How many columns there are.
    package var columnCount: Int { columns.count }

    /// Makes a result.
    init(_ rows: ResultRows, affectedRows: Int) {
        self.rows = rows
        self.affectedRows = affectedRows
    }

    /// The index of the first column with a name.
    package func column(_ name: String) -> Int? {
        columns.firstIndex(of: name)
    }

    /// Whether a cell is NULL.
    package func isNull(_ row: Int, _ column: Int) -> Bool {
        rows.isNull(row, column)
    }

    /// A cell as text; nil for NULL.
    package func string(_ row: Int, _ column: Int) -> String? {
        rows.string(row, column)
    }

    /// A cell as a number; nil for NULL and for what is no whole number.
    package func int(_ row: Int, _ column: Int) -> Int? {
        rows.int(row, column)
    }

    /// Looks at a cell's bytes where they are; nil for NULL.
    package func withBytes<Value>(_ row: Int, _ column: Int, _ body: (Span<UInt8>) -> Value) -> Value? {
        rows.withBytes(row, column, body)
    }

    /// A cell as a truth value, which MySQL has as `1` and `0` or, in the grant tables, as `Y` and `N`; nil for NULL and
    /// for anything else.
    package func bool(_ row: Int, _ column: Int) -> Bool? {
        switch rows.byte(row, column) {
        case UInt8(ascii: "1"), UInt8(ascii: "Y"): true
        case UInt8(ascii: "0"), UInt8(ascii: "N"): false
        default: nil
        }
    }
}
