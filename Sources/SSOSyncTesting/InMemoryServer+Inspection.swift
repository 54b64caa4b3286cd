// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

extension InMemoryServer {
    /// Reads what is asked for, as a session does.
    ///
    /// - Parameter request: Whom and what to read.
    /// - Returns: Marked accounts in the scope, accounts of the names and holders of the roles; figures over the whole
    ///   server.
    public func inspect(_ request: InspectionRequest) -> Accounts {
        let shown = logins.filter { isAskedFor($0.key, $0.value, request) }
        let markers = logins.values.compactMap { $0.marker(of: request.owner, request.directory) }
        return Accounts(
            scope: request.scope,
            accounts: shown.map { name, login in
                login.account(named: name, showsBlockers: wasLocked(login, before: request.blockersOfLockedBefore))
            },
            unmarkedIAMLogins: request.scope == .everyone ? unmarkedIAMLogins : [],
            roles: roles.filter { request.roles.contains($0.key) },
            counts: TargetCounts(markers: markers, windowStart: request.windowStart)
        )
    }

    private func isAskedFor(_ name: AccountName, _ login: InMemoryLogin, _ request: InspectionRequest) -> Bool {
        if request.names.contains(name) { return true }
        if login.marker != .none, request.names.contains(where: { $0.folded == name.folded }) { return true }
        switch login.marker {
        case .none: return false
        case .damaged, .newer: return request.scope == .everyone
        case .marker(let marker):
            if request.scope.covers(marker.user) { return true }
            guard login.marker(of: request.owner, request.directory) != nil else { return false }
            return login.memberships.contains { request.holdersOf.contains($0.role) }
        }
    }

    private func wasLocked(_ login: InMemoryLogin, before cutoff: Timestamp?) -> Bool {
        guard let cutoff, case .marker(let marker) = login.marker, marker.state == .locked else { return false }
        return (marker.reduced ?? marker.asOf) <= cutoff
    }

    private var unmarkedIAMLogins: [AccountName] {
        logins.filter { $0.value.usesIAM && $0.value.marker == .none }.map(\.key)
    }
}
