// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// The roles under which accounts are made and changed.
///
/// Since PostgreSQL 16 only the role that made an account can change it, so accounts belong to NOLOGIN owner roles, not
/// to a login that may be replaced. Before that, the provisioner's login changes them itself.
struct OwnerRoles: Sendable {
    /// Ids, ascending by name.
    ///
    /// Empty before PostgreSQL 16.
    let ids: [Int]
    /// Names, by id.
    let names: [Int: String]
    /// How many accounts each of them has made.
    private(set) var accountCounts: [Int: Int]
    private let login: ServerFacts

    init(_ catalogue: Catalogue, facts: ServerFacts) {
        login = facts
        guard facts.hasOwnerRoles else {
            (ids, names, accountCounts) = ([], [:], [:])
            return
        }
        let roles = Set(catalogue.memberships(of: facts.loginId).filter(\.isUsable).map(\.role))
            .compactMap { catalogue.roles[$0] }
            .filter { $0.createsRoles && !$0.canLogIn && $0.name.hasPrefix(PostgresDialect.ownerRolePrefix) }
        ids = roles.sorted { $0.name < $1.name }.map(\.id)
        names = Dictionary(uniqueKeysWithValues: roles.map { ($0.id, $0.name) })
        accountCounts =
            catalogue.accountCounts
            ?? Dictionary(
                uniqueKeysWithValues: roles.map { role in
                    let made = catalogue.memberships(of: role.id).filter(\.isAdmin)
                    return (role.id, made.count { catalogue.isAccount($0.role) })
                }
            )
    }

    /// Refuses to work without owner roles where they are needed, and without their right to make IAM logins.
    func check(_ catalogue: Catalogue, place: String) throws {
        guard login.hasOwnerRoles else { return }
        guard !ids.isEmpty else {
            throw SyncError(
                .privilege,
                "\(login.login) has no owner role on \(place) to make accounts under: run sso-sync bootstrap"
            )
        }
        guard let iam = catalogue.roleIds[PostgresDialect.iamRole] else { return }
        for id in ids where !isAdmin(id, of: iam, catalogue) {
            let name = names[id] ?? "?"
            throw SyncError(
                .privilege,
                "owner role \(name) may not grant rds_iam on \(place): run \(Self.grant(PostgresDialect.iamRole.rawValue, to: name))"
            )
        }
    }

    /// The owner role that grants to all accounts, whoever made them.
    ///
    /// If each granted to its own, roles would be taken from leavers owner by owner. Nil before PostgreSQL 16.
    var grantingRole: String? { ids.first.flatMap { names[$0] } }

    func isAdmin(_ owner: Int, of role: Int, _ catalogue: Catalogue) -> Bool {
        catalogue.memberships(of: owner).contains { $0.role == role && $0.isAdmin }
    }

    /// The statement that lets an owner role grant another role, without having its rights.
    static func grant(_ role: String, to owner: String) -> String {
        "GRANT \(quotedForPeople(role)) TO \(quotedForPeople(owner)) WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;"
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

extension Catalogue {
    /// Whether an owner role's ADMIN on a role means that it made it, rather than that it may grant it.
    fileprivate func isAccount(_ role: Int) -> Bool {
        markers[role] != nil || roles[role]?.canLogIn ?? false
    }
}

/// A name in double quotes, for text that people read and that is not executed.
func quotedForPeople(_ name: String) -> String {
    "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
}
