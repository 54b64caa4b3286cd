// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore

extension SyncReport {
    /// What has come of a run on these targets, which applied what there was to do.
    static func run(on targets: [TargetReport] = [], source: SyncError? = nil) -> SyncReport {
        SyncReport(
            runId: "0123456789abcdef",
            kind: .apply,
            startedAt: .now,
            finishedAt: .now,
            directoryAsOf: .now,
            sourceFailure: source,
            targets: targets
        )
    }
}
