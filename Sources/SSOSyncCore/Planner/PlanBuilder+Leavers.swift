// SPDX-License-Identifier: Apache-2.0

/// Steps for accounts of people who are not entitled to one any more.
extension PlanBuilder {
    mutating func writeLeavers(_ decisions: Decisions, isReleased: Bool) {
        for leaver in leavers {
            let account = accounts.accounts[leaver.account]
            reportFutureMarker(account, leaver.marker)
            reportRunning(account)
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

    /// Accounts that were locked a while ago and are not out, also of people who are to come back and do not yet.
    var overdue: [AccountName] {
        let admitted = Set(steps.lazy.filter { $0.operation.phase == .admit }.map(\.operation.user))
        let waiting = stayers.filter { $0.isReturning && !admitted.contains($0.marker.user) }
        let out =
            leavers.map { ($0.account, $0.marker, isOut(accounts.accounts[$0.account])) }
            + waiting.map { ($0.account, $0.marker, isOut($0)) }
        return out.filter { _, marker, isOut in
            !isOut && marker.state == .locked && marker.lockedAt.advanced(bySeconds: Plan.timeToBeOut) < now
        }
        .map { accounts.accounts[$0.0].name }.sorted()
    }

    /// What only others can revoke keeps nobody from being out: nobody can use it.
    private func isOut(_ account: Account) -> Bool {
        !account.canLogIn && account.sessions == 0 && !account.memberships.contains(where: \.isRevocable)
    }

    /// Whoever is to come back may hold already what the groups give.
    private func isOut(_ stayer: Stayer) -> Bool {
        let account = accounts.accounts[stayer.account]
        return !account.canLogIn && account.sessions == 0 && !stayer.excess.contains(where: \.isRevocable)
    }

    func causeToWithhold(
        _ leaver: Leaver,
        _ account: Account,
        _ decisions: Decisions
    ) -> Plan.WithheldStep.Cause? {
        if let cause = decisions.stoppedRemovals[leaver.account] { return cause }
        guard leaver.marker.state == .locked, account.canLogIn else { return nil }
        if authority(over: leaver.marker) == .none { return .olderDirectory }
        return policy.mode == .joins ? .mode : nil
    }

    mutating func withhold(_ step: Plan.Step?, cause: Plan.WithheldStep.Cause, account: Int) {
        guard let step else { return }
        withheld.append(Plan.WithheldStep(step: step, cause: cause))
        touchedAccounts.insert(account)
    }

    func lockStep(
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
        marker.isToBeDisconnected = false
        marker.asOf = asOf(afterTakingFrom: marker)
        let operation = Operation(account: account.name, user: marker.user, action: .lock, marker: marker)
        let reason = leaver.marker.state == .active ? leaver.reason : .unlockedByOthers
        return Plan.Step(operation, because: reason)
    }

    mutating func writeWithdrawal(_ leaver: Leaver, _ account: Account, isLocking: Bool) {
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

    mutating func appendUnlessOnlyJoining(_ step: Plan.Step) {
        if policy.mode == .joins {
            withheld.append(Plan.WithheldStep(step: step, cause: .mode))
        } else {
            steps.append(step)
        }
    }

    /// Whether a drop may follow other steps in the same plan, or else the next run would find something to do at once.
    func mayBeDroppedAtOnce(_ leaver: Leaver, _ account: Account) -> Bool {
        account.sessions == 0 && !leaver.marker.wasReduced(since: brakeWindowStart)
    }

    mutating func writeDrop(_ leaver: Leaver, _ account: Account, name: AccountName) {
        guard isQuarantineOver(leaver.marker), policy.mode != .joins, authority(over: leaver.marker) != .none else {
            return
        }
        let problems = account.foreignAttributes + [account.unmanageableBecause].compactMap { $0 }
        guard problems.isEmpty, account.blockers.isEmpty else {
            reportKept(account, problems)
            return
        }
        let operation = Operation(account: name, user: leaver.marker.user, action: .drop)
        steps.append(Plan.Step(operation, because: .quarantineOver(lockedAt: leaver.marker.lockedAt)))
    }

    /// Whether an account may be dropped by now: its quarantine is over, and the brake need not remember it any more.
    ///
    /// The marker is the brake's memory and goes with the account. So a removal that nobody released is remembered for
    /// the brake's window even where the quarantine is shorter.
    func isQuarantineOver(_ marker: Marker) -> Bool {
        guard policy.leavers.then == .drop else { return false }
        guard marker.lockedAt.advanced(bySeconds: policy.leavers.quarantine) <= now else { return false }
        return !marker.wasReduced(since: brakeWindowStart)
    }
}
