// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Writes a ``Diagnosis`` for people.
public struct DiagnosisRenderer {
    private let style: TerminalStyle

    /// - Parameter style: How text stands out.
    public init(style: TerminalStyle) { self.style = style }

    /// A few lines for each part, and one that sums up.
    public func text(_ diagnosis: Diagnosis) -> String {
        let parts = diagnosis.parts.map { part in
            let name = style(.heading, Printable.escaped(part.name))
            return ([name] + part.checks.flatMap(lines)).joined(separator: "\n")
        }
        return (parts + [summary(diagnosis)]).joined(separator: "\n\n") + "\n"
    }

    private func lines(_ check: HealthCheck) -> [String] {
        let found = Printable.escapedProse(check.found)
        let remedy = check.remedy.map { "           \(Printable.escapedProse($0))" }
        return ["  \(word(check.status))  \(check.name): \(found)"] + remedy
    }

    private func word(_ status: HealthCheck.Status) -> String {
        switch status {
        case .good: style(.given, "good   ")
        case .warning: style(.waiting, "warning")
        case .failed: style(.taken, "FAILED ")
        case .skipped: style(.detail, "skipped")
        }
    }

    private func summary(_ diagnosis: Diagnosis) -> String {
        let counts = HealthCheck.Status.allCases.map { ($0, diagnosis.count($0)) }.filter { $0.1 > 0 }
        let words = counts.map { "\($0.1) \($0.0.rawValue)" }.joined(separator: ", ")
        return diagnosis.count(.failed) == 0 ? "Nothing keeps runs from working: \(words)." : "To mend: \(words)."
    }
}
