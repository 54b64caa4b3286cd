// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncConfiguration
internal import SSOSyncCore

/// What whoever asked for a run gets.
struct ControlAnswer: Encodable {
    /// What came of it, in figures.
    let figures: RunFigures
    /// What to hand back to have exactly this applied; nil if nothing was planned, or not everything could be.
    var approval: PlanApproval?
    /// The hash that approves it.
    var hash: String?
    /// The run as `--format json` prints it; nil if that is too long to answer with.
    var report: ReportView?
    /// What is left out, and how to get it.
    var note: String?

    /// Lambda refuses answers of more than 6 MB; some of that is kept.
    ///
    /// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
    static let limit = 6_000_000

    init(_ run: SyncReport, approval: PlanApproval? = nil) {
        figures = RunFigures(run)
        self.approval = approval
        hash = approval?.hash
        report = ReportView(run)
    }

    /// The answer, without the report if that is what makes it too long.
    func bytes(limit: Int = Self.limit) -> [UInt8] {
        let whole = CanonicalJSON.bytes(self)
        guard whole.count > limit else { return whole }
        var short = self
        short.report = nil
        short.note =
            "the report is left out: with it the answer has \(whole.count) bytes, and Lambda takes \(limit) at most. "
            + "sso-sync plan shows all of it"
        return CanonicalJSON.bytes(short)
    }

    /// What was found, or only how many checks failed if all of it is too long to answer with.
    static func bytes(of diagnosis: Diagnosis, limit: Int = Self.limit) -> [UInt8] {
        struct Short: Encodable {
            let failed: Int
            let note: String
        }
        let whole = Array(diagnosis.json.utf8)
        guard whole.count > limit else { return whole }
        let note = "all of it has \(whole.count) bytes, and Lambda takes \(limit) at most. sso-sync doctor shows it"
        return CanonicalJSON.bytes(Short(failed: diagnosis.count(.failed), note: note))
    }
}
