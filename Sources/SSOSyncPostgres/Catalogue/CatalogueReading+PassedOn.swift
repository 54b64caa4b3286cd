// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncSQL

/// A membership that somebody else than the provisioner is to revoke.
struct Revocation: Hashable {
    let role: Int
    let member: Int
    let grantor: Int

    /// For people; never CASCADE.
    func statement(_ catalogue: Catalogue) -> String {
        let grantedBy = " GRANTED BY \(catalogue.quotedName(grantor))"
        // Before PostgreSQL 16 a grantor means nothing, and may be long gone.
        let isGrantorKept = catalogue.roles[grantor] != nil
        return
            "REVOKE \(catalogue.quotedName(role)) FROM \(catalogue.quotedName(member))\(isGrantorKept ? grantedBy : "");"
    }
}

/// What people passed on of the roles that they hold, and how it is taken back.
extension CatalogueReading {
    /// What has to be revoked before a membership can be, because it was passed on by it: without that only CASCADE
    /// would do, which takes a role from people whom nobody has thought of.
    func ties(_ row: Catalogue.Member) -> [Revocation] {
        guard row.isAdmin, passedOn[Grant(role: row.role, grantor: row.member)] != nil else { return [] }
        let mayStillPassOn = catalogue.memberships(of: row.member).contains {
            $0.role == row.role && $0.isAdmin && $0.grantor != row.grantor
        }
        guard !mayStillPassOn else { return [] }
        var seen: Set<Int> = []
        return revocations(row.role, grantedBy: row.member, &seen)
    }

    /// Statements that take back all that a role passed on; nil if it passed on nothing.
    func revocation(ofGrantsBy grantor: Int) -> String? {
        let roles = passedOn.keys.filter { $0.grantor == grantor }.map(\.role).sorted()
        let revocations = roles.flatMap { role in
            var seen: Set<Int> = []
            return self.revocations(role, grantedBy: grantor, &seen)
        }
        return revocations.isEmpty ? nil : script(revocations)
    }

    /// The last that was passed on comes first.
    private func revocations(_ role: Int, grantedBy grantor: Int, _ seen: inout Set<Int>) -> [Revocation] {
        guard seen.insert(grantor).inserted else { return [] }
        var revocations: [Revocation] = []
        for member in passedOn[Grant(role: role, grantor: grantor)] ?? [] {
            revocations += self.revocations(role, grantedBy: member, &seen)
            revocations.append(Revocation(role: role, member: member, grantor: grantor))
        }
        return revocations
    }

    /// The revocations as whoever made the owner roles can run them, without being a superuser.
    ///
    /// Only who has a grantor's rights may revoke what it granted, whatever other rights they have
    /// (<https://www.postgresql.org/docs/current/sql-revoke.html>), so these are lent for the transaction.
    func script(_ revocations: [Revocation]) -> String {
        let lent = rights(for: revocations).map(catalogue.quotedName)
        let statements = revocations.map { $0.statement(catalogue) }
        guard !lent.isEmpty else { return statements.joined(separator: "\n") }
        let lines =
            ["-- By who made the owner roles: lends the grantors' rights, and gives them back.", "BEGIN;"]
            + lent.map { "GRANT \($0) TO CURRENT_USER WITH INHERIT TRUE, SET FALSE;" } + statements
            + lent.reversed().map { "REVOKE \($0) FROM CURRENT_USER;" } + ["COMMIT;"]
        return lines.joined(separator: "\n")
    }

    /// The owner roles come first: they let the accounts that they made be lent.
    ///
    /// Other logins lend nothing: what they granted is theirs to revoke.
    private func rights(for revocations: [Revocation]) -> [Int] {
        let grantors = revocations.map(\.grantor)
        guard facts.hasOwnerRoles else { return [] }
        let owners = grantors.compactMap { self.owners.grants(as: $0) ? $0 : adminOf[$0] }
        let lenders = grantors.filter { adminOf[$0] != nil || catalogue.roles[$0]?.canLogIn == false }
        var seen: Set<Int> = []
        return (owners + lenders).filter { seen.insert($0).inserted }
    }
}

extension Catalogue {
    /// A role's name, for text that people read.
    func quotedName(_ id: Int) -> String { quotedForPeople(roles[id]?.name ?? "\(id)") }
}
