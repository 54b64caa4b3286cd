// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTesting
import Testing

@Suite("Verdicts and exit codes")
struct VerdictTests {
    @Test func `exit codes are those that the documentation gives`() {
        let codes = Verdict.allCases.sorted().map(\.exitCode)
        #expect(codes == [69, 4, 3, 5, 2, 0])
    }

    @Test func `a run comes to the gravest of what its targets come to`() async throws {
        var found: [Verdict: TargetReport] = [:]
        for verdict in Verdict.allCases {
            guard let report = await target(verdict) else { continue }
            #expect(report.verdict == verdict)
            found[verdict] = report
        }
        for (left, one) in found {
            for (right, other) in found {
                #expect(report([one, other]).verdict == min(left, right), "\(left) and \(right)")
            }
        }
        #expect(report([]).verdict == .inSync)
        #expect(report(Array(found.values), failure: SyncError(.source, "gone")).verdict == .sourceUnavailable)
    }

    @Test func `a target that is left for a later run has changes pending, and is no success`() {
        let report = report([TargetReport(target: "a", failure: SyncError(.deferred, "stopped"))])
        #expect(report.verdict == .changesPending)
    }

    @Test func `a failure weighs more than the brake on the same target`() async {
        let fixture = Fixture(members: ["g1": ["ann", "ben", "cem"]], brake: Policy.Brake(removals: 0))
        _ = await fixture.apply(.people(["ann", "ben"]))
        fixture.pass(60)
        fixture.directory.update { $0.remove("ann", from: "id-g1") }
        #expect(await fixture.plan().verdict == .braked)
        fixture.refuse("create", "cem")
        #expect(await fixture.apply().verdict == .partialFailure)
    }

    private func report(_ targets: [TargetReport], failure: SyncError? = nil) -> SyncReport {
        SyncReport(
            runId: "1",
            kind: .apply,
            startedAt: World.start,
            finishedAt: World.start,
            directoryAsOf: nil,
            sourceFailure: failure,
            targets: targets
        )
    }

    /// A target that comes to that; nil for what only a run comes to.
    private func target(_ verdict: Verdict) async -> TargetReport? {
        let fixture = Fixture(brake: Policy.Brake(joins: 1))
        switch verdict {
        case .sourceUnavailable: return nil
        case .partialFailure: return TargetReport(target: "a", failure: SyncError(.unreachable, "no route"))
        case .braked: return await fixture.apply().only
        case .busy: return TargetReport(target: "a", failure: SyncError(.busy, "held"))
        case .changesPending: return await Fixture().plan().only
        case .inSync: return await Fixture().apply().only
        }
    }
}
