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
    /// Of how many roles each of them is a member, the grantor aside: the accounts that it has made, and whatever else slows
    /// it down.
    private(set) var accountCounts: [Int: Int]
    /// Names of the owner roles that have the grantor's rights, and can grant in its name.
    private let lenders: Set<String>
    /// Roles of the deployment's that the login may not switch to.
    private let closed: [String]
    /// Roles that are called like owner roles of the deployment, and were given to the login by somebody else.
    private let strangers: [String]
    private let login: ServerFacts

    /// - Parameter owner: The deployment: another one's roles are not its own, even if the login has them.
    init(_ catalogue: Catalogue, facts: ServerFacts, owner: DeploymentOwner) {
        login = facts
        guard facts.hasOwnerRoles else {
            (ids, names, grantor, accountCounts, lenders, closed, strangers) = ([], [:], nil, [:], [], [], [])
            return
        }
        let granted = Granted(catalogue, to: facts.loginId, OwnerRoleNames(owner))
        (grantor, closed, strangers) = (granted.grantor, granted.closed, granted.strangers)
        ids = granted.owners.map(\.id)
        names = Dictionary(uniqueKeysWithValues: granted.owners.map { ($0.id, $0.name) })
        var (counts, lenders): ([Int: Int], Set<String>) = ([:], [])
        for owner in granted.owners {
            let memberships = catalogue.memberships(of: owner.id)
            let lent = memberships.filter { $0.role == granted.grantor?.id }
            counts[owner.id] = memberships.count - lent.count
            if lent.contains(where: \.inherits) { lenders.insert(owner.name) }
        }
        accountCounts = catalogue.accountCounts ?? counts
        self.lenders = lenders
    }

    /// Refuses to work without owner roles where they are needed, and without the right to make IAM logins.
    func check(_ catalogue: Catalogue, place: String) throws {
        guard login.hasOwnerRoles else { return }
        guard !ids.isEmpty, grantor != nil else { throw missing(place) }
        guard let iam = catalogue.roleIds[PostgresDialect.iamRole],
            let grant = missingGrant(of: iam, PostgresDialect.iamRole.rawValue, catalogue)
        else { return }
        throw SyncError(.privilege, "\(grantingRole ?? "?") may not grant rds_iam on \(place): run \(grant)")
    }

    private func missing(_ place: String) -> SyncError {
        guard closed.isEmpty else { return SyncError(.privilege, switching(" on \(place)")) }
        let (role, purpose) = ids.isEmpty ? ("owner role", "make accounts under") : ("grantor role", "grant as")
        return SyncError(
            .privilege,
            "\(login.login) has no \(role) on \(place) to \(purpose): run sso-sync bootstrap"
        )
    }

    /// Inheriting their rights is not enough: what the login makes then belongs to the login.
    private func switching(_ place: String = "") -> String {
        let roles = closed.map(quotedForPeople).joined(separator: ", ")
        return "\(login.login) may not switch to \(closed.joined(separator: ", "))\(place): "
            + "run GRANT \(roles) TO \(quotedForPeople(login.login)) WITH ADMIN FALSE, INHERIT FALSE, SET TRUE, "
            + "or sso-sync bootstrap"
    }

    /// What does not keep the others from working.
    var notices: [String] {
        let foreign = strangers.map {
            "role \($0) is called like an owner role, and whoever gave it to \(login.login) did not give it the grantor: "
                + "it is not used"
        }
        return (closed.isEmpty ? [] : [switching()]) + foreign
    }

    /// The role that grants to all accounts, whoever made them.
    ///
    /// Nil before PostgreSQL 16.
    var grantingRole: String? { grantor?.name }

    /// Whether an owner role can grant in the grantor's name, so that nobody has to switch to the grantor.
    ///
    /// Those that an earlier version's bootstrap made cannot.
    func lendsGrantor(_ role: String?) -> Bool { role.map(lenders.contains) ?? false }

    /// The ids of all of these roles.
    var all: [Int] { ids + [grantorId].compactMap(\.self) }

    var grantorId: Int? { grantor?.id }

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

/// What the login has been given of the deployment's roles.
private struct Granted {
    private(set) var grantor: Catalogue.Role?
    /// Ascending by name.
    private(set) var owners: [Catalogue.Role] = []
    private(set) var closed: [String] = []
    private(set) var strangers: [String] = []

    /// Anybody with CREATEROLE can make a role that is called like an owner role, and give it to the login; accounts made
    /// under it would be theirs.
    ///
    /// There is only one grantor's name, so who gave that is to be trusted, and superusers are.
    init(_ catalogue: Catalogue, to login: Int, _ names: OwnerRoleNames) {
        let rows = Dictionary(grouping: catalogue.memberships(of: login), by: \.role)
        let roles = rows.keys.compactMap { catalogue.roles[$0] }.filter { !$0.canLogIn }.sorted { $0.name < $1.name }
        var trusted: Set<Int> = [CatalogueReading.bootstrapSuperuser]
        if let role = roles.first(where: { RoleName($0.name) == RoleName(names.grantor) }) {
            let given = rows[role.id] ?? []
            trusted.formUnion(given.map(\.grantor))
            if given.contains(where: \.canSet) { grantor = role } else { closed.append(role.name) }
        }
        for role in roles where role.createsRoles && names.isOwnerRole(role.name) {
            let given = (rows[role.id] ?? []).filter { trusted.contains($0.grantor) }
            if given.isEmpty {
                strangers.append(role.name)
            } else if given.contains(where: \.canSet) {
                owners.append(role)
            } else {
                closed.append(role.name)
            }
        }
    }
}

/// A name in double quotes, for text that people read and that is not executed.
func quotedForPeople(_ name: String) -> String {
    "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
}
