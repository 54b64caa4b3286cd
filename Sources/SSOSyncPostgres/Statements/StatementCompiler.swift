// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncSQL

/// Turns operations into statements.
///
/// Pure.
///
/// The operations of one call become one transaction. Statements of a kind are put together, since a list in one `GRANT`
/// is many times cheaper than a `GRANT` each (measured: 27 times for 10,000 people, with the round trips saved).
struct StatementCompiler {
    /// An operation with the account that it is about, where there is one yet.
    struct Item {
        let operation: Operation
        let account: KnownAccount?
        /// The role to act as: the account's owner role, or the one that it is to be made under.
        ///
        /// Nil to act as the login.
        let actingRole: String?
        /// The role to grant as.
        ///
        /// Nil to act as the login.
        let grantingRole: String?
        /// Whether the acting role can grant in the granting role's name.
        let lendsGrantingRole: Bool
    }

    private struct RoleGrant: Hashable {
        let role: RoleName
        let grantor: RoleName?
    }

    private var checks: [SQLText] = []
    private var creations: [SQLText] = []
    private var renames: [SQLText] = []
    private var grants: [RoleName: [AccountName]] = [:]
    private var revocations: [RoleGrant: [SQLText]] = [:]
    private var locks: [SQLText] = []
    private var unlocks: [SQLText] = []
    private var comments: [SQLText] = []
    private var drops: [SQLText] = []

    /// The statements of one transaction, without `BEGIN` and `COMMIT`, to be run as the login.
    ///
    /// What changes accounts is done as their owner roles, one after the other. Grants and revocations come together at
    /// the end: a `REVOKE` looks at all members of the role, however few it is for (measured: 5 ms with 10,000).
    ///
    /// Where all accounts have one owner role, it grants in the grantor's name: to switch to the grantor, once an account has
    /// been made, the server goes through all accounts of all owner roles (measured: 3 ms with 10,000).
    ///
    /// - Parameter isLocal: Whether the role is switched for the transaction only (`SET LOCAL`), which works only between
    ///   `BEGIN` and `COMMIT`.
    static func statements(_ items: [Item], isLocal: Bool) -> [SQLText] {
        let byRole = Dictionary(grouping: items) { $0.actingRole ?? "" }
        var statements: [SQLText] = []
        for (role, items) in byRole.sorted(by: { $0.key < $1.key }) {
            var compiler = StatementCompiler()
            for item in items { compiler.addChange(item) }
            statements += compiler.accountStatements(actingAs: role.isEmpty ? nil : role, isLocal: isLocal)
        }
        var compiler = StatementCompiler()
        for item in items { compiler.addMemberships(item.operation) }
        let granter = items.lazy.compactMap(\.grantingRole).first
        let isInRole = byRole.count == 1 && !statements.isEmpty && items.allSatisfy(\.lendsGrantingRole)
        return statements + compiler.membershipStatements(as: granter, isInOwnerRole: isInRole, isLocal: isLocal)
    }

    static func switchRole(to role: String, isLocal: Bool) -> SQLText {
        isLocal ? "SET LOCAL ROLE \(identifier: role)" : "SET ROLE \(identifier: role)"
    }

    private mutating func addChange(_ item: Item) {
        let operation = item.operation
        let name = SQLText.identifier(operation.account.rawValue)
        switch operation.action {
        case .create: creations.append("CREATE ROLE \(name) LOGIN")
        case .restore: unlocks.append("ALTER ROLE \(name) LOGIN")
        case .lock: locks.append("ALTER ROLE \(name) NOLOGIN")
        case .moveAside(let newName), .rename(let newName):
            renames.append("ALTER ROLE \(name) RENAME TO \(identifier: newName.rawValue)")
        case .drop: drops.append(name)
        case .adopt:
            let check = item.account.map { MarkingCheck(operation.account, $0).ofUnmarked }
            checks.append(check ?? MarkingCheck.ofUnknown(operation.account))
        case .release:
            let check = item.account.map { MarkingCheck(operation.account, $0).ofMarked }
            checks.append(check ?? MarkingCheck.ofUnknown(operation.account))
            comments.append("COMMENT ON ROLE \(name) IS NULL")
        case .grant, .revoke, .endSessions, .disconnect: break
        @unknown default: break
        }
        guard let marker = operation.marker else { return }
        comments.append("COMMENT ON ROLE \(identifier: operation.resultingAccount.rawValue) IS \(literal: marker.text)")
    }

    private mutating func addMemberships(_ operation: Operation) {
        let account = operation.account
        switch operation.action {
        case .create(let roles):
            for role in [PostgresDialect.iamRole] + roles { grants[role, default: []].append(account) }
        case .restore(let roles), .grant(let roles):
            for role in roles { grants[role, default: []].append(account) }
        case .revoke(let memberships):
            for membership in memberships {
                let grant = RoleGrant(role: membership.role, grantor: membership.grantor.map(RoleName.init))
                revocations[grant, default: []].append(.identifier(account.rawValue))
            }
        case .lock, .moveAside, .rename, .drop, .endSessions, .disconnect, .adopt, .release: break
        @unknown default: break
        }
    }

    private func accountStatements(actingAs role: String?, isLocal: Bool) -> [SQLText] {
        var statements = creations.isEmpty || role == nil ? [] : [Self.forgoSelfGrant(isLocal: isLocal)]
        statements += checks + creations + renames + locks + unlocks + comments
        if !drops.isEmpty { statements.append("DROP ROLE \(drops.joined())") }
        guard let role, !statements.isEmpty else { return statements }
        return [Self.switchRole(to: role, isLocal: isLocal)] + statements
    }

    /// Otherwise the server's setting could make the owner role a full member of every account.
    private static func forgoSelfGrant(isLocal: Bool) -> SQLText {
        isLocal ? "SET LOCAL createrole_self_grant = ''" : "SET createrole_self_grant = ''"
    }

    /// What is granted to the same accounts is one statement.
    private var grantsByAccounts: [(roles: [RoleName], accounts: [AccountName])] {
        Dictionary(grouping: grants.keys) { grants[$0] ?? [] }
            .map { (roles: $0.value.sorted(), accounts: $0.key) }
            .sorted { $0.roles[0] < $1.roles[0] }
    }

    /// - Parameters:
    ///   - granter: The role to grant as. Nil before PostgreSQL 16: there the login does it all, and a revocation takes the
    ///     membership away whoever granted it.
    ///   - isInOwnerRole: Whether the statements before these are run as a role that can grant in the granter's name.
    ///   - isLocal: Whether the role is switched for the transaction only.
    private func membershipStatements(as granter: String?, isInOwnerRole: Bool, isLocal: Bool) -> [SQLText] {
        var statements: [SQLText] = []
        var grantedBy: SQLText = ""
        if let granter, !grants.isEmpty {
            if isInOwnerRole {
                grantedBy = " GRANTED BY \(identifier: granter)"
            } else {
                statements.append(Self.switchRole(to: granter, isLocal: isLocal))
            }
        }
        for (roles, accounts) in grantsByAccounts {
            let (list, names) = (
                roles.map { SQLText.identifier($0.rawValue) }, accounts.map { SQLText.identifier($0.rawValue) }
            )
            statements.append("GRANT \(list.joined()) TO \(names.joined())\(grantedBy)")
        }
        var current = grants.isEmpty || isInOwnerRole ? nil : granter.map(RoleName.init)
        let ordered = revocations.sorted {
            ($0.key.grantor ?? "", $0.key.role) < ($1.key.grantor ?? "", $1.key.role)
        }
        for (grant, names) in ordered {
            if granter != nil, let grantor = grant.grantor, grantor != current {
                statements.append(Self.switchRole(to: grantor.rawValue, isLocal: isLocal))
                current = grantor
            }
            statements.append("REVOKE \(identifier: grant.role.rawValue) FROM \(names.joined())")
        }
        return statements
    }
}
