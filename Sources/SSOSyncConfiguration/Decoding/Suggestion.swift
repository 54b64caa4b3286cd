// SPDX-License-Identifier: Apache-2.0

/// Guesses what somebody meant to type.
enum Suggestion {
    /// `, did you mean "x"?` for the candidate that is nearest; empty if none is near.
    static func phrase(for text: String, among candidates: some Sequence<String>) -> String {
        guard let nearest = nearest(to: text, among: candidates) else { return "" }
        return ", did you mean \(Printable.quoted(nearest))?"
    }

    /// The candidate that takes the fewest changes; nil if all take more than a third of the letters.
    static func nearest(to text: String, among candidates: some Sequence<String>) -> String? {
        let text = text.lowercased()
        guard text.utf8.count <= 64 else { return nil }
        let limit = max(1, text.count / 3)
        let ranked = candidates.map { (distance: distance(text, $0.lowercased()), text: $0) }.filter { $0.distance <= limit }
        return ranked.min { ($0.distance, $0.text) < ($1.distance, $1.text) }?.text
    }

    /// The Levenshtein distance.
    private static func distance(_ left: String, _ right: String) -> Int {
        let right = Array(right)
        var row = Array(0...right.count)
        for (line, character) in left.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for column in right.indices {
                let cost = right[column] == character ? diagonal : min(diagonal, row[column], row[column + 1]) + 1
                diagonal = row[column + 1]
                row[column + 1] = cost
            }
        }
        return row[right.count]
    }
}
