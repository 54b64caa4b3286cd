// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore
internal import SSOSyncDigest

/// What somebody approves who was shown what adopting accounts, or letting them go, would do.
///
/// There is no file: whoever approves says the same command again, with the hash. It is planned anew, and done only if it
/// comes to the same.
///
/// It does not age, as a ``PlanFile`` does. All that such a plan is made from is in its hash: the policy, all people and groups,
/// all accounts and roles. And nothing that it does depends on the time: neither the brake nor a quarantine has a say. So what it
/// does weeks later is what was shown, to the same accounts, of the same people. That it can be said again, once somebody has
/// undone what it did, lets nobody do more: whoever can say it can be shown another hash just as well.
public struct MarkingApproval: Hashable, Sendable {
    /// The content hash of each target's plan, for ``SyncEngine/Options/approvedPlans``.
    public let plans: [TargetName: String]
    /// What approves exactly these plans, in hexadecimal digits.
    public let hash: String

    /// What there is to approve; nil if nothing would be done, or if it is not known of some target what would be.
    public init?(_ report: SyncReport) {
        guard report.sourceFailure == nil, report.targets.allSatisfy({ $0.failure == nil }) else { return nil }
        let made = report.targets.compactMap(\.plan)
        guard made.contains(where: { !$0.content.steps.isEmpty }) else { return nil }
        plans = Dictionary(made.map { ($0.content.target, $0.contentHash) }, uniquingKeysWith: { first, _ in first })
        let hashes = Dictionary(plans.map { ($0.rawValue, $1) }, uniquingKeysWith: { first, _ in first })
        hash = SHA256.digest(CanonicalJSON.bytes(hashes)).hexadecimal
    }

    /// Whether it is known of all targets that there is nothing to do: what was approved may be done already.
    public static func isDone(_ report: SyncReport) -> Bool {
        report.sourceFailure == nil
            && report.targets.allSatisfy { $0.failure == nil && $0.plan?.content.steps.isEmpty == true }
    }

    /// Makes sure that what would be done now is what was approved.
    ///
    /// - Parameters:
    ///   - hash: What was approved.
    ///   - report: What would be done now.
    /// - Throws: ``SyncError`` with ``SyncError/Code/planMoved``.
    public static func check(_ hash: String, of report: SyncReport) throws(SyncError) -> MarkingApproval {
        guard let approval = MarkingApproval(report), approval.hash == hash.lowercased() else {
            throw SyncError(
                .planMoved,
                "this is not what was approved, so nothing was done: look at it again, and approve it by its new hash. Without one, some "
                    + "target could not be planned: mend that first, or leave it out with --target"
            )
        }
        return approval
    }
}
