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

    private let shared: [Entitlement]
    private let indexOfPerson: [UserId: Int32]

    init(directory: Directory, policy: Policy) {
        var shared = [Entitlement(groups: [], roles: [])]
        var indices: [UserId: Int32] = [:]
        indices.reserveCapacity(directory.people.count)
        var successors: [Int32: Int32] = [:]
        for (index, rule) in policy.groups.enumerated() {
            guard let group = directory.groups[rule.group] else { continue }
            successors.removeAll(keepingCapacity: true)
            for member in group.members {
                // Looked up once, to be read and written: a look-up among many people is mostly a wait for memory.
                Self.add(group: index, rule: rule, to: &indices[member, default: 0], &shared, &successors)
            }
        }
        self.shared = shared
        indexOfPerson = indices
    }

    /// What the person is entitled to; nil for somebody who is in none of the target's groups.
    func of(_ user: UserId) -> Entitlement? {
        indexOfPerson[user].map { shared[Int($0)] }
    }

    /// - Parameters:
    ///   - current: What the person is entitled to so far, and with the group.
    ///   - successors: What becomes of each entitlement when this group is added.
    private static func add(
        group: Int,
        rule: Policy.GroupRule,
        to current: inout Int32,
        _ shared: inout [Entitlement],
        _ successors: inout [Int32: Int32]
    ) {
        if let known = successors[current] {
            current = known
            return
        }
        let before = shared[Int(current)]
        shared.append(Entitlement(groups: before.groups + [group], roles: Set(before.roles).union(rule.roles).sorted()))
        let next = Int32(shared.count - 1)
        successors[current] = next
        current = next
    }
}
