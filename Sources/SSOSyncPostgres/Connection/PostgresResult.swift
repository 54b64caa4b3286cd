// SPDX-License-Identifier: Apache-2.0

import SSOSyncSQL

/// What one statement returned: rows in PostgreSQL's text format.
package struct PostgresResult: Sendable {
    /// The server's word for what it did, such as `GRANT ROLE` or `SELECT 3`.
    package let commandTag: String
    /// How many rows the statement touched, for the statements that count them.
    package let affectedRows: Int?

    private let rows: ResultRows

    /// The names of the columns.
    package var columns: [String] { rows.columns }

    /// How many rows there are.
    package var rowCount: Int { rows.count }

    /// How many columns there are.
    package var columnCount: Int { columns.count }

    /// Makes a result.
    init(_ rows: ResultRows, commandTag: String, affectedRows: Int?) {
        self.rows = rows
        self.commandTag = commandTag
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
    func withBytes<Value>(_ row: Int, _ column: Int, _ body: (Span<UInt8>) -> Value) -> Value? {
        rows.withBytes(row, column, body)
    }

    /// A cell as a truth value (PostgreSQL sends `t` and `f`); nil for NULL and for anything else.
    package func bool(_ row: Int, _ column: Int) -> Bool? {
        switch rows.byte(row, column) {
        case UInt8(ascii: "t"): true
        case UInt8(ascii: "f"): false
        default: nil
        }
    }
}
