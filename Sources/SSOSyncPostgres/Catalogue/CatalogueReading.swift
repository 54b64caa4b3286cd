// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// An account as the provisioner has to know it to change it.
struct KnownAccount: Hashable, Sendable {
    /// The id under which sessions and dependencies are found, whatever the name.
    let id: Int
    /// The owner role that made it; nil before PostgreSQL 16, or if none of ours did.
    let owner: String?
    /// Whether the server would let it log in.
    let canLogIn: Bool
    let marker: MarkerReading
    /// The roles that an account without a marker holds, ascending: whoever adopts it has looked at these.
    let unmarkedRoles: [Int]
}

/// Makes accounts out of a catalogue.
///
/// Pure.
struct CatalogueReading: Sendable {
    let catalogue: Catalogue
    let facts: ServerFacts
    let owners: OwnerRoles
    private let iamRole: Int?
    /// The owner role that made an account.
    let adminOf: [Int: Int]
    /// Who has a role from whom, where that is neither the server nor a role of ours, from PostgreSQL 16 on.
    let passedOn: [Grant: [Int]]
    /// The owner roles that could be given accounts which none of them made, and who may give them.
    private let heirs: Heirs

    struct Grant: Hashable {
        let role: Int
        let grantor: Int
    }

    init(_ catalogue: Catalogue, facts: ServerFacts, owner: DeploymentOwner) {
        self.catalogue = catalogue
        self.facts = facts
        owners = OwnerRoles(catalogue, facts: facts, owner: owner)
        iamRole = catalogue.roleIds[PostgresDialect.iamRole]
        var adminOf: [Int: Int] = [:]
        for owner in owners.ids {
            for membership in catalogue.memberships(of: owner) where membership.isAdmin {
                adminOf[membership.role] = owner
            }
        }
        self.adminOf = adminOf
        var passedOn: [Grant: [Int]] = [:]
        for row in catalogue.members where facts.hasOwnerRoles {
            guard row.grantor != Self.bootstrapSuperuser, !owners.grants(as: row.grantor) else { continue }
            passedOn[Grant(role: row.role, grantor: row.grantor), default: []].append(row.member)
        }
        self.passedOn = passedOn
        heirs = Heirs(catalogue, owners, facts, made: adminOf, iamRole: iamRole)
    }

    /// Who grants a new role to its maker: <https://www.postgresql.org/docs/current/catalog-pg-authid.html>.
    static let bootstrapSuperuser = 10

    func known(_ role: Catalogue.Role, marker: MarkerReading) -> KnownAccount {
        KnownAccount(
            id: role.id,
            owner: adminOf[role.id].flatMap { owners.names[$0] },
            canLogIn: role.canLogIn,
            marker: marker,
            unmarkedRoles: marker == .none ? Set(catalogue.memberships(of: role.id).map(\.role)).sorted() : []
        )
    }

    func account(_ role: Catalogue.Role, marker: MarkerReading, sessions: Int, blockers: [DropBlocker]) -> Account {
        let memberships = catalogue.memberships(of: role.id)
        return Account(
            name: AccountName(role.name),
            marker: marker,
            canLogIn: role.canLogIn,
            usesIAM: memberships.contains { $0.role == iamRole },
            foreignAttributes: role.foreignAttributes + (marker == .none ? adminOptions(memberships) : []),
            unmanageableBecause: unmanageableBecause(role),
            memberships: memberships.filter { $0.role != iamRole }.map { membership($0, of: role) },
            sessions: sessions,
            blockers: blockers
        )
    }

    /// What lets somebody let others in: no account is adopted that has it.
    private func adminOptions(_ memberships: [Catalogue.Member]) -> [String] {
        memberships.filter(\.isAdmin).map { "ADMIN OPTION on \(catalogue.roles[$0.role]?.name ?? "\($0.role)")" }
            .sorted()
    }

    /// Logins by IAM token that carry no marker, but for the provisioner's own.
    func unmarkedIAMLogins() -> [AccountName] {
        guard let iamRole else { return [] }
        let members = Set(catalogue.members.filter { $0.role == iamRole }.map(\.member))
        return members.compactMap { id in
            guard let role = catalogue.roles[id], role.canLogIn, id != facts.loginId else { return nil }
            if case .none = catalogue.markers[id] ?? .none { return AccountName(role.name) }
            return nil
        }
    }

    private func unmanageableBecause(_ role: Catalogue.Role) -> String? {
        if role.isSuperuser { return "only a superuser can change a superuser" }
        guard facts.hasOwnerRoles, adminOf[role.id] == nil else { return nil }
        return "none of the provisioner's owner roles made it" + (heirs.statement(for: role).map { ": \($0)" } ?? "")
    }

    private func membership(_ row: Catalogue.Member, of account: Catalogue.Role) -> Membership {
        let grantor = catalogue.roles[row.grantor]?.name
        let isOurs =
            facts.hasOwnerRoles
            ? owners.grants(as: row.grantor) : row.grantor == facts.loginId || catalogue.roles[row.grantor] == nil
        // Before 16 any role with CREATEROLE may revoke any membership, whoever granted it.
        let ties = ties(row)
        let isSuperuser = catalogue.roles[row.role]?.isSuperuser ?? false
        let isRevocable = facts.hasOwnerRoles ? isOurs && ties.isEmpty : !isSuperuser
        let role = catalogue.roles[row.role]?.name ?? "\(row.role)"
        var (reason, statement): (String?, String?) = (nil, nil)
        if !isRevocable {
            let last = Revocation(role: row.role, member: row.member, grantor: row.grantor)
            statement = script(ties + [last])
            reason = ties.isEmpty ? nil : "\(account.name) has passed it on, and that has to be taken back first"
            if isSuperuser { reason = "only a superuser can revoke it" }
        }
        return Membership(
            role: RoleName(role),
            grantor: grantor,
            isUsable: row.isUsable,
            isOurs: isOurs,
            isRevocable: isRevocable,
            irrevocableBecause: reason,
            statement: statement
        )
    }

    // MARK: Roles

    func roleFacts(_ name: RoleName) -> RoleFacts? {
        guard let id = catalogue.roleIds[name], let role = catalogue.roles[id] else { return nil }
        return RoleFacts(
            privilegedBecause: privilegedBecause(role),
            ungrantableBecause: ungrantableBecause(role)
        )
    }

    /// Looks at the role and at everything that it inherits from or may switch to.
    private func privilegedBecause(_ role: Catalogue.Role) -> String? {
        if let reason = privilege(of: role) { return reason }
        var seen: Set<Int> = [role.id]
        var waiting = [role.id]
        while let id = waiting.popLast() {
            for membership in catalogue.memberships(of: id) where seen.insert(membership.role).inserted {
                guard let parent = catalogue.roles[membership.role] else { continue }
                if let reason = privilege(of: parent) { return "it inherits \(parent.name), \(reason)" }
                waiting.append(parent.id)
            }
        }
        return nil
    }

    private func privilege(of role: Catalogue.Role) -> String? {
        if let attribute = role.foreignAttributes.first(where: { $0 != "CREATEDB" }) { return "it has \(attribute)" }
        if role.name.hasPrefix("pg_") { return "a role of the server" }
        if role.name.hasPrefix("rds_") || role.name.hasPrefix("rdsadmin"), role.name != PostgresDialect.iamRole.rawValue
        {
            return "a role of RDS"
        }
        return nil
    }

    private func ungrantableBecause(_ role: Catalogue.Role) -> String? {
        if role.name == PostgresDialect.iamRole.rawValue {
            return "rds_iam says how an account logs in, and comes by itself"
        }
        if case .marker = catalogue.markers[role.id] { return "it is a person's account, not a role" }
        return owners.missingGrant(of: role.id, role.name, catalogue).map { "run \($0)" }
    }
}
