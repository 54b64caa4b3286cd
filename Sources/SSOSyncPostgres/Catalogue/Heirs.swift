// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// The owner roles that could be given the IAM logins which somebody else has made, from PostgreSQL 16 on.
///
/// Whoever has made a role, or a superuser, can let others change it
/// (<https://www.postgresql.org/docs/16/role-attributes.html#ROLE-CREATION>).
struct Heirs: Sendable {
    private var owners: [Int: String] = [:]
    private var givers: [Int: [String]] = [:]

    /// - Parameters:
    ///   - made: The accounts that have an owner role already.
    ///   - iamRole: The role by which accounts log in by token.
    init(_ catalogue: Catalogue, _ owners: OwnerRoles, _ facts: ServerFacts, made: [Int: Int], iamRole: Int?) {
        guard facts.hasOwnerRoles, let iamRole else { return }
        let logins = Set(catalogue.members.filter { $0.role == iamRole }.map(\.member))
        let strangers = logins.compactMap { catalogue.roles[$0] }.filter {
            $0.canLogIn && !$0.isSuperuser && made[$0.id] == nil && $0.id != facts.loginId
        }
        guard !strangers.isEmpty else { return }
        var free = owners
        for role in strangers.sorted(by: { RoleName($0.name) < RoleName($1.name) }) {
            self.owners[role.id] = (try? free.next()) ?? nil
        }
        for row in catalogue.members where row.isAdmin && self.owners[row.role] != nil {
            guard let giver = catalogue.roles[row.member]?.name else { continue }
            givers[row.role, default: []].append(giver)
        }
    }

    /// What makes an account ours to change, and who can run it; nil if there is no owner role with room for it.
    func statement(for role: Catalogue.Role) -> String? {
        guard let owner = owners[role.id] else { return nil }
        let givers = (givers[role.id] ?? []).sorted()
        let giver = givers.isEmpty ? "a superuser" : "\(givers.joined(separator: " or ")), or as a superuser"
        return "run GRANT \(quotedForPeople(role.name)) TO \(quotedForPeople(owner)) "
            + "WITH ADMIN TRUE, INHERIT FALSE, SET FALSE; as \(giver)"
    }
}
