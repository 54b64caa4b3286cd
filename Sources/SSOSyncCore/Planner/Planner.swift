// SPDX-License-Identifier: Apache-2.0

/// Decides what is to be done.
///
/// A pure, total and deterministic function: the same inputs give the same plan, byte for byte.
public struct Planner: Sendable {
    /// A planner.
    ///
    /// It has no state.
    public init() {}

    /// Compares what the directory says with what the target has.
    ///
    /// The plan touches only people whom both readings cover, and only accounts that carry our marker and look as we
    /// make them. It is ordered by phase, then by name.
    ///
    /// - Parameters:
    ///   - directory: A whole reading of the directory. If a group of the policy is not in it, nothing is planned.
    ///   - accounts: A reading of the target.
    ///   - policy: What the configuration says about the target.
    ///   - dialect: What there is to know of the engine.
    ///   - now: The time, which the quarantine and the brake are measured by.
    ///   - releasedRemovals: Hashes of sets of removals that somebody has allowed by hand; see ``BrakeVerdict``.
    /// - Returns: The plan.
    public func plan(
        directory: Directory,
        accounts: Accounts,
        policy: Policy,
        dialect: Dialect,
        now: Timestamp,
        releasedRemovals: Set<String> = []
    ) -> Plan {
        var builder = PlanBuilder(
            directory: directory,
            accounts: accounts,
            policy: policy,
            dialect: dialect,
            now: now,
            releasedRemovals: releasedRemovals
        )
        return builder.build()
    }

    /// The names that the people of a reading are to have on a target, for ``InspectionRequest/names``.
    public func wantedNames(directory: Directory, policy: Policy) -> Set<AccountName> {
        let index = PeopleIndex(directory: directory, policy: policy)
        var names: Set<AccountName> = []
        for (place, person) in directory.people.enumerated()
        where person.isEnabled && index.entitlement(at: place) != nil {
            if let name = person.accountName { names.insert(name) }
        }
        return names
    }

    /// By when an account has to have been locked for its quarantine to be over; nil if accounts are kept.
    public func quarantineCutoff(policy: Policy, now: Timestamp) -> Timestamp? {
        policy.leavers.then == .drop ? now.advanced(bySeconds: -policy.leavers.quarantine) : nil
    }
}
