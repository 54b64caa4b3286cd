// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncDigest

extension BrakeVerdict {
    /// The verdict on a plan that changes nothing.
    static func nothing(counts: TargetCounts) -> BrakeVerdict {
        BrakeVerdict(
            removals: 0,
            earlierRemovals: counts.recentlyReduced,
            accountsInUse: counts.managedActive + counts.recentlyLocked,
            removalsStoppedBecause: [],
            removalsHash: nil,
            isReleased: false,
            joins: 0,
            earlierJoins: counts.recentlyJoined,
            joinsStoppedBecause: nil
        )
    }
}

extension PlanBuilder {
    /// A removal that the plan would make: of everything, or of some roles.
    struct Removal {
        let account: Int
        let marker: Marker
        /// Empty for a lock.
        let roles: [RoleName]
    }

    var brakeWindowStart: Timestamp { now.advanced(bySeconds: -Policy.Brake.window) }

    /// Accounts in use, which percentages are of.
    ///
    /// Those that were locked since are counted too: otherwise a thousand runs of one person would be judged more
    /// strictly than one run of a thousand.
    private var accountsInUse: Int { accounts.counts.managedActive + accounts.counts.recentlyLocked }

    func verdict(on removals: [Removal], joins: [Marker?]) -> BrakeVerdict {
        let counts = accounts.counts
        let again = removals.count { $0.marker.wasReduced(since: brakeWindowStart) }
        let earlierRemovals = max(0, counts.recentlyReduced - again)
        let joinedAgain = joins.count { ($0?.joined).map { $0 > brakeWindowStart } ?? false }
        let earlierJoins = max(0, counts.recentlyJoined - joinedAgain)
        let hash = removals.isEmpty ? nil : removalsHash(removals)
        let isReleased = hash.map(releasedRemovals.contains) ?? false
        let reasons = isReleased ? [] : reasonsToStop(removals, earlier: earlierRemovals)
        return BrakeVerdict(
            removals: removals.count,
            earlierRemovals: earlierRemovals,
            accountsInUse: accountsInUse,
            removalsStoppedBecause: reasons,
            removalsHash: hash,
            isReleased: isReleased,
            joins: joins.count,
            earlierJoins: earlierJoins,
            joinsStoppedBecause: reasonToStopJoins(joins.count, earlier: earlierJoins)
        )
    }

    private func reasonsToStop(_ removals: [Removal], earlier: Int) -> [String] {
        guard !removals.isEmpty else { return [] }
        let limits = policy.brake
        let total = removals.count + earlier
        let byPercent = max(1, accountsInUse * limits.percent / 100)
        var reasons: [String] = []
        if total > limits.removals {
            reasons.append("\(total) removals within a day, and the brake allows \(limits.removals)")
        }
        if total > byPercent {
            reasons.append(
                "\(total) of \(accountsInUse) accounts lose access within a day, and the brake allows "
                    + "\(limits.percent) percent"
            )
        }
        return reasons + emptiedGroups(removals)
    }

    private func reasonToStopJoins(_ joins: Int, earlier: Int) -> String? {
        guard joins > 0, joins + earlier > policy.brake.joins else { return nil }
        return "\(joins + earlier) joins within a day, and the brake allows \(policy.brake.joins)"
    }

    /// Groups that nobody enabled is in any more, although several of the accounts that lose access were.
    private func emptiedGroups(_ removals: [Removal]) -> [String] {
        let empty = policy.groups.enumerated().filter { _, rule in
            directory.coversAllMembers(of: rule.group)
                && directory.placesOfMembers[rule.group]?.contains { directory.people[Int($0)].isEnabled } == false
        }
        return empty.compactMap { index, rule in
            // Nobody holds a role that is missing here or cannot be granted.
            let roles = roleUse.grantable(rule.roles, groups: [index])
            guard !roles.isEmpty else { return nil }
            let lost = removals.count { removal in
                let held = Set(accounts.accounts[removal.account].memberships.map(\.role))
                return held.isSuperset(of: roles)
            }
            guard lost > 1 else { return nil }
            return "group \(rule.group) has no member any more, and \(lost) accounts hold its roles"
        }
    }

    /// Names one set of removals on one target, so that a release allows these and no others.
    private func removalsHash(_ removals: [Removal]) -> String {
        var fingerprint = Fingerprint()
        fingerprint.add(policy.owner.rawValue)
        fingerprint.add(directory.id.rawValue)
        fingerprint.add(policy.target.rawValue)
        for removal in removals.sorted(by: { $0.marker.user < $1.marker.user }) {
            fingerprint.add(removal.marker.user.rawValue)
            fingerprint.add(count: removal.roles.count)
            for role in removal.roles.sorted() { fingerprint.add(role.rawValue) }
        }
        return String(fingerprint.finalize().prefix(16))
    }
}
