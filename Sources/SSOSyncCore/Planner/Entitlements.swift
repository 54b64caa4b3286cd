// SPDX-License-Identifier: Apache-2.0

/// Which roles each person is entitled to on one target: the union over all the groups that the person is in.
///
/// People who are in the same groups share one entitlement, so that a hundred thousand people cost a few bytes each.
struct Entitlements {
    /// What people who are in the same groups are entitled to.
    struct Entitlement {
        /// Indices into the policy's groups, ascending.
        let groups: [Int]
        /// The union of the groups' roles, ascending.
        let roles: [RoleName]
    }

    private var shared: [Entitlement] = [Entitlement(groups: [], roles: [])]
    private var indexOfPerson: [UserId: Int32] = [:]

    init(directory: Directory, policy: Policy) {
        indexOfPerson.reserveCapacity(directory.people.count)
        var successors: [Int: Int32] = [:]
        for (index, rule) in policy.groups.enumerated() {
            guard let group = directory.groups[rule.group] else { continue }
            successors.removeAll(keepingCapacity: true)
            for member in group.members {
                let current = Int(indexOfPerson[member] ?? 0)
                let next = successors[current] ?? append(shared[current], group: index, rule: rule)
                successors[current] = next
                indexOfPerson[member] = next
            }
        }
    }

    /// What the person is entitled to; nil for somebody who is in none of the target's groups.
    func of(_ user: UserId) -> Entitlement? {
        indexOfPerson[user].map { shared[Int($0)] }
    }

    private mutating func append(_ current: Entitlement, group: Int, rule: Policy.GroupRule) -> Int32 {
        shared.append(
            Entitlement(groups: current.groups + [group], roles: Set(current.roles).union(rule.roles).sorted())
        )
        return Int32(shared.count - 1)
    }
}
