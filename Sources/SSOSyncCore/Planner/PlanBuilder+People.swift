// SPDX-License-Identifier: Apache-2.0

/// Somebody who has an account and is not entitled to one.
struct Leaver {
    let account: Int
    let marker: Marker
    let reason: Reason
}

/// Somebody who has an account and is entitled to it.
struct Stayer {
    let account: Int
    let marker: Marker
    let entitlement: PeopleIndex.Entitlement
    /// Granted by us or mapped, and not entitled.
    let excess: [Membership]
    /// Entitled, grantable and not held.
    let missing: [RoleName]
    /// The name that the directory has for the person, whether an account can have it or not.
    let directoryName: AccountName?
    /// The name that the account is to be renamed to.
    var newName: AccountName?
    /// Whether the account may only lose roles, because it is not as we make accounts or somebody else locked it.
    let isFrozen: Bool
    var isReturning: Bool { marker.state == .locked }
}

/// Somebody who is entitled to an account and has none.
struct Joiner {
    let user: UserId
    let name: AccountName
    let entitlement: PeopleIndex.Entitlement
}

extension PlanBuilder {
    /// Finds the accounts that are ours: marked for this deployment and directory, and as we make them.
    mutating func classifyAccounts() {
        for (index, account) in accounts.accounts.enumerated() {
            guard case .marker(let marker) = account.marker else {
                reportUnreadable(account)
                continue
            }
            guard marker.owner == policy.owner else { continue }
            guard marker.directory == directory.id else {
                if account.canLogIn { accountsOfOtherDirectories[marker.directory, default: 0] += 1 }
                continue
            }
            guard scope.covers(marker.user) else {
                noteOutside(index, account, marker)
                continue
            }
            if let conflict = unlockableLeaver(account, marker) {
                conflicts.append(conflict)
                continue
            }
            if let problem = shapeProblem(account, marker) {
                conflicts.append(
                    Conflict(
                        .unexpectedShape,
                        user: marker.user,
                        account: account.name,
                        message: "\(account.name) carries our marker and is left alone: \(problem)"
                    )
                )
                continue
            }
            claim(account: index, for: marker)
        }
        reportOtherDirectories()
    }

    /// An account that somebody who left can log in by, or has a session of, and that is not ours to change any more, or does
    /// not look it.
    ///
    /// It must not go unnoticed: the run fails and names it.
    private func unlockableLeaver(_ account: Account, _ marker: Marker) -> Conflict? {
        guard removesPeople, !isShut(account), shapeProblem(account, marker) != nil else { return nil }
        // That there is our marker on it is all that speaks for its being ours.
        guard account.usesIAM || marker.records(account.name), !isEntitled(marker.user) else { return nil }
        return Conflict(
            .leaverNotLocked,
            user: marker.user,
            account: account.name,
            message: "\(account.name) \(leavingAlone(account, marker))"
        )
    }

    /// Why the account of somebody who left is left alone, what is the danger, and what to do about it.
    private func leavingAlone(_ account: Account, _ marker: Marker) -> String {
        let danger =
            account.canLogIn ? "so it is left alone and can still log in" : "so it is left alone and its sessions last"
        let remedy = account.canLogIn ? "lock it by hand" : "end them by hand"
        if isProtected(account.name.rawValue) {
            return "belongs to somebody who left, and its name is reserved or protected, \(danger): \(remedy)"
        }
        guard account.usesIAM else {
            return "belongs to somebody who left and no longer logs in by IAM token, \(danger): \(remedy)"
        }
        return "carries the marker of somebody who left, made for another name, \(danger): if the account was renamed, "
            + "rename it back or \(remedy); if the marker was copied, remove it"
    }

    func isEntitled(_ user: UserId) -> Bool {
        guard let place = directory.place(of: user) else { return false }
        return entitlement(at: place) != nil
    }

    /// What somebody is entitled to by the groups, if the person is enabled.
    func entitlement(at place: Int) -> PeopleIndex.Entitlement? {
        directory.people[place].isEnabled ? people.entitlement(at: place) : nil
    }

    /// Why an account is not ours although it is marked so.
    ///
    /// A marker can be forged or copied; it is never enough.
    func shapeProblem(_ account: Account, _ marker: Marker) -> String? {
        if isProtected(account.name.rawValue) { return "its name is reserved or protected" }
        if !account.usesIAM { return "it does not log in by IAM token, as the accounts do that we make" }
        if marker.records(account.name) { return nil }
        return "the marker was made for another name"
    }

    private mutating func claim(account index: Int, for marker: Marker) {
        guard let other = people.setAccount(index, of: marker.user) else { return }
        let (first, second) = (accounts.accounts[other], accounts.accounts[index])
        // The one in use is the person's; of two in use, the one that sorts first.
        let isSecond = isLocked(first) && !isLocked(second)
        if !isSecond { _ = people.setAccount(other, of: marker.user) }
        duplicates.append(isSecond ? other : index)
        conflicts.append(
            Conflict(
                .duplicateMarker,
                user: marker.user,
                account: second.name,
                message: "\(first.name) and \(second.name) carry the marker of one person: only one can be ours"
            )
        )
    }

    private func isLocked(_ account: Account) -> Bool {
        guard case .marker(let marker) = account.marker else { return false }
        return marker.state == .locked
    }

    /// Decides for each person what the account lacks or has too much of.
    mutating func judgePeople() {
        var isJudged = Array(repeating: false, count: accounts.accounts.count)
        for (place, person) in directory.people.enumerated() where scope.covers(person.id) {
            let entitlement = entitlement(at: place)
            let account = people.account(of: person.id)
            if let account { isJudged[account] = true }
            if entitlement != nil { entitledCount += 1 }
            switch (entitlement, account) {
            case (nil, nil): break
            case (nil, let account?): judgeLeaver(account, because: person.isEnabled ? .left : .disabled)
            case (let entitlement?, nil): judgeJoiner(person, entitlement)
            case (let entitlement?, let account?): judgeStayer(person, entitlement, account)
            }
        }
        for account in people.accounts where !isJudged[account] { judgeLeaver(account, because: .left) }
        for account in duplicates {
            // Whoever has left has left all of them.
            guard let user = marker(of: account)?.user, !isEntitled(user) else { continue }
            judgeLeaver(account, because: .left)
        }
        leavers.sort { $0.account < $1.account }
        stayers.sort { $0.account < $1.account }
        refuseCollisions()
        reportCollidingAccounts()
    }

    private func marker(of account: Int) -> Marker? {
        guard case .marker(let marker) = accounts.accounts[account].marker else { return nil }
        return marker
    }

    private mutating func judgeLeaver(_ index: Int, because reason: Reason) {
        guard let marker = marker(of: index) else { return }
        reportShadows(of: accounts.accounts[index], marker)
        leavers.append(Leaver(account: index, marker: marker, reason: reason))
    }

    private mutating func reportShadows(of account: Account, _ marker: Marker) {
        guard let shadows = accounts.shadows[account.name] else { return }
        conflicts.append(Self.shadowed(account.name, marker.user, by: shadows))
    }

    private mutating func judgeJoiner(_ person: Person, _ entitlement: PeopleIndex.Entitlement) {
        switch nameToHave(person) {
        case .failure(let conflict): conflicts.append(conflict)
        case .success(let name): joiners.append(Joiner(user: person.id, name: name, entitlement: entitlement))
        }
    }

    private mutating func judgeStayer(_ person: Person, _ entitlement: PeopleIndex.Entitlement, _ index: Int) {
        let account = accounts.accounts[index]
        guard let marker = marker(of: index) else { return }
        let problem = stayerProblem(account, marker)
        if let problem {
            conflicts.append(problem)
            touchedAccounts.insert(index)
        }
        reportShadows(of: account, marker)
        reportForeign(account)
        let excess = account.memberships.filter {
            ($0.isOurs || mappedRoles.contains($0.role)) && !entitlement.roles.contains($0.role)
        }
        let held = Set(account.memberships.filter(\.isUsable).map(\.role))
        let lacking = problem == nil ? entitlement.roles.filter { !held.contains($0) } : []
        let missing = roleUse.grantable(lacking, groups: entitlement.groups)
        if person.accountName == account.name { noteCase(of: account.name) }
        let stayer = Stayer(
            account: index,
            marker: marker,
            entitlement: entitlement,
            excess: excess,
            missing: missing,
            directoryName: person.accountName,
            newName: problem != nil ? nil : newName(person, account),
            isFrozen: problem != nil
        )
        let hasNothingToDo = excess.isEmpty && missing.isEmpty && stayer.newName == nil && !account.isBeingRenamed
        if stayer.isReturning || marker.isToBeDisconnected || !hasNothingToDo { stayers.append(stayer) }
    }

    /// Why the account of somebody who is entitled gets nothing.
    ///
    /// Roles that the person is not entitled to are taken from it all the same.
    private func stayerProblem(_ account: Account, _ marker: Marker) -> Conflict? {
        if !account.foreignAttributes.isEmpty {
            return Conflict(
                .unexpectedShape,
                user: marker.user,
                account: account.name,
                message: "\(account.name) is left alone while it has what we never give: "
                    + account.foreignAttributes.joined(separator: ", ")
            )
        }
        if !account.canLogIn, marker.state == .active, !account.isBeingRenamed {
            return Conflict(
                .lockedByOthers,
                user: marker.user,
                account: account.name,
                message: "somebody else locked \(account.name); it stays locked until they unlock it"
            )
        }
        return nil
    }

    mutating func reportForeign(_ account: Account) {
        for membership in account.memberships where !membership.isOurs && !mappedRoles.contains(membership.role) {
            findings.append(
                Finding(
                    .foreignMembership,
                    account: account.name,
                    message:
                        "\(account.name) holds \(membership.role), which no group maps to and somebody else granted"
                        + (membership.grantor.map { " (\($0))" } ?? ""),
                    statements: membership.statement.map { [$0] } ?? []
                )
            )
        }
    }

    /// The name that an account is to be renamed to; nil if it has it already or cannot have it.
    ///
    /// It may be the one that it has, if a rename has to be finished.
    private mutating func newName(_ person: Person, _ account: Account) -> AccountName? {
        guard person.accountName != account.name || account.isBeingRenamed else { return nil }
        switch nameToHave(person) {
        case .success(let name):
            guard name != account.name, let conflict = renameBlocked(account, person.id) else { return name }
            conflicts.append(conflict)
            return nil
        case .failure(let conflict):
            conflicts.append(conflict)
            return nil
        }
    }

    private func renameBlocked(_ account: Account, _ user: UserId) -> Conflict? {
        guard dialect.dependentsPreventRenames, !account.blockers.isEmpty else { return nil }
        return Conflict(
            .renameBlocked,
            user: user,
            account: account.name,
            message: "\(account.name) cannot be renamed while things go by its name: "
                + account.blockers.map(Self.phrase).joined(separator: ", ")
        )
    }
}
