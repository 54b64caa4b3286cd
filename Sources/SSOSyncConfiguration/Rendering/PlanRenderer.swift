// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// Shows a run as text: per target who loses what, who gains what, why, what waits, and what the brake says.
public struct PlanRenderer: Sendable {
    private let style: TerminalStyle

    /// Every plan says it again, so it has to be short.
    private static let groupsNamed = 3

    /// What is longer than this begins with the line that it ends with, for those who read it from the top.
    private static let linesOnScreen = 40

    /// A renderer.
    public init(style: TerminalStyle = TerminalStyle(isColored: false)) { self.style = style }

    /// The run as text, with a line break at its end.
    public func text(_ report: SyncReport) -> String {
        var blocks: [String] = []
        if let failure = report.sourceFailure {
            let message = Self.indented(Printable.escapedProse(failure.message, keepsLines: true))
            blocks.append("The directory could not be read, so nothing was planned:\n\(message)")
        }
        let sections = report.targets.map { PlanSections($0) }
        blocks += zip(report.targets, sections).map { target, sections in
            TargetRenderer(target, sections, kind: report.kind, style: style).lines.joined(separator: "\n")
        }
        if let pins = UnpinnedGroups(report).text(limit: Self.groupsNamed) { blocks.append(pins) }
        blocks += report.notifierFailures.map { "A notifier failed: \(Printable.escapedProse($0))" }
        guard report.sourceFailure == nil else { return blocks.joined(separator: "\n\n") + "\n" }
        let (summary, body) = (ReportSummary(report, sections).line, blocks.joined(separator: "\n\n"))
        let isLong = body.utf8.count { $0 == UInt8(ascii: "\n") } >= Self.linesOnScreen
        return ((isLong ? [summary] : []) + [body, summary]).filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
    }

    static func indented(_ text: String) -> String {
        text.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
    }
}
