// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

extension Accounts {
    /// The same as if there were sessions somewhere of some who are locked, so that each run tries to end them, and nobody drops
    /// their accounts.
    ///
    /// - Parameters:
    ///   - notices: More of what people should know.
    ///   - isInUse: Whether that is so of one who is locked.
    func inUse(adding notices: [String] = [], _ isInUse: (Account) -> Bool) -> Accounts {
        Accounts(
            scope: scope,
            accounts: accounts.map { $0.isLocked && isInUse($0) ? $0.inUse : $0 },
            unmarkedIAMLogins: unmarkedIAMLogins,
            roles: roles,
            shadows: shadows,
            counts: counts,
            notices: notices + self.notices
        )
    }
}

extension Account {
    /// Whether it is somebody's, and locked: because the person has left, or by somebody else.
    var isLocked: Bool {
        guard case .marker = marker else { return false }
        return !canLogIn
    }

    fileprivate var inUse: Account {
        Account(
            name: name,
            marker: marker,
            canLogIn: canLogIn,
            usesIAM: usesIAM,
            foreignAttributes: foreignAttributes,
            unmanageableBecause: unmanageableBecause,
            memberships: memberships,
            sessions: max(1, sessions),
            blockers: blockers,
            isBeingRenamed: isBeingRenamed
        )
    }
}
