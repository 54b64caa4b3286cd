// SPDX-License-Identifier: Apache-2.0

/// Steps for accounts of people who are entitled to them.
extension PlanBuilder {
    mutating func writeStayers(_ decisions: Decisions, isReleased: Bool) {
        for stayer in stayers {
            let account = accounts.accounts[stayer.account]
            let before = steps.count + withheld.count
            var marker = stayer.marker
            reportFutureMarker(account, marker)
            let revocationGoes = writeRevocation(stayer, account, &marker, decisions, isReleased: isReleased)
            let beforeAdmission = steps.count
            var name = account.name
            if authority(over: stayer.marker) != .full {
                withholdAdmission(stayer, account)
            } else if !stayer.isFrozen {
                name = writeNames(stayer, account, &marker, decisions)
                if revocationGoes { writeAdmission(stayer, name: name, &marker, decisions) }
            }
            keepOut(stayer, account, since: beforeAdmission)
            writeDisconnection(stayer, name: name, marker)
            if steps.count + withheld.count > before { touchedAccounts.insert(stayer.account) }
        }
    }

    /// Keeps somebody out whose time to come back has not come: locks the account again if somebody unlocked it.
    ///
    /// Sessions that an earlier run left end whether the person comes back or not. One may be in a role that was taken; and it
    /// keeps the name that it began with, so that where the account gets another one, nobody would find it when the person
    /// leaves.
    mutating func keepOut(_ stayer: Stayer, _ account: Account, since index: Int) {
        guard stayer.isReturning else { return }
        if policy.mode != .joins, keepsForeignRole(stayer) { reportForeignRole(stayer, account) }
        let written = steps[index...].map(\.operation)
        let isMoved = written.contains { $0.resultingAccount != $0.account }
        guard account.canLogIn else {
            guard account.sessions > 0, isMoved || policy.mode != .joins else { return }
            return append([.endSessions], to: account, of: stayer, because: .stillConnected)
        }
        // Whoever can log in is not out, and the mode joins locks nobody.
        guard policy.mode != .joins, isMoved || !written.contains(where: { $0.phase == .admit }) else { return }
        append([.lock, .endSessions], to: account, of: stayer, because: .unlockedByOthers)
    }

    private mutating func append(
        _ actions: [Operation.Action],
        to account: Account,
        of stayer: Stayer,
        because reason: Reason
    ) {
        for action in actions {
            let operation = Operation(account: account.name, user: stayer.marker.user, action: action)
            steps.append(Plan.Step(operation, because: reason))
        }
    }

    private mutating func reportForeignRole(_ stayer: Stayer, _ account: Account) {
        conflicts.append(
            Conflict(
                .roleUngrantable,
                user: stayer.marker.user,
                account: account.name,
                message: "\(account.name) stays locked until the role is revoked that it is not entitled to"
            )
        )
    }

    /// Ends the sessions of somebody who has lost a role, which one that began before may be in for as long as it lasts.
    ///
    /// That they are to end is noted with the revocation, or with the return, so that it is made up for by the next run if this one does
    /// not come to it.
    private mutating func writeDisconnection(_ stayer: Stayer, name: AccountName, _ marker: Marker) {
        guard marker.isToBeDisconnected, marker.state == .active, policy.mode != .joins,
            authority(over: stayer.marker) != .none
        else { return }
        var ended = marker
        ended.isToBeDisconnected = false
        let operation = Operation(account: name, user: marker.user, action: .disconnect, marker: ended)
        steps.append(Plan.Step(operation, because: .mayBeInLostRole))
    }

    /// - Returns: Whether the account may be let in again as far as its roles go.
    mutating func writeRevocation(
        _ stayer: Stayer,
        _ account: Account,
        _ marker: inout Marker,
        _ decisions: Decisions,
        isReleased: Bool
    ) -> Bool {
        // Whoever returns waits for it at the door: see `keepsForeignRole`.
        let goesOn = removesPeople && !stayer.isReturning
        for membership in stayer.excess where !membership.isRevocable {
            let kind: Finding.Kind = goesOn && isForeignAccess(membership) ? .lostRoleKept : .irrevocableMembership
            reportIrrevocable(membership, account, as: kind)
        }
        let excess = stayer.excess.filter(\.isRevocable)
        guard !excess.isEmpty else { return true }
        var reduced = marker
        if !stayer.isReturning {
            reduced.reduced = now
            reduced.isReleased = isReleased
            reduced.isToBeDisconnected = true
        }
        reduced.asOf = asOf(afterTakingFrom: marker)
        let operation = Operation(
            account: account.name,
            user: marker.user,
            action: .revoke(excess),
            marker: reduced
        )
        let step = Plan.Step(operation, because: .rolesNotEntitled)
        if stayer.isReturning {
            guard authority(over: stayer.marker) != .none else { return false }
        } else if let cause = decisions.stoppedRemovals[stayer.account] {
            withheld.append(Plan.WithheldStep(step: step, cause: cause))
            return true
        }
        marker = reduced
        steps.append(step)
        return true
    }

    /// Names follow the directory while joins are frozen, too: whoever is given a name there that another's account has still
    /// would log in to that account.
    ///
    /// - Returns: The account's name after the plan.
    mutating func writeNames(
        _ stayer: Stayer,
        _ account: Account,
        _ marker: inout Marker,
        _ decisions: Decisions
    ) -> AccountName {
        guard let newName = decisions.names.renames[stayer.account] else { return account.name }
        var current = account.name
        if decisions.names.asides.contains(stayer.account) { current = appendAside(account, &marker) }
        marker.asOf = directory.asOf
        marker.nameHash = Marker.nameHash(newName, user: marker.user)
        let operation = Operation(
            account: current,
            user: marker.user,
            action: .rename(to: newName),
            marker: marker
        )
        let reason: Reason = newName == account.name ? .renameUnfinished : .renamed(from: account.name)
        steps.append(Plan.Step(operation, because: reason))
        return newName
    }

    mutating func writeAdmission(
        _ stayer: Stayer,
        name: AccountName,
        _ marker: inout Marker,
        _ decisions: Decisions
    ) {
        if stayer.isReturning {
            guard !decisions.stopsJoins, canReturn(stayer, decisions.names) else { return }
            let (step, restored) = restoration(stayer, name: name, marker: marker)
            marker = restored
            steps.append(step)
            return
        }
        guard !stayer.missing.isEmpty else { return }
        guard !freezesJoins else {
            let step = grant(stayer, name: name, marker: marker)
            withheld.append(Plan.WithheldStep(step: step, cause: .freeze))
            return
        }
        marker.asOf = directory.asOf
        steps.append(grant(stayer, name: name, marker: marker))
    }

    func grant(_ stayer: Stayer, name: AccountName, marker: Marker) -> Plan.Step {
        let operation = Operation(
            account: name,
            user: marker.user,
            action: .grant(roles: stayer.missing),
            marker: marker
        )
        let groups = groupNames(stayer.entitlement, givingOneOf: stayer.missing)
        return Plan.Step(operation, because: .rolesMissing(groups: groups))
    }

    mutating func withholdAdmission(_ stayer: Stayer, _ account: Account) {
        if stayer.isReturning {
            let (step, _) = restoration(stayer, name: account.name, marker: stayer.marker)
            withheld.append(Plan.WithheldStep(step: step, cause: .olderDirectory))
        } else if !stayer.missing.isEmpty {
            let step = grant(stayer, name: account.name, marker: stayer.marker)
            withheld.append(Plan.WithheldStep(step: step, cause: .olderDirectory))
        }
        guard let newName = stayer.newName else { return }
        let operation = Operation(account: account.name, user: stayer.marker.user, action: .rename(to: newName))
        let step = Plan.Step(operation, because: .renamed(from: account.name))
        withheld.append(Plan.WithheldStep(step: step, cause: .olderDirectory))
    }
}
