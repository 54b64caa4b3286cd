// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncSQL

/// Rows of one of the catalogues' queries: a result of their own, or those among the rows of a ``UnitedCatalogueQuery``.
protocol CatalogueRows {
    var rowCount: Int { get }
    /// A cell as a number; nil for NULL and for what is no whole number.
    func int(_ row: Int, _ column: Int) -> Int?
    /// A cell as text; nil for NULL.
    func string(_ row: Int, _ column: Int) -> String?
    /// A cell as a truth value; nil for NULL and for anything else.
    func bool(_ row: Int, _ column: Int) -> Bool?
    /// Looks at a cell's bytes where they are; nil for NULL.
    func withBytes<Value>(_ row: Int, _ column: Int, _ body: (Span<UInt8>) -> Value) -> Value?
}

extension PostgresResult: CatalogueRows {}
