// SPDX-License-Identifier: Apache-2.0

/// How text stands out: in colour, or not at all.
public struct TerminalStyle: Sendable {
    /// What a piece of text is.
    enum Role: String {
        case heading = "1"
        case detail = "2"
        case taken = "31"
        case given = "32"
        case waiting = "33"
    }

    private let isColored: Bool

    /// A style.
    ///
    /// - Parameter isColored: Whether to write ANSI colours.
    public init(isColored: Bool) { self.isColored = isColored }

    func callAsFunction(_ role: Role, _ text: String) -> String {
        isColored && !text.isEmpty ? "\u{1B}[\(role.rawValue)m\(text)\u{1B}[0m" : text
    }
}
