// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import SSOSyncConfiguration
import SSOSyncCore

/// What plan and apply have in common.
struct RunOptions: ParsableArguments {
    @Option(help: "How the run is shown on standard output.")
    var format = OutputFormat.text

    @Option(
        name: .customLong("allow-removals"),
        help: ArgumentHelp(
            "Let exactly these removals pass the brake; the plan shows the hash. May be given several times.",
            valueName: "hash"
        )
    )
    var allowRemovals: [String] = []

    @Flag(
        name: .customLong("name-blockers"),
        help: """
            Name each thing that keeps an account from being dropped, not only how many there are. On PostgreSQL this \
            takes one more connection to every database that has some.
            """
    )
    var namesBlockers = false

    mutating func validate() throws {
        let areHashes = allowRemovals.allSatisfy { hash in
            hash.utf8.count == 16 && hash.utf8.allSatisfy(\.isLowercaseHexadecimalDigit)
        }
        guard areHashes else {
            throw ValidationError(
                "--allow-removals takes the 16 hexadecimal digits that the plan shows, in small letters."
            )
        }
    }

    /// Shows a run on standard output.
    func show(_ report: SyncReport, style: TerminalStyle) { format.show(report, style: style) }

    /// The engine's options.
    func engineOptions(progress: ProgressDisplay) -> SyncEngine.Options {
        var options = SyncEngine.Options()
        options.releasedRemovals = Set(allowRemovals)
        options.includesScripts = format == .sql
        options.progress = { progress.show($0) }
        return options
    }
}

extension OutputFormat {
    /// Shows a run on standard output.
    func show(_ report: SyncReport, style: TerminalStyle) {
        switch self {
        case .text: StandardOutput.write(PlanRenderer(style: style).text(report))
        case .json: StandardOutput.write(ReportView(report).text)
        case .sql: StandardOutput.write(ScriptRenderer.text(report))
        }
    }
}
