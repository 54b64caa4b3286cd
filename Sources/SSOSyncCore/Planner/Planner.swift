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
    /// The plan touches only people whom both readings cover, but for locked accounts of others that give a name free, and
    /// only accounts that carry our marker and look as we make them. It is ordered by phase, then by name.
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

    /// Decides what of a request can be done to accounts that somebody wants adopted, or let go.
    ///
    /// The plan has steps of these kinds alone. What cannot be done is a conflict that says why.
    ///
    /// - Parameters:
    ///   - request: What somebody asks for.
    ///   - directory: A reading of everyone: a name has to be one person's.
    ///   - accounts: A reading of everyone, with the accounts of ``names(for:directory:)`` and what there is to know of the
    ///     ``roles(for:accounts:policy:)``.
    ///   - policy: What the configuration says about the target.
    ///   - dialect: What there is to know of the engine.
    ///   - now: The time.
    /// - Returns: The plan.
    public func plan(
        _ request: MarkingRequest,
        directory: Directory,
        accounts: Accounts,
        policy: Policy,
        dialect: Dialect,
        now: Timestamp
    ) -> Plan {
        var builder = PlanBuilder(
            directory: directory,
            accounts: accounts,
            policy: policy,
            dialect: dialect,
            now: now,
            releasedRemovals: []
        )
        return builder.build(request)
    }

    /// The names of the accounts that a request is about, for ``InspectionRequest/names``.
    public func names(for request: MarkingRequest, directory: Directory) -> Set<AccountName> {
        switch request {
        case .release(let names, withoutDirectory: _): names
        case .adopt(let claims):
            Set(
                claims.compactMap { claim in
                    claim.account ?? directory.place(of: claim.user).flatMap { directory.people[$0].accountName }
                }
            )
        }
    }

    /// The roles that a request is about, for ``InspectionRequest/roles``: the mapped ones, and those that the accounts hold
    /// which are to be adopted, since nobody is given an account that has more rights than ours ever have.
    ///
    /// - Parameter accounts: A reading of everyone, with the accounts of ``names(for:directory:)``.
    public func roles(for request: MarkingRequest, accounts: Accounts, policy: Policy) -> Set<RoleName> {
        guard case .adopt = request else { return policy.roles }
        let unmarked = accounts.accounts.lazy.filter { $0.marker == .none }
        return policy.roles.union(unmarked.flatMap(\.memberships).map(\.role))
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
