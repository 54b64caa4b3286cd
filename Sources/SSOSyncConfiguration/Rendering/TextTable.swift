// SPDX-License-Identifier: Apache-2.0

/// Rows of an account, what happens to it and why, with columns that line up.
struct TextTable {
    struct Row {
        let account: String
        let what: String
        let why: String
    }

    /// One long cell must not push everything else out of sight: such a row does not line up.
    private static let widestAccount = 40
    private static let widestWhat = 60

    let mark: String
    let role: TerminalStyle.Role
    let rows: [Row]

    func lines(_ style: TerminalStyle) -> [String] {
        let accountWidth = Self.width(rows.map(\.account), atMost: Self.widestAccount)
        let whatWidth = Self.width(rows.map(\.what), atMost: Self.widestWhat)
        return rows.map { row in
            let account = Self.padded(row.account, to: accountWidth)
            let what = row.why.isEmpty ? row.what : Self.padded(row.what, to: whatWidth)
            let why = row.why.isEmpty ? "" : "  " + style(.detail, row.why)
            let text = "    " + style(role, "\(mark) \(account)") + (what.isEmpty ? "" : "  \(what)") + why
            return Self.withoutTrailingSpaces(text)
        }
    }

    private static func width(_ cells: [String], atMost limit: Int) -> Int {
        cells.map(\.count).filter { $0 <= limit }.max() ?? 0
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private static func withoutTrailingSpaces(_ text: String) -> String {
        guard let last = text.utf8.lastIndex(where: { $0 != UInt8(ascii: " ") }) else { return "" }
        return String(text[..<text.utf8.index(after: last)])
    }
}
