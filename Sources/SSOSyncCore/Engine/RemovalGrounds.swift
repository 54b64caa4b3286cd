// SPDX-License-Identifier: Apache-2.0

/// The groups that the removals of a plan rest on: people lose what these give because they are in none of them.
///
/// A pure value.
struct RemovalGrounds: Hashable {
    /// By person, without those who lose nothing, or lose it for another reason.
    let groups: [UserId: Set<GroupName>]
}

extension RemovalGrounds {
    /// Finds them.
    ///
    /// - Parameters:
    ///   - plan: What is to be done.
    ///   - directory: The reading that the plan was made from.
    ///   - policy: What the configuration says about the target.
    init(of plan: Plan, by directory: Directory, _ policy: Policy) {
        var groups: [UserId: Set<GroupName>] = [:]
        // Who was locked before stays out, whatever has become of the groups.
        let lockedBefore = Set(plan.content.steps.filter { $0.reason.isAboutLocked }.map(\.operation.account))
        for operation in plan.operations where operation.phase <= .withdraw {
            let user = operation.user
            guard !lockedBefore.contains(operation.account) else { continue }
            let others = policy.groups.filter {
                directory.groups[$0.group]?.members.index(of: user, by: \.self) == nil
            }
            // Whoever is disabled, or was deleted and is in groups still, has no access, whatever the groups.
            let isListed = others.count < policy.groups.count
            guard directory.place(of: user).map({ directory.people[$0].isEnabled }) ?? !isListed else { continue }
            switch operation.action {
            case .lock:
                groups[user, default: []].formUnion(others.map(\.group))
            case .revoke(let memberships):
                let roles = Set(memberships.map(\.role))
                groups[user, default: []]
                    .formUnion(others.filter { !roles.isDisjoint(with: $0.roles) }.map(\.group))
            default: continue
            }
        }
        self.groups = groups.filter { !$0.value.isEmpty }
    }

    /// Who keeps what, and why: those whose groups are not there any more as they were read.
    ///
    /// - Parameters:
    ///   - directory: The reading that the plan was made from.
    ///   - ids: The groups' ids, looked up since.
    func obstacles(_ directory: Directory, _ ids: [GroupName: GroupId]) -> [UserId: SyncError] {
        groups.compactMapValues { directory.doubt(about: $0, by: ids) }
    }
}

extension Directory {
    /// Which of some groups are not there any more as they were read; nil if all are.
    ///
    /// - Parameters:
    ///   - names: The groups.
    ///   - ids: Their ids, looked up since.
    package func doubt(about names: Set<GroupName>, by ids: [GroupName: GroupId]) -> SyncError? {
        let others = names.filter { ids[$0] != groups[$0]?.id }
        guard !others.isEmpty else { return nil }
        let reasons = others.map { name in
            (
                DirectoryRequest.Group(name: name),
                "group \(name) was created anew while it was read, and takes nothing from anybody by that: the next run reads the new one"
            )
        }
        return SyncError(missing: Dictionary(uniqueKeysWithValues: reasons))
    }
}

extension Reason {
    /// Whether it is about an account that an earlier run has locked.
    fileprivate var isAboutLocked: Bool { self == .unlockedByOthers || self == .rolesLeft }
}
