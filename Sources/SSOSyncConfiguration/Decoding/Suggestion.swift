// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Guesses what somebody meant to type.
package enum Suggestion {
    /// `, did you mean "x"?` for the candidate that is nearest; empty if none is near.
    package static func phrase(for text: String, among candidates: some Sequence<String>) -> String {
        guard let nearest = nearest(to: text, among: candidates) else { return "" }
        return ", did you mean \(Printable.quoted(nearest))?"
    }

    /// The candidate that takes the fewest changes; nil if all take more than a third of the letters.
    static func nearest(to text: String, among candidates: some Sequence<String>) -> String? {
        let text = text.lowercased()
        guard text.utf8.count <= 64 else { return nil }
        let limit = max(1, text.count / 3)
        let ranked = candidates.map { (distance: distance(text, $0.lowercased()), text: $0) }.filter {
            $0.distance <= limit
        }
        return ranked.min { ($0.distance, $0.text) < ($1.distance, $1.text) }?.text
    }

    /// How many letters have to be added, left out, replaced or swapped with their neighbour.
    private static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left)
        let right = Array(right)
        var rows = [Array(0...right.count)]
        for line in left.indices {
            var row = [line + 1]
            for column in right.indices {
                let isSame = left[line] == right[column]
                var best = min(rows[line][column] + (isSame ? 0 : 1), rows[line][column + 1] + 1, row[column] + 1)
                if line > 0, column > 0, left[line] == right[column - 1], left[line - 1] == right[column] {
                    best = min(best, rows[line - 1][column - 1] + 1)
                }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[left.count][right.count]
    }
}
