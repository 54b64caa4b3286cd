// SPDX-License-Identifier: Apache-2.0

/// Makes names from outside fit to be shown: a name must not move the cursor, hide itself or turn the line around.
public enum Printable {
    /// The text with everything invisible written as `\u{…}`, and a backslash as two.
    public static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { mustBeEscaped($0) || $0 == "\\" }) else { return text }
        return text.unicodeScalars.reduce(into: "") { result, scalar in
            if scalar == "\\" {
                result += "\\\\"
            } else {
                append(scalar, to: &result)
            }
        }
    }

    /// The text in quotation marks.
    public static func quoted(_ text: String) -> String { "\"\(escaped(text))\"" }

    /// Sentences or statements: as ``escaped(_:)``, with backslashes as they are.
    ///
    /// - Parameters:
    ///   - text: What is to be shown.
    ///   - keepsLines: Whether line breaks and tabs stay what they are.
    public static func escapedProse(_ text: String, keepsLines: Bool = false) -> String {
        guard text.unicodeScalars.contains(where: mustBeEscaped) else { return text }
        return text.unicodeScalars.reduce(into: "") { result, scalar in
            if keepsLines, scalar == "\n" || scalar == "\t" {
                result.unicodeScalars.append(scalar)
            } else {
                append(scalar, to: &result)
            }
        }
    }

    private static func append(_ scalar: Unicode.Scalar, to result: inout String) {
        if mustBeEscaped(scalar) {
            result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
        } else {
            result.unicodeScalars.append(scalar)
        }
    }

    /// Control characters, formatting characters (direction marks, joiners, tags), line and paragraph separators, and
    /// what Unicode has not assigned.
    private static func mustBeEscaped(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7F }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: return true
        default: return false
        }
    }
}
