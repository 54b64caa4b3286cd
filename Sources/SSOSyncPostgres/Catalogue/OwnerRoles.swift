// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// The roles under which accounts are made and changed, and the one that grants.
///
/// Since PostgreSQL 16 only the role that made an account can change it, so accounts belong to NOLOGIN owner roles, not
/// to a login that may be replaced. Before that, the provisioner's login changes them itself.
///
/// What an owner role does takes the server the longer, the more accounts it has made, each `GRANT` too. So a role that
/// has made none grants to all of them, and roles are taken from any number of leavers with one `REVOKE` each.
struct OwnerRoles: Sendable {
    /// Ids, ascending by name.
    ///
    /// Empty before PostgreSQL 16.
    let ids: [Int]
    /// Names of the owner roles, by id.
    let names: [Int: String]
    /// The role that grants; nil before PostgreSQL 16, or if there is none.
    private let grantor: Catalogue.Role?
    /// Of how many roles each of them is a member: the accounts that it has made, and whatever else slows it down.
    private(set) var accountCounts: [Int: Int]
    private let login: ServerFacts

    init(_ catalogue: Catalogue, facts: ServerFacts) {
        login = facts
        guard facts.hasOwnerRoles else {
            (ids, names, grantor, accountCounts) = ([], [:], nil, [:])
            return
        }
        let usable = Set(catalogue.memberships(of: facts.loginId).filter(\.isUsable).map(\.role))
            .compactMap { catalogue.roles[$0] }.filter { !$0.canLogIn }
        let roles = usable.filter { $0.createsRoles && $0.name.hasPrefix(PostgresDialect.ownerRolePrefix) }
        grantor = usable.filter { $0.name.hasPrefix(PostgresDialect.grantorRolePrefix) }.min { $0.name < $1.name }
        ids = roles.sorted { $0.name < $1.name }.map(\.id)
        names = Dictionary(uniqueKeysWithValues: roles.map { ($0.id, $0.name) })
        let read = { (id: Int) in catalogue.memberships(of: id).count }
        accountCounts = catalogue.accountCounts ?? Dictionary(uniqueKeysWithValues: ids.map { ($0, read($0)) })
    }

    /// Refuses to work without owner roles where they are needed, and without the right to make IAM logins.
    func check(_ catalogue: Catalogue, place: String) throws {
        guard login.hasOwnerRoles else { return }
        guard !ids.isEmpty, grantor != nil else {
            let missing = ids.isEmpty ? "no owner role" : "no role \(PostgresDialect.grantorRolePrefix)…"
            let purpose = ids.isEmpty ? "make accounts under" : "grant as"
            throw SyncError(
                .privilege,
                "\(login.login) has \(missing) on \(place) to \(purpose): run sso-sync bootstrap"
            )
        }
        try checkMaySwitch(catalogue, place: place)
        guard let iam = catalogue.roleIds[PostgresDialect.iamRole],
            let grant = missingGrant(of: iam, PostgresDialect.iamRole.rawValue, catalogue)
        else { return }
        throw SyncError(.privilege, "\(grantingRole ?? "?") may not grant rds_iam on \(place): run \(grant)")
    }

    /// Inheriting their rights is not enough: what the login makes then belongs to the login.
    private func checkMaySwitch(_ catalogue: Catalogue, place: String) throws {
        let switchable = Set(catalogue.memberships(of: login.loginId).filter(\.canSet).map(\.role))
        let closed = all.filter { !switchable.contains($0) }.compactMap { catalogue.roles[$0]?.name }
        guard !closed.isEmpty else { return }
        let roles = closed.map(quotedForPeople).joined(separator: ", ")
        throw SyncError(
            .privilege,
            "\(login.login) may not switch to \(closed.joined(separator: ", ")) on \(place): "
                + "run GRANT \(roles) TO \(quotedForPeople(login.login)) WITH ADMIN FALSE, INHERIT FALSE, SET TRUE, "
                + "or sso-sync bootstrap"
        )
    }

    /// The role that grants to all accounts, whoever made them.
    ///
    /// Nil before PostgreSQL 16.
    var grantingRole: String? { grantor?.name }

    /// The ids of all of these roles.
    var all: [Int] { ids + [grantor?.id].compactMap(\.self) }

    /// Whether what a role granted is ours to take back.
    func grants(as role: Int) -> Bool { names[role] != nil || role == grantor?.id }

    /// The statement that lets the grantor grant a role, without having its rights.
    ///
    /// Nil if it may, or if the login grants by itself.
    func missingGrant(of role: Int, _ name: String, _ catalogue: Catalogue) -> String? {
        guard let grantor, !catalogue.memberships(of: grantor.id).contains(where: { $0.role == role && $0.isAdmin })
        else { return nil }
        return "GRANT \(quotedForPeople(name)) TO \(quotedForPeople(grantor.name)) "
            + "WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;"
    }

    /// The owner role that the next account is made under: the one with the fewest.
    mutating func next() throws -> String? {
        guard login.hasOwnerRoles else { return nil }
        guard let id = ids.min(by: { accountCounts[$0, default: 0] < accountCounts[$1, default: 0] }),
            accountCounts[id, default: 0] < PostgresDialect.accountsPerOwnerRole
        else {
            throw SyncError(
                .privilege,
                "all \(ids.count) owner roles have their \(PostgresDialect.accountsPerOwnerRole) accounts: make more with "
                    + "sso-sync bootstrap --capacity"
            )
        }
        accountCounts[id, default: 0] += 1
        return names[id]
    }
}

/// A name in double quotes, for text that people read and that is not executed.
func quotedForPeople(_ name: String) -> String {
    "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
}
