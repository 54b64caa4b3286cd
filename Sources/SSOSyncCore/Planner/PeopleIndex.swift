// SPDX-License-Identifier: Apache-2.0

/// What each person is entitled to on one target, the union over all the groups that the person is in, and which account
/// is the person's.
///
/// People who are in the same groups share one entitlement, so that a hundred thousand people cost a few bytes each. Both
/// are found with one look-up: among many people that is mostly a wait for memory.
struct PeopleIndex {
    /// What people who are in the same groups are entitled to.
    struct Entitlement {
        /// Indices into the policy's groups, ascending.
        let groups: [Int]
        /// The union of the groups' roles, ascending.
        let roles: [RoleName]
    }

    /// Indices.
    private struct Place {
        /// Into `shared`.
        var entitlement: Int32 = 0
        var account: Int32 = Place.noAccount
        static let noAccount: Int32 = -1

        mutating func replaceAccount(with other: Int32) -> Int32 {
            defer { account = other }
            return account
        }
    }

    /// The first one is for people who are in none of the target's groups.
    private let shared: [Entitlement]
    private var places: [UserId: Place]
    /// How many people have an account.
    private(set) var accountCount = 0

    init(directory: Directory, policy: Policy) {
        var shared = [Entitlement(groups: [], roles: [])]
        var places: [UserId: Place] = [:]
        places.reserveCapacity(directory.people.count)
        var successors: [Int32: Int32] = [:]
        for (index, rule) in policy.groups.enumerated() {
            guard let group = directory.groups[rule.group] else { continue }
            successors.removeAll(keepingCapacity: true)
            for member in group.members {
                Self.add(
                    group: index,
                    rule: rule,
                    to: &places[member, default: Place()].entitlement,
                    &shared,
                    &successors
                )
            }
        }
        (self.shared, self.places) = (shared, places)
    }

    /// What the person is entitled to; nil for somebody who is in none of the target's groups.
    func entitlement(of user: UserId) -> Entitlement? { self[user].entitlement }

    /// What the person is entitled to, and the person's account.
    subscript(user: UserId) -> (entitlement: Entitlement?, account: Int?) {
        guard let place = places[user] else { return (nil, nil) }
        let account = place.account == Place.noAccount ? nil : Int(place.account)
        return (place.entitlement == 0 ? nil : shared[Int(place.entitlement)], account)
    }

    /// - Returns: The account that was the person's before.
    mutating func setAccount(_ account: Int, of user: UserId) -> Int? {
        let before = places[user, default: Place()].replaceAccount(with: Int32(account))
        guard before == Place.noAccount else { return Int(before) }
        accountCount += 1
        return nil
    }

    /// The accounts that are somebody's, in no order.
    var accounts: some Sequence<Int> {
        places.values.lazy.filter { $0.account != Place.noAccount }.map { Int($0.account) }
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
