// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The rows in columns.
struct Table {
    let rows: [Row]

    var text: String {
        let lines = [["what", "measured", "reach", ""]] + rows.map(Self.cells)
        let widths = (0..<4).map { column in lines.map { $0[column].count }.max() ?? 0 }
        let texts = lines.map { Self.line($0, widths) }
        let rule = widths.map { String(repeating: "-", count: $0) }.joined(separator: "  ")
        return ([texts[0], rule] + texts.dropFirst()).joined(separator: "\n")
    }

    private static func cells(_ row: Row) -> [String] {
        [row.what, row.measured, row.reach ?? "", row.reach == nil ? "" : row.isReached ? "ok" : "missed"]
    }

    private static func line(_ cells: [String], _ widths: [Int]) -> String {
        let padded = zip(cells, widths).map { cell, width in
            cell + String(repeating: " ", count: width - cell.count)
        }
        return padded.joined(separator: "  ").trimmingCharacters(in: .whitespaces)
    }
}
