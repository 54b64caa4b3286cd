// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// What a catalogue means for the provisioner that read it.
struct CatalogueReading: Sendable {
    let catalogue: Catalogue
    let facts: ServerFacts
    let owner: DeploymentOwner
    /// What the provisioner may do, by itself and by its roles that are active at login.
    let rights: Set<String>
    /// Users who have defined an event, or may have.
    let eventOwners: Set<RoleName>
    private var heldRoles: [AccountId: HeldRole] = [:]

    /// What is the same for all who hold a role.
    private struct HeldRole {
        let name: RoleName
        /// Why the provisioner cannot take it from anybody; nil if it can.
        let irrevocableBecause: String?
        var isRevocable: Bool { irrevocableBecause == nil }
        /// The hash by which an account's notes say that we granted it; nil for a role that we never grant.
        let hash: String?
        /// Whether whoever holds it cannot be changed by the provisioner.
        let protects: Bool
    }

    init(_ catalogue: Catalogue, facts: ServerFacts, owner: DeploymentOwner) {
        self.catalogue = catalogue
        self.facts = facts
        self.owner = owner
        let active =
            facts.activatesAllRoles
            ? catalogue.rolesHeld(by: facts.login).map(\.role) : Array(catalogue.defaultRoles[facts.login] ?? [])
        let sources = Self.closure([facts.login] + active + facts.mandatoryRoles, catalogue)
        rights = sources.reduce(into: []) { rights, id in
            rights.formUnion(catalogue[id]?.privileges ?? [])
            rights.formUnion(catalogue.scopedPrivileges[id] ?? [])
        }
        let isAnybodyDefiner = !catalogue.eventDefiners.isDisjoint(with: facts.mandatoryRoles)
        eventOwners = isAnybodyDefiner ? Set(catalogue.placesByUser.keys) : catalogue.eventOwners
        for role in catalogue.heldRoles { heldRoles[role] = held(role) }
    }

    // MARK: Roles

    /// Some roles with all that they inherit.
    private static func closure(_ roles: [AccountId], _ catalogue: Catalogue) -> [AccountId] {
        var reached = roles
        var seen = Set(roles)
        var index = 0
        while index < reached.count {
            for edge in catalogue.rolesHeld(by: reached[index]) where seen.insert(edge.role).inserted {
                reached.append(edge.role)
            }
            index += 1
        }
        return reached
    }

    /// What is known of a role that a group is mapped to; nil if there is none.
    func roleFacts(_ name: RoleName) -> RoleFacts? {
        let role = AccountId(role: name)
        guard catalogue[role] != nil else { return nil }
        return RoleFacts(privilegedBecause: privilege(of: role), ungrantableBecause: obstacle(to: role))
    }

    /// What makes a role a privileged one: administrative privileges, `GRANT OPTION`, writing to the server's own tables,
    /// and the roles by which RDS gives such things.
    private func privilege(of role: AccountId) -> String? {
        for id in Self.closure([role], catalogue) {
            let inherits = id == role ? "" : "inherits \(id.roleName), which "
            if Self.isPrivilegedName(id.user.rawValue) { return "\(inherits)belongs to RDS" }
            let privileges = (catalogue[id]?.privileges ?? []).subtracting(Self.harmless)
                .union(catalogue.scopedPrivileges[id] ?? [])
            if let first = privileges.min() { return "\(inherits)has \(first)" }
            if catalogue.rolesHeld(by: id).contains(where: \.isAdmin) { return "\(inherits)may grant a role on" }
        }
        return nil
    }

    /// `AWS_LAMBDA_ACCESS` and the like let SQL call what is outside the database
    /// (<https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Compare-80-v3.html>).
    private static func isPrivilegedName(_ name: String) -> Bool {
        let name = name.lowercased()
        return name.hasPrefix("rds_") || name.hasPrefix("aws_") || name.hasPrefix("mysql.")
    }

    /// Global privileges on data, which are read for the provisioner's sake.
    ///
    /// Not `EXECUTE`: with it everybody could call the procedures by which RDS gives parts of its administration
    /// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.MySQL.SQLRef.html>).
    private static let harmless: Set<String> = [
        "EVENT", "TRIGGER", "SHOW VIEW", "SELECT", "CREATE ROUTINE", "ALTER ROUTINE",
    ]

    /// Any of these lets somebody call `mysql.rds_kill`, and so end the provisioner's own session each time.
    static let killProcedure: Set<String> = ["EXECUTE ON mysql.rds_kill", "EXECUTE ON mysql.*", "EXECUTE"]

    private func obstacle(to role: AccountId) -> String? {
        if let entry = catalogue[role], !entry.isLocked || entry.marker != .none {
            return
                "it is an account that somebody logs in to, and not a role: map the group to one made with CREATE ROLE"
        }
        if facts.mandatoryRoles.contains(role) {
            return
                "it is one of the server's mandatory_roles, which everybody has and nobody can lose: take it out of that "
                + "setting, or out of the group's roles"
        }
        return missingAdministration(of: role)
    }

    /// What the provisioner lacks to grant and revoke a role; nil if it lacks nothing.
    private func missingAdministration(of role: AccountId) -> String? {
        guard !rights.contains("ROLE_ADMIN"), !isOwnAdmin(of: role) else { return nil }
        return "run GRANT ROLE_ADMIN ON *.* TO \(facts.login.forPeople), or sso-sync bootstrap"
    }

    /// Whether the provisioner has the right to grant a role.
    func mayGrant(_ role: RoleName) -> Bool { missingAdministration(of: AccountId(role: role)) == nil }

    private func isOwnAdmin(of role: AccountId) -> Bool {
        catalogue.rolesHeld(by: facts.login).contains { $0.role == role && $0.isAdmin }
    }

    // MARK: Accounts

    private func held(_ role: AccountId) -> HeldRole {
        HeldRole(
            name: role.roleName,
            irrevocableBecause: facts.mandatoryRoles.contains(role)
                ? "it is one of the server's mandatory_roles" : missingAdministration(of: role),
            hash: role.host == "%" ? AccountNotes.hash(of: role.user) : nil,
            protects: Self.closure([role], catalogue).contains {
                catalogue[$0]?.privileges.contains(Self.protection) ?? false
            }
        )
    }

    /// The marker of an entry, as it counts under the name that the entry has in the middle of a rename too.
    func marker(_ entry: Catalogue.Entry) -> MarkerReading {
        guard case .marker(var marker) = entry.marker, let former = entry.notes.renaming else { return entry.marker }
        let hash = Marker.nameHash(AccountName(entry.id.user.rawValue), user: marker.user)
        if hash == former { marker.nameHash = former }
        return .marker(marker)
    }

    /// Privileges of its own that we never give an account.
    func foreignAttributes(_ entry: Catalogue.Entry) -> [String] {
        var scoped = catalogue.scopedPrivileges[entry.id] ?? []
        // What lets somebody let others in: no account is adopted that has it.
        if entry.marker == .none {
            scoped.formUnion(
                catalogue.rolesHeld(by: entry.id).filter(\.isAdmin).map { "ADMIN OPTION on \($0.role.roleName)" }
            )
        }
        return entry.privileges.isEmpty && scoped.isEmpty
            ? [] : entry.privileges.subtracting(Self.harmless).union(scoped).sorted()
    }

    /// Why the provisioner cannot change an account; nil if it can
    /// (<https://dev.mysql.com/doc/refman/8.4/en/privileges-provided.html#priv_system-user>).
    func unmanageable(_ entry: Catalogue.Entry) -> String? {
        guard !rights.contains(Self.protection) else { return nil }
        let isProtected =
            entry.privileges.contains(Self.protection)
            || catalogue.rolesHeld(by: entry.id).contains { (heldRoles[$0.role] ?? held($0.role)).protects }
        return isProtected ? "SYSTEM_USER, which only somebody else with SYSTEM_USER can change" : nil
    }

    private static let protection = "SYSTEM_USER"

    /// An account's roles.
    func memberships(_ entry: Catalogue.Entry) -> [Membership] {
        let active = catalogue.defaultRoles[entry.id] ?? []
        return catalogue.rolesHeld(by: entry.id).map { edge in
            let role = heldRoles[edge.role] ?? held(edge.role)
            let isOurs = role.hash.map(entry.notes.granted.contains) ?? false
            return Membership(
                role: role.name,
                isUsable: facts.activatesAllRoles || active.contains(edge.role),
                isOurs: isOurs,
                isRevocable: role.isRevocable,
                irrevocableBecause: role.irrevocableBecause,
                statement: role.isRevocable && isOurs
                    ? nil : "REVOKE \(edge.role.forPeople) FROM \(entry.id.forPeople);"
            )
        }
    }

    /// What goes by an account's name.
    func definitions(_ entry: Catalogue.Entry) -> [Definition] {
        catalogue.definitions.isEmpty ? [] : catalogue.definitions[entry.id.definer] ?? []
    }
}
