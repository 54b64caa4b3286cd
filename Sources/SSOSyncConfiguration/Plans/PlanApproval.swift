// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore
internal import SSOSyncDigest

/// What somebody approves of plans that lie nowhere: their hashes, and what they were made with.
///
/// It is to a ``PlanFile`` what a receipt is to goods, small enough to be handed about. As there, approval is not trust: a run
/// plans again, and goes on only if it comes to the same.
public struct PlanApproval: Hashable, Sendable, Codable {
    /// The fingerprint of the configuration.
    public let configuration: String
    /// When the first of the plans must no longer be applied.
    public let expiresAt: Timestamp
    /// The content hash of each plan, by target.
    public let plans: [String: String]
    /// Hashes of removals that were allowed by hand when the plans were made.
    public let releasedRemovals: [String]

    /// What to approve of plans for everyone.
    public init(_ file: PlanFile) {
        configuration = file.configuration
        expiresAt = file.expiresAt
        plans = Dictionary(uniqueKeysWithValues: file.approvedPlans.map { ($0.rawValue, $1) })
        releasedRemovals = file.releasedRemovals
    }

    /// What approves exactly this: the SHA-256 of its canonical JSON, in hexadecimal digits.
    public var hash: String { SHA256.digest(CanonicalJSON.bytes(self)).hexadecimal }

    /// The content hash of each target's plan, for ``SyncEngine/Options/approvedPlans``.
    public var approvedPlans: [TargetName: String] {
        Dictionary(uniqueKeysWithValues: plans.map { (TargetName($0), $1) })
    }

    /// Makes sure that it is what was approved, and still good.
    ///
    /// - Parameters:
    ///   - hash: What was approved.
    ///   - configuration: The fingerprint of the configuration now.
    ///   - now: The time.
    /// - Throws: ``PlanFileError``.
    public func check(hash: String, configuration: String, now: Timestamp = .now) throws(PlanFileError) {
        guard self.hash == hash.lowercased() else {
            throw PlanFileError(.altered, "this is not what was approved: it has another hash")
        }
        guard now < expiresAt else {
            throw PlanFileError(.expired, "the plan expired at \(expiresAt): make a new plan and have it approved")
        }
        guard self.configuration == configuration else {
            throw PlanFileError(.otherConfiguration, "the plan was made for another configuration than this one")
        }
    }
}
