// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// A database server as a value: what is in it, and what operations make of that.
///
/// It makes the checks that a real server would make: a name that is taken, a role that is missing or an account that
/// does not exist is an error, and an operation that fails changes nothing.
public struct InMemoryServer: Hashable, Sendable {
    /// The login accounts.
    public var logins: [AccountName: InMemoryLogin]
    /// The roles that can be granted.
    public var roles: [RoleName: RoleFacts]
    /// What the planner has to know of the engine.
    public var dialect: Dialect
    /// The role that the provisioner logs in as: the grantor of what it grants.
    public var provisioner: String

    /// A server.
    public init(
        roles: [RoleName: RoleFacts] = [:],
        logins: [AccountName: InMemoryLogin] = [:],
        dialect: Dialect = Self.defaultDialect,
        provisioner: String = "sso_provisioner"
    ) {
        self.logins = logins
        self.roles = roles
        self.dialect = dialect
        self.provisioner = provisioner
    }

    /// A dialect like PostgreSQL's on RDS.
    public static let defaultDialect = Dialect(
        engine: "InMemory",
        nameLimit: .bytes(63),
        reservedNames: ["rdsadmin", "rds_*", "pg_*", "sso_provisioner"].map { Glob($0) }
    )
}

extension InMemoryServer {
    /// Does one operation, wholly or not at all.
    ///
    /// - Parameter operation: The operation.
    /// - Throws: ``SyncError`` with ``SyncError/Code/server`` or ``SyncError/Code/privilege`` if a server would refuse it.
    public mutating func apply(_ operation: Operation) throws(SyncError) {
        switch operation.action {
        case .create(let roles): try create(operation, roles: roles)
        case .drop: try drop(operation)
        case .moveAside(let name), .rename(let name): try rename(operation, to: name)
        default: try change(operation)
        }
    }

    private mutating func create(_ operation: Operation, roles: [RoleName]) throws(SyncError) {
        try checkIsFree(operation.account)
        try checkCanGrant(roles)
        var login = InMemoryLogin(marker: operation.marker.map(MarkerReading.marker) ?? .none)
        login.grant(roles, by: provisioner)
        logins[operation.account] = login
    }

    private mutating func drop(_ operation: Operation) throws(SyncError) {
        let login = try manageable(operation.account)
        guard !login.canLogIn else { throw SyncError(.server, "\(operation.account) is not locked") }
        guard login.blockers.isEmpty else {
            throw SyncError(.server, "\(operation.account) cannot be dropped: objects depend on it")
        }
        logins[operation.account] = nil
    }

    private mutating func rename(_ operation: Operation, to name: AccountName) throws(SyncError) {
        var login = try manageable(operation.account)
        try checkIsFree(name)
        if let marker = operation.marker { login.marker = .marker(marker) }
        logins[operation.account] = nil
        logins[name] = login
    }

    private mutating func change(_ operation: Operation) throws(SyncError) {
        var login = try manageable(operation.account)
        switch operation.action {
        case .lock: login.canLogIn = false
        case .revoke(let memberships): try revoke(memberships, from: &login, operation.account)
        case .adopt:
            guard login.marker == .none, login.usesIAM, login.canLogIn, login.foreignAttributes.isEmpty else {
                throw SyncError(.planMoved, "\(operation.account) is not as it was read any more")
            }
        case .release: login.marker = .none
        case .endSessions, .disconnect: login.sessions = 0
        case .restore(let roles):
            try checkCanGrant(roles)
            login.canLogIn = true
            login.grant(roles, by: provisioner)
        case .grant(let roles):
            try checkCanGrant(roles)
            login.grant(roles, by: provisioner)
        default: throw SyncError(.unsupported, "the in-memory server does not know \(operation.label)")
        }
        if let marker = operation.marker { login.marker = .marker(marker) }
        logins[operation.account] = login
    }

    private func revoke(
        _ memberships: [Membership],
        from login: inout InMemoryLogin,
        _ name: AccountName
    ) throws(SyncError) {
        for membership in memberships {
            // What is gone already needs no revoking, as on a real server.
            guard let index = login.memberships.firstIndex(where: { $0.isSameGrant(as: membership) }) else { continue }
            guard login.memberships[index].isRevocable else {
                throw SyncError(.privilege, "\(membership.role) of \(name) was granted by somebody else")
            }
            login.memberships.remove(at: index)
        }
    }

    // MARK: Checks

    private func manageable(_ name: AccountName) throws(SyncError) -> InMemoryLogin {
        guard let login = logins[name] else { throw SyncError(.server, "account \(name) does not exist") }
        if let reason = login.unmanageableBecause { throw SyncError(.privilege, "\(name): \(reason)") }
        return login
    }

    private func checkIsFree(_ name: AccountName) throws(SyncError) {
        guard logins[name] == nil else { throw SyncError(.server, "account \(name) exists already") }
        guard !name.rawValue.isEmpty, dialect.fits(name) else { throw SyncError(.server, "\(name) is no valid name") }
        guard !dialect.isReserved(name.rawValue) else { throw SyncError(.server, "\(name) is reserved") }
    }

    private func checkCanGrant(_ names: [RoleName]) throws(SyncError) {
        for name in names {
            guard let role = roles[name] else { throw SyncError(.server, "role \(name) does not exist") }
            if let reason = role.ungrantableBecause { throw SyncError(.privilege, "role \(name): \(reason)") }
        }
    }
}

extension Membership {
    fileprivate func isSameGrant(as other: Membership) -> Bool { role == other.role && grantor == other.grantor }
}
