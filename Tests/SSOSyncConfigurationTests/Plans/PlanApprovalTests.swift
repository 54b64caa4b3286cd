// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncConfiguration
import SSOSyncCore
import Testing

/// Plans that are approved by their hashes alone.
struct PlanApprovalTests {
    private let plan = World.plan()
    private let approval: PlanApproval

    init() throws {
        let report = World.report(.plan, [TargetReport(target: "orders", plan: plan)])
        approval = PlanApproval(
            try #require(PlanFile(report, configuration: "c0ffee", scope: .everyone, releasedRemovals: ["b", "a"]))
        )
    }

    private func code(
        _ approval: PlanApproval,
        hash: String? = nil,
        configuration: String = "c0ffee",
        now: Timestamp = World.now
    ) -> PlanFileError.Code? {
        do throws(PlanFileError) {
            try approval.check(hash: hash ?? approval.hash, configuration: configuration, now: now)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func `what was approved is good, also once it has been to somebody and back`() throws {
        let back = try JSONDecoder().decode(PlanApproval.self, from: JSONEncoder().encode(approval))
        #expect(back.hash == approval.hash)
        #expect(code(back, hash: approval.hash.uppercased()) == nil)
        #expect(back.approvedPlans == ["orders": plan.contentHash])
        #expect(back.releasedRemovals == ["a", "b"])
    }

    @Test func `another hash, another configuration and a plan that is too old are refused`() {
        #expect(code(approval, hash: String(repeating: "0", count: 64)) == .altered)
        #expect(code(approval, configuration: "tea") == .otherConfiguration)
        #expect(code(approval, now: approval.expiresAt) == .expired)
    }

    @Test(arguments: [("c0ffee", "tea"), ("orders", "others"), (#""a""#, #""x""#)])
    func `whatever is altered makes another hash`(part: String, other: String) throws {
        let text = String(decoding: try JSONEncoder().encode(approval), as: UTF8.self)
        let altered = Data(text.replacingOccurrences(of: part, with: other).utf8)
        let found = try JSONDecoder().decode(PlanApproval.self, from: altered)
        #expect(code(found, hash: approval.hash) == .altered)
    }

    @Test func `a run of which anything could not be planned is not fit for approval`() {
        let good = TargetReport(target: "orders", plan: plan)
        let bad = TargetReport(target: "stock", failure: SyncError(.unreachable, "stock does not answer"))
        #expect(World.report(.plan, [good]).isFitForApproval)
        #expect(!World.report(.plan, [good, bad]).isFitForApproval)
        #expect(!World.report(.plan, [], sourceFailure: SyncError(.unreachable, "no directory")).isFitForApproval)
    }
}
