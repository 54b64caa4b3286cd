// SPDX-License-Identifier: Apache-2.0

/// What the parts of a plan decide for each other before any step is written.
private struct Decisions {
    var removals: [Int: PlanBuilder.Removal] = [:]
    var stoppedRemovals: [Int: Plan.WithheldStep.Cause] = [:]
    var names = NameResolution()
    var stopsJoins = false
}

extension PlanBuilder {
    /// Decides which removals, joins and renames go ahead, and writes the steps.
    mutating func applyBrakeAndNames() -> BrakeVerdict {
        var decisions = Decisions()
        collectRemovals(&decisions)
        let removals = decisions.removals.filter { decisions.stoppedRemovals[$0.key] == nil }.values
            .sorted { $0.account < $1.account }
        let removalsVerdict = verdict(on: removals, joins: [])
        if removalsVerdict.stopsRemovals {
            for removal in removals { decisions.stoppedRemovals[removal.account] = .removalsBrake }
        }
        decisions.names = resolveNames(decisions, includeJoins: true)
        let verdict = verdict(on: removals, joins: joins(decisions))
        if verdict.stopsJoins {
            withholdJoins(decisions)
            decisions.stopsJoins = true
            // Who cannot have a name cannot have it tomorrow either, so that is said although joins wait.
            let known = decisions.names.conflicts
            decisions.names = resolveNames(decisions, includeJoins: false)
            decisions.names.conflicts = known + decisions.names.conflicts.filter { !known.contains($0) }
        }
        conflicts += decisions.names.conflicts
        writeLeavers(decisions, isReleased: verdict.isReleased)
        writeStayers(decisions, isReleased: verdict.isReleased)
        if !decisions.stopsJoins { writeJoiners(decisions.names.creations) }
        return verdict
    }

    private func collectRemovals(_ decisions: inout Decisions) {
        for leaver in leavers where leaver.marker.state == .active {
            decisions.removals[leaver.account] = Removal(account: leaver.account, marker: leaver.marker, roles: [])
        }
        for stayer in stayers where !stayer.isReturning {
            let roles = stayer.excess.filter(\.isRevocable).map(\.role)
            guard !roles.isEmpty else { continue }
            decisions.removals[stayer.account] = Removal(account: stayer.account, marker: stayer.marker, roles: roles)
        }
        for (account, removal) in decisions.removals {
            if authority(over: removal.marker) == .none {
                decisions.stoppedRemovals[account] = .olderDirectory
            } else if policy.mode == .joins {
                decisions.stoppedRemovals[account] = .mode
            }
        }
    }

    private func resolveNames(_ decisions: Decisions, includeJoins: Bool) -> NameResolution {
        let movable = leavers.filter { isMovable($0, decisions) }.map(\.account)
        let renamers = stayers.filter {
            authority(over: $0.marker) == .full && (includeJoins || !$0.isReturning)
        }
        return resolveNames(movable: Set(movable), stayers: renamers, joiners: includeJoins ? joiners : [])
    }

    /// Whether somebody else may have the name of a leaver's account: once it is locked, and if it is ours to rename.
    private func isMovable(_ leaver: Leaver, _ decisions: Decisions) -> Bool {
        let account = accounts.accounts[leaver.account]
        guard account.unmanageableBecause == nil, account.foreignAttributes.isEmpty else { return false }
        guard authority(over: leaver.marker) != .none else { return false }
        if leaver.marker.state == .active { return decisions.stoppedRemovals[leaver.account] == nil }
        return !account.canLogIn || policy.mode != .joins
    }

    // MARK: Joins

    private func joins(_ decisions: Decisions) -> [Marker?] {
        let returning = stayers.filter { canReturn($0, decisions.names) }.map { Optional($0.marker) }
        return returning + decisions.names.creations.map { _ in nil }
    }

    /// Whether a locked account can be let in again: by a reading that may, and under the name that its person has.
    private func canReturn(_ stayer: Stayer, _ names: NameResolution) -> Bool {
        guard stayer.isReturning, !stayer.isFrozen, !keepsForeignRole(stayer), authority(over: stayer.marker) == .full
        else { return false }
        let name = names.renames[stayer.account] ?? accounts.accounts[stayer.account].name
        return name == stayer.directoryName
    }

    /// Whether the person would come back to a mapped role that they are not entitled to and that we cannot revoke.
    private func keepsForeignRole(_ stayer: Stayer) -> Bool {
        stayer.excess.contains { !$0.isRevocable && $0.isUsable && mappedRoles.contains($0.role) }
    }

    private mutating func withholdJoins(_ decisions: Decisions) {
        for joiner in decisions.names.creations {
            withheld.append(Plan.WithheldStep(step: creation(joiner), cause: .joinsBrake))
        }
        for stayer in stayers where canReturn(stayer, decisions.names) {
            let name = decisions.names.renames[stayer.account] ?? accounts.accounts[stayer.account].name
            let (step, _) = restoration(stayer, name: name, marker: stayer.marker)
            withheld.append(Plan.WithheldStep(step: step, cause: .joinsBrake))
        }
    }

    private mutating func writeJoiners(_ creations: [Joiner]) {
        for joiner in creations { steps.append(creation(joiner)) }
    }

    private func creation(_ joiner: Joiner) -> Plan.Step {
        let marker = Marker(
            owner: policy.owner,
            directory: directory.id,
            user: joiner.user,
            name: joiner.name,
            asOf: directory.asOf,
            joined: now
        )
        let roles = roleUse.grantable(joiner.entitlement.roles, groups: joiner.entitlement.groups)
        let operation = Operation(
            account: joiner.name,
            user: joiner.user,
            action: .create(roles: roles),
            marker: marker
        )
        return Plan.Step(operation, because: .joined(groups: groupNames(joiner.entitlement)))
    }

    private func restoration(_ stayer: Stayer, name: AccountName, marker: Marker) -> (Plan.Step, Marker) {
        var marker = marker
        marker.state = .active
        marker.asOf = directory.asOf
        marker.joined = now
        let operation = Operation(
            account: name,
            user: marker.user,
            action: .restore(roles: stayer.missing),
            marker: marker
        )
        return (Plan.Step(operation, because: .returned(groups: groupNames(stayer.entitlement))), marker)
    }

    // MARK: Leavers

    private mutating func writeLeavers(_ decisions: Decisions, isReleased: Bool) {
        for leaver in leavers {
            let account = accounts.accounts[leaver.account]
            reportFutureMarker(account, leaver.marker)
            var marker = leaver.marker
            let lock = lockStep(leaver, account, &marker, isReleased: isReleased)
            if let cause = causeToWithhold(leaver, account, decisions) {
                withhold(lock, cause: cause, account: leaver.account)
                continue
            }
            let before = steps.count
            if let lock { steps.append(lock) }
            writeWithdrawal(leaver, account, isLocking: lock != nil)
            var name = account.name
            if decisions.names.asides.contains(leaver.account) { name = appendAside(account, &marker) }
            if lock == nil, steps.count == before || mayBeDroppedAtOnce(leaver, account) {
                writeDrop(leaver, account, name: name)
            }
            if steps.count > before { touchedAccounts.insert(leaver.account) }
        }
    }

    private func causeToWithhold(
        _ leaver: Leaver,
        _ account: Account,
        _ decisions: Decisions
    ) -> Plan.WithheldStep.Cause? {
        if let cause = decisions.stoppedRemovals[leaver.account] { return cause }
        guard leaver.marker.state == .locked, account.canLogIn else { return nil }
        if authority(over: leaver.marker) == .none { return .olderDirectory }
        return policy.mode == .joins ? .mode : nil
    }

    private mutating func withhold(_ step: Plan.Step?, cause: Plan.WithheldStep.Cause, account: Int) {
        guard let step else { return }
        withheld.append(Plan.WithheldStep(step: step, cause: cause))
        touchedAccounts.insert(account)
    }

    private func lockStep(
        _ leaver: Leaver,
        _ account: Account,
        _ marker: inout Marker,
        isReleased: Bool
    ) -> Plan.Step? {
        guard leaver.marker.state == .active || account.canLogIn else { return nil }
        if leaver.marker.state == .active {
            marker.reduced = now
            marker.isReleased = isReleased
        }
        marker.state = .locked
        marker.asOf = asOf(afterTakingFrom: marker)
        let operation = Operation(account: account.name, user: marker.user, action: .lock, marker: marker)
        let reason = leaver.marker.state == .active ? leaver.reason : .unlockedByOthers
        return Plan.Step(operation, because: reason)
    }

    private mutating func writeWithdrawal(_ leaver: Leaver, _ account: Account, isLocking: Bool) {
        let user = leaver.marker.user
        let revocable = account.memberships.filter(\.isRevocable)
        if !revocable.isEmpty {
            let operation = Operation(account: account.name, user: user, action: .revoke(revocable))
            appendUnlessOnlyJoining(Plan.Step(operation, because: isLocking ? leaver.reason : .rolesLeft))
        }
        for membership in account.memberships where !membership.isRevocable { reportIrrevocable(membership, account) }
        guard isLocking || account.sessions > 0 else { return }
        let operation = Operation(account: account.name, user: user, action: .endSessions)
        appendUnlessOnlyJoining(Plan.Step(operation, because: isLocking ? leaver.reason : .stillConnected))
    }

    private mutating func appendUnlessOnlyJoining(_ step: Plan.Step) {
        if policy.mode == .joins {
            withheld.append(Plan.WithheldStep(step: step, cause: .mode))
        } else {
            steps.append(step)
        }
    }

    /// Whether a drop may follow other steps in the same plan, or else the next run would find something to do at once.
    private func mayBeDroppedAtOnce(_ leaver: Leaver, _ account: Account) -> Bool {
        account.sessions == 0 && !leaver.marker.wasReduced(since: brakeWindowStart)
    }

    private mutating func writeDrop(_ leaver: Leaver, _ account: Account, name: AccountName) {
        guard isQuarantineOver(leaver.marker), policy.mode != .joins, authority(over: leaver.marker) != .none else {
            return
        }
        let problems = account.foreignAttributes + [account.unmanageableBecause].compactMap { $0 }
        guard problems.isEmpty, account.blockers.isEmpty else {
            reportKept(account, problems)
            return
        }
        let operation = Operation(account: name, user: leaver.marker.user, action: .drop)
        steps.append(Plan.Step(operation, because: .quarantineOver(lockedAt: lockedAt(leaver.marker))))
    }

    /// Since when an account is locked.
    ///
    /// Where somebody has unlocked it in between, its quarantine began anew.
    private func lockedAt(_ marker: Marker) -> Timestamp { max(marker.reduced ?? marker.asOf, marker.asOf) }

    /// Whether an account may be dropped by now: its quarantine is over, and the brake need not remember it any more.
    ///
    /// The marker is the brake's memory and goes with the account. So a removal that nobody released is remembered for
    /// the brake's window even where the quarantine is shorter.
    private func isQuarantineOver(_ marker: Marker) -> Bool {
        guard policy.leavers.then == .drop else { return false }
        guard lockedAt(marker).advanced(bySeconds: policy.leavers.quarantine) <= now else { return false }
        return !marker.wasReduced(since: brakeWindowStart)
    }

    // MARK: Stayers

    private mutating func writeStayers(_ decisions: Decisions, isReleased: Bool) {
        for stayer in stayers {
            let account = accounts.accounts[stayer.account]
            let before = steps.count + withheld.count
            var marker = stayer.marker
            reportFutureMarker(account, marker)
            let revocationGoes = writeRevocation(stayer, account, &marker, decisions, isReleased: isReleased)
            let beforeAdmission = steps.count
            if authority(over: stayer.marker) != .full {
                withholdAdmission(stayer, account)
            } else if !stayer.isFrozen {
                let name = writeNames(stayer, account, &marker, decisions)
                if revocationGoes { writeAdmission(stayer, name: name, &marker, decisions) }
            }
            keepLocked(stayer, account, since: beforeAdmission)
            if steps.count + withheld.count > before { touchedAccounts.insert(stayer.account) }
        }
    }

    /// Locks an account again that somebody unlocked before it is its time to be restored.
    private mutating func keepLocked(_ stayer: Stayer, _ account: Account, since index: Int) {
        guard stayer.isReturning, policy.mode != .joins else { return }
        if keepsForeignRole(stayer) {
            conflicts.append(
                Conflict(
                    .roleUngrantable,
                    user: stayer.marker.user,
                    account: account.name,
                    message: "\(account.name) stays locked until the role is revoked that it is not entitled to"
                )
            )
        }
        guard account.canLogIn, !steps[index...].contains(where: { $0.operation.phase == .admit }) else { return }
        for action in [Operation.Action.lock, .endSessions] {
            let operation = Operation(account: account.name, user: stayer.marker.user, action: action)
            steps.append(Plan.Step(operation, because: .unlockedByOthers))
        }
    }

    /// - Returns: Whether the account may be let in again as far as its roles go.
    private mutating func writeRevocation(
        _ stayer: Stayer,
        _ account: Account,
        _ marker: inout Marker,
        _ decisions: Decisions,
        isReleased: Bool
    ) -> Bool {
        for membership in stayer.excess where !membership.isRevocable { reportIrrevocable(membership, account) }
        let excess = stayer.excess.filter(\.isRevocable)
        guard !excess.isEmpty else { return true }
        var reduced = marker
        if !stayer.isReturning {
            reduced.reduced = now
            reduced.isReleased = isReleased
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

    /// - Returns: The account's name after the plan.
    private mutating func writeNames(
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
        steps.append(Plan.Step(operation, because: .renamed(from: account.name)))
        return newName
    }

    private mutating func writeAdmission(
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
        marker.asOf = directory.asOf
        steps.append(grant(stayer, name: name, marker: marker))
    }

    private func grant(_ stayer: Stayer, name: AccountName, marker: Marker) -> Plan.Step {
        let operation = Operation(
            account: name,
            user: marker.user,
            action: .grant(roles: stayer.missing),
            marker: marker
        )
        let groups = groupNames(stayer.entitlement, givingOneOf: stayer.missing)
        return Plan.Step(operation, because: .rolesMissing(groups: groups))
    }

    private mutating func withholdAdmission(_ stayer: Stayer, _ account: Account) {
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

    // MARK: Shared

    /// - Returns: The interim name.
    @discardableResult
    private mutating func appendAside(_ account: Account, _ marker: inout Marker) -> AccountName {
        let name = asideName(account, marker)
        marker.nameHash = Marker.nameHash(name, user: marker.user)
        let operation = Operation(
            account: account.name,
            user: marker.user,
            action: .moveAside(to: name),
            marker: marker
        )
        steps.append(Plan.Step(operation, because: .nameNeeded))
        return name
    }

    private mutating func reportIrrevocable(_ membership: Membership, _ account: Account) {
        findings.append(
            Finding(
                .irrevocableMembership,
                account: account.name,
                message: "\(account.name) is to lose \(membership.role), which only "
                    + "\(membership.grantor ?? "its grantor") can revoke",
                statements: membership.statement.map { [$0] } ?? []
            )
        )
    }

    private mutating func reportKept(_ account: Account, _ problems: [String]) {
        let things = account.blockers.map { blocker in
            let name = blocker.name.map { " \($0)" } ?? ""
            let place = blocker.database.map { " in database \($0)" } ?? ""
            return "\(blocker.count) \(blocker.kind)\(name)\(place)"
        }
        findings.append(
            Finding(
                .keptForObjects,
                account: account.name,
                message: "\(account.name) stays locked and is not dropped: "
                    + (problems + things).joined(separator: ", "),
                statements: account.blockers.compactMap(\.statement)
            )
        )
    }

    /// What a marker says about the last reading once access was taken.
    ///
    /// A time in the future stays, or the next run would give access by it that this one withholds.
    private func asOf(afterTakingFrom marker: Marker) -> Timestamp { max(marker.asOf, directory.asOf) }

    private mutating func reportFutureMarker(_ account: Account, _ marker: Marker) {
        guard authority(over: marker) == .onlyToRemove else { return }
        findings.append(
            Finding(
                .markerFromFuture,
                account: account.name,
                message:
                    "the marker of \(account.name) is from the future (\(marker.asOf)): check the clocks; until then "
                    + "access is only taken, not given"
            )
        )
    }
}
