// SPDX-License-Identifier: Apache-2.0

/// Accounts of ours that somebody wants to be nobody's.
extension PlanBuilder {
    /// - Parameters:
    ///   - names: Their names.
    ///   - knowsWhoLeft: Whether there is a directory that tells. Without one nobody is kept for having left.
    mutating func release(_ names: [AccountName], knowsWhoLeft: Bool) {
        for name in names {
            guard let index = indexOfAccount(named: name) else {
                refuseRelease(name, "there is no account \(name) to let go")
                continue
            }
            let account = accounts.accounts[index]
            guard let marker = ourMarker(account) else {
                refuseRelease(name, "\(name) is not ours to let go: \(Self.whose(account.marker))")
                continue
            }
            if let problem = releaseProblem(account, marker, knowsWhoLeft: knowsWhoLeft) {
                refuseRelease(name, "\(name) is not let go: \(problem)", marker.user)
                continue
            }
            appendRelease(account, marker, index, knowsWhoLeft: knowsWhoLeft)
        }
    }

    private mutating func refuseRelease(_ name: AccountName, _ message: String, _ user: UserId? = nil) {
        conflicts.append(Conflict(.notReleasable, user: user, account: name, message: message))
    }

    private static func whose(_ marker: MarkerReading) -> String {
        switch marker {
        case .none: "it carries no marker"
        case .damaged: "its marker cannot be read"
        case .newer(let version): "its marker has version \(version): it belongs to a newer version of sso-sync"
        case .marker(let marker):
            "it belongs to deployment \(marker.owner) and directory \(marker.directory): a configuration with these can let it go"
        }
    }

    private func releaseProblem(_ account: Account, _ marker: Marker, knowsWhoLeft: Bool) -> String? {
        if isProtected(account.name.rawValue) { return "its name is reserved or protected" }
        if account.isBeingRenamed { return "a run that was renaming it did not come to its end: run apply first" }
        if knowsWhoLeft, account.canLogIn, !isEntitled(marker.user) {
            return
                "its person has left, and nobody would lock it any more: run apply first, and let go of it when it is locked"
        }
        if !knowsWhoLeft, account.canLogIn, marker.state == .locked {
            return
                "its person had left when a run locked it, and somebody has let it log in again: lock it by hand, and let go of it then"
        }
        return account.unmanageableBecause
    }

    private mutating func appendRelease(_ account: Account, _ marker: Marker, _ index: Int, knowsWhoLeft: Bool) {
        let operation = Operation(account: account.name, user: marker.user, action: .release)
        steps.append(Plan.Step(operation, because: .letGo))
        touchedAccounts.insert(index)
        let roles = Set(account.memberships.map(\.role)).sorted().map(\.rawValue)
        let access = roles.isEmpty ? "no roles" : roles.joined(separator: ", ")
        let message =
            account.canLogIn
            ? "\(account.name) goes on logging in, with \(access): nobody locks it when its person leaves"
                + (knowsWhoLeft ? "" : ", and nobody knows whether that person has left already")
            : "\(account.name) stays locked, with \(access): nobody drops it"
        let conflict =
            isEntitled(marker.user) ? ", and its person is in conflict with it until it is adopted or gone" : ""
        findings.append(Finding(.afterMarking, account: account.name, message: message + conflict))
    }
}
