// SPDX-License-Identifier: Apache-2.0

import SSOSyncConfiguration

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Standard output: what the command was run for.
enum StandardOutput {
    /// Writes a document that ends with a line break.
    static func write(_ text: String) {
        StandardError.shared.showStatus("")
        print(text, terminator: "")
    }

    /// Colours only where somebody sees them and has not asked for none (<https://no-color.org>).
    static func style(noColor: Bool, environment: [String: String]) -> TerminalStyle {
        let isUnwanted = noColor || environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        return TerminalStyle(isColored: !isUnwanted && environment["TERM"] != "dumb" && isatty(STDOUT_FILENO) == 1)
    }
}
