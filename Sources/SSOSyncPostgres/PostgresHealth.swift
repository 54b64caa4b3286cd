// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// What a catalogue says about the provisioner that read it: whether runs will work.
struct PostgresHealth {
    let catalogue: Catalogue
    let facts: ServerFacts
    let owner: DeploymentOwner
    let policy: Policy

    private var room: Int { owners.ids.count * PostgresDialect.accountsPerOwnerRole }
    private var owners: OwnerRoles { OwnerRoles(catalogue, facts: facts, owner: owner) }

    /// Statements for the master user, who would give the provisioner what it lacks.
    var missingRights: [String] {
        var existing = PostgresBootstrap.Existing(catalogue)
        // It has just logged in, by token or, where the server lets it, by a password that this membership would end.
        let iam = PostgresDialect.iamRole.rawValue
        existing.memberships.insert(PostgresBootstrap.MembershipKey(iam, facts.login, .plain))
        return PostgresBootstrap(
            login: facts.login,
            owner: owner,
            roles: policy.roles.filter { catalogue.roleIds[$0] != nil },
            capacity: max(room, 1),
            serverVersion: facts.version,
            existing: existing
        ).statements
    }

    /// Whether the login got in by password, and will not any more once it may grant `rds_iam`, however indirectly: that sends it
    /// to the check of tokens.
    var losesPassword: Bool {
        guard facts.hasOwnerRoles, let iam = catalogue.roleIds[PostgresDialect.iamRole] else { return false }
        var (reached, waiting) = (Set([facts.loginId]), [facts.loginId])
        while let member = waiting.popLast() {
            for membership in catalogue.memberships(of: member) where reached.insert(membership.role).inserted {
                waiting.append(membership.role)
            }
        }
        return !reached.contains(iam)
    }

    /// Whether there is room for more accounts; nil where accounts have no owner roles.
    var ownerRoles: HealthCheck? {
        guard facts.hasOwnerRoles, room > 0 else { return nil }
        let used = owners.accountCounts.values.reduce(0, +)
        let found = "\(owners.ids.count) owner roles have \(used) of \(room) accounts"
        let remedy = [
            "sso-sync bootstrap '\(policy.target)' --capacity \(room + 5_000) --run --master USER --password-file FILE"
        ]
        if used >= room { return HealthCheck("ownerRoles", .failed, found + ": nobody else can join", remedy: remedy) }
        guard used * 10 >= room * 9 else { return HealthCheck("ownerRoles", .good, found) }
        return HealthCheck("ownerRoles", .warning, found, remedy: remedy)
    }

    /// Whether the roles that groups are mapped to exist.
    var roles: HealthCheck {
        .ofRoles(policy.roles, missing: policy.roles.filter { catalogue.roleIds[$0] == nil }) { role in
            "CREATE ROLE \(quotedForPeople(role.rawValue)) NOLOGIN;"
        }
    }
}
