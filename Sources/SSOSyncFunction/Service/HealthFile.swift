// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SSOSyncAWS
package import SSOSyncConfiguration
internal import SSOSyncCore

/// A file that says how the last run went, for whoever watches over the process: rewritten after each run, all at once.
///
/// It names nobody.
package actor HealthFile {
    /// What a run came to.
    private struct Run: Encodable {
        let run: String
        let finishedAt: Timestamp
        let verdict: String

        init(_ report: SyncReport) {
            run = report.runId
            finishedAt = report.finishedAt
            verdict = report.verdict.label
        }
    }

    private struct Document: Encodable {
        let version = 1
        /// When the process began.
        let startedAt: Timestamp
        /// When the file was written.
        var time: Timestamp
        /// The last run, whomever it was for; nil before the first.
        var lastRun: Run?
        var lastFullRun: Run?
        /// When the last full run ended on which no target failed or was busy, and after which nobody was still to be let in.
        var lastGoodFullRun: Timestamp?
    }

    private let file: GuardedFile
    private var document: Document

    /// Writes the file: the process has begun, and nothing was run so far.
    ///
    /// - Parameter path: Where it is.
    /// - Throws: ``UsageError`` if it cannot be written.
    package init(path: String) throws(UsageError) {
        file = GuardedFile(path: path)
        let now = Timestamp.now
        document = Document(startedAt: now, time: now)
        do throws(SyncError) {
            try file.replace(by: CanonicalJSON.bytes(document))
        } catch {
            throw UsageError("The health file \(Printable.escaped(error.message))")
        }
    }

    /// Takes down a run, and writes the file.
    ///
    /// A file that cannot be written grows old, which whoever watches sees; it keeps no run from its work.
    func note(_ report: SyncReport, _ logger: Logger) {
        let run = Run(report)
        document.time = .now
        document.lastRun = run
        if report.scope == .everyone {
            document.lastFullRun = run
            if report.isGoodFullRun { document.lastGoodFullRun = run.finishedAt }
        }
        do throws(SyncError) {
            try file.replace(by: CanonicalJSON.bytes(document))
        } catch {
            logger.warning("the health file \(error.message)")
        }
    }
}
