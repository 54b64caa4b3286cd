// SPDX-License-Identifier: Apache-2.0

/// What each person is entitled to on one target, the union over all the groups that the person is in, and which account
/// is the person's.
///
/// People are meant by their place in the directory, accounts by theirs in the reading of the target. People who are in
/// the same groups share one entitlement, so that a hundred thousand people cost a few bytes each.
struct PeopleIndex {
    /// What people who are in the same groups are entitled to.
    struct Entitlement {
        /// Indices into the policy's groups, ascending.
        let groups: [Int]
        /// The union of the groups' roles, ascending.
        let roles: [RoleName]
    }

    /// The first one is for people who are in none of the target's groups.
    private let shared: [Entitlement]
    /// For each person of the directory, which of `shared`.
    private let entitlements: [Int32]
    private var accountsOfUsers: [UserId: Int32]

    init(directory: Directory, policy: Policy, accountCount: Int = 0) {
        var shared = [Entitlement(groups: [], roles: [])]
        var entitlements = [Int32](repeating: 0, count: directory.people.count)
        var successors: [Int32: Int32] = [:]
        for (index, rule) in policy.groups.enumerated() {
            successors.removeAll(keepingCapacity: true)
            for place in directory.placesOfMembers[rule.group] ?? [] {
                Self.add(group: index, rule: rule, to: &entitlements[Int(place)], &shared, &successors)
            }
        }
        (self.shared, self.entitlements) = (shared, entitlements)
        accountsOfUsers = Dictionary(minimumCapacity: accountCount)
    }

    /// What the person at a place in the directory is entitled to; nil for somebody who is in none of the target's groups.
    func entitlement(at place: Int) -> Entitlement? {
        let index = Int(entitlements[place])
        return index == 0 ? nil : shared[index]
    }

    /// The person's account.
    func account(of user: UserId) -> Int? { accountsOfUsers[user].map(Int.init) }

    /// - Returns: The account that was the person's before.
    mutating func setAccount(_ account: Int, of user: UserId) -> Int? {
        accountsOfUsers.updateValue(Int32(account), forKey: user).map(Int.init)
    }

    /// The accounts that are somebody's, in no order.
    var accounts: some Collection<Int> { accountsOfUsers.values.lazy.map(Int.init) }

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
