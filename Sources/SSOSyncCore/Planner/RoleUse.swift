// SPDX-License-Identifier: Apache-2.0

/// Which roles may be granted through which group, and why the others may not.
struct RoleUse {
    /// For each of the policy's groups, the roles that may be granted to its members.
    private let grantable: [Set<RoleName>]
    /// What is the matter with the others, ordered by role and group.
    let conflicts: [Conflict]

    init(policy: Policy, directory: Directory, roles: [RoleName: RoleFacts], dialect: Dialect) {
        var grantable: [Set<RoleName>] = []
        var conflicts: [Conflict] = []
        for rule in policy.groups {
            var usable: Set<RoleName> = []
            for role in rule.roles {
                let conflict = Self.conflict(
                    role: role,
                    facts: roles[role],
                    rule: rule,
                    policy: policy,
                    directory: directory,
                    dialect: dialect
                )
                if let conflict { conflicts.append(conflict) } else { usable.insert(role) }
            }
            grantable.append(usable)
        }
        self.grantable = grantable
        self.conflicts = conflicts
    }

    /// Those of the roles that may be granted to somebody who is in these groups.
    func grantable(_ roles: some Sequence<RoleName>, groups: [Int]) -> [RoleName] {
        roles.filter { role in groups.contains { grantable[$0].contains(role) } }
    }

    private static func conflict(
        role: RoleName,
        facts: RoleFacts?,
        rule: Policy.GroupRule,
        policy: Policy,
        directory: Directory,
        dialect: Dialect
    ) -> Conflict? {
        let members = "the members of \(rule.group)"
        guard let facts else {
            return Conflict(
                .roleMissing,
                role: role,
                message: "role \(role) does not exist on this target, so \(members) do not get it: create it, "
                    + "or take it out of the group's roles"
            )
        }
        if let reason = privilege(role, facts, dialect: dialect),
            let refusal = refusal(role: role, rule: rule, policy: policy, directory: directory)
        {
            return Conflict(
                .rolePrivileged,
                role: role,
                message: "role \(role) is privileged (\(reason)), so \(members) do not get it: \(refusal)"
            )
        }
        if let reason = facts.ungrantableBecause {
            return Conflict(
                .roleUngrantable,
                role: role,
                message: "the provisioner cannot grant role \(role), so \(members) do not get it: \(reason)"
            )
        }
        return nil
    }

    /// Why a role is privileged; nil if it is not.
    static func privilege(_ role: RoleName, _ facts: RoleFacts, dialect: Dialect) -> String? {
        facts.privilegedBecause ?? (dialect.isReserved(role.rawValue) ? "its name is reserved" : nil)
    }

    /// Why no exception lets the group have a privileged role; nil if one does.
    private static func refusal(
        role: RoleName,
        rule: Policy.GroupRule,
        policy: Policy,
        directory: Directory
    ) -> String? {
        guard let exception = policy.allowPrivileged.first(where: { $0.role == role && $0.group == rule.group }) else {
            return "map the group to another role, or name both under allowPrivileged"
        }
        guard rule.pinnedId != nil else { return "allowPrivileged needs the group's id to be pinned" }
        guard directory.coversAllMembers(of: rule.group), let group = directory.groups[rule.group] else {
            return "how many members the group has is known in full runs, and runs of the group, only"
        }
        guard group.members.count <= exception.maximumMembers else {
            return "the group has \(group.members.count) members, and allowPrivileged sets maxMembers to "
                + "\(exception.maximumMembers)"
        }
        return nil
    }
}
