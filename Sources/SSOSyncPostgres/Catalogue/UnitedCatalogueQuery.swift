// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncSQL

/// Several of the catalogues' queries as one statement, whose rows say which of them they are of.
///
/// All rows have one shape: the query's number, three numbers, a text and six truth values.
struct UnitedCatalogueQuery {
    /// What a query returns.
    enum Kind: Int, CaseIterable {
        case roles = 1
        case members
        case markers
        case sessions
        /// A number for a role each.
        case counts

        /// Where the cells of the query's own columns are among the united ones, in their order.
        fileprivate var columns: [Int] {
            switch self {
            case .roles: [1, 4, 5, 6, 7, 8, 9, 10]
            case .members: [1, 2, 3, 5, 6, 7]
            case .markers: [1, 4]
            case .sessions, .counts: [1, 2]
            }
        }

        fileprivate func united(_ query: SQLText) -> SQLText {
            let number = SQLText.integer(rawValue)
            return switch self {
            case .roles:
                """
                SELECT \(number), c1::bigint, NULL::bigint, NULL::bigint, c2::text, c3, c4, c5, c6, c7, c8
                FROM (\(query)) roles (c1, c2, c3, c4, c5, c6, c7, c8)
                """
            case .members:
                """
                SELECT \(number), c1::bigint, c2::bigint, c3::bigint, NULL, c4, c5, c6, NULL, NULL, NULL
                FROM (\(query)) members (c1, c2, c3, c4, c5, c6)
                """
            case .markers:
                """
                SELECT \(number), c1::bigint, NULL, NULL, c2, NULL, NULL, NULL, NULL, NULL, NULL
                FROM (\(query)) markers (c1, c2)
                """
            case .sessions, .counts:
                """
                SELECT \(number), c1::bigint, c2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
                FROM (\(query)) counts (c1, c2)
                """
            }
        }
    }

    typealias Part = (kind: Kind, query: SQLText)

    /// One statement.
    let text: SQLText

    /// - Parameters:
    ///   - parts: The queries. The first is one for roles: its columns say of which types the united ones are.
    ///   - tables: What begins with `WITH` and goes before the queries; empty for nothing.
    init(_ parts: [Part], with tables: SQLText = "") {
        text = tables + parts.map { $0.kind.united($0.query) }.joined(separator: "\nUNION ALL\n")
    }
}

/// The rows of one kind among those of a ``UnitedCatalogueQuery``.
struct UnitedCatalogueRows: CatalogueRows {
    private let result: PostgresResult
    private let rows: [Int]
    private let columns: [Int]

    init(_ result: PostgresResult, _ kind: UnitedCatalogueQuery.Kind) {
        self.result = result
        rows = (0..<result.rowCount).filter { result.int($0, 0) == kind.rawValue }
        columns = kind.columns
    }

    var rowCount: Int { rows.count }

    func int(_ row: Int, _ column: Int) -> Int? { result.int(rows[row], columns[column]) }

    func string(_ row: Int, _ column: Int) -> String? { result.string(rows[row], columns[column]) }

    func bool(_ row: Int, _ column: Int) -> Bool? { result.bool(rows[row], columns[column]) }

    func withBytes<Value>(_ row: Int, _ column: Int, _ body: (Span<UInt8>) -> Value) -> Value? {
        result.withBytes(rows[row], columns[column], body)
    }
}
