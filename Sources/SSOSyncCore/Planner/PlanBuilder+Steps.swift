// SPDX-License-Identifier: Apache-2.0

/// What the parts of a plan decide for each other before any step is written.
struct Decisions {
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
        let verdict = verdict(on: removals, joins: freezesJoins ? [] : joins(decisions))
        if freezesJoins || verdict.stopsJoins {
            withholdJoins(decisions, cause: freezesJoins ? .freeze : .joinsBrake)
            decisions.stopsJoins = true
            // Who cannot have a name cannot have it tomorrow either, so that is said although joins wait.
            let known = decisions.names.conflicts
            decisions.names = resolveNames(decisions, includeJoins: false)
            decisions.names.conflicts = known + decisions.names.conflicts.filter { !known.contains($0) }
        }
        conflicts += decisions.names.conflicts
        writeLeavers(decisions, isReleased: verdict.isReleased)
        writeStayers(decisions, isReleased: verdict.isReleased)
        writeAsidesOutside(decisions)
        if !decisions.stopsJoins { writeJoiners(decisions.names.creations) }
        reportClocks()
        return verdict
    }

    func collectRemovals(_ decisions: inout Decisions) {
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

    func resolveNames(_ decisions: Decisions, includeJoins: Bool) -> NameResolution {
        let leaving = leavers.filter { isMovable($0, decisions) }.map(\.account)
        let movable = leaving + accountsOutside.filter { isMovable($0.key, $0.value) }.map(\.key)
        let renamers = stayers.filter {
            authority(over: $0.marker) == .full && (includeJoins || !$0.isReturning)
        }
        return resolveNames(movable: Set(movable), stayers: renamers, joiners: includeJoins ? joiners : [])
    }

    /// Whether somebody else may have the name of a leaver's account: once it is locked, and if it is ours to rename.
    ///
    /// In the mode joins nobody's sessions end, and on MySQL one keeps the name that it began with: nobody would find it again.
    func isMovable(_ leaver: Leaver, _ decisions: Decisions) -> Bool {
        let account = accounts.accounts[leaver.account]
        guard reasonToKeepName(account, leaver.marker) == nil else { return false }
        if leaver.marker.state == .active { return decisions.stoppedRemovals[leaver.account] == nil }
        return policy.mode != .joins || isShut(account)
    }

    /// Why an account of somebody who left cannot be renamed, or must not be by this reading.
    func reasonToKeepName(_ account: Account, _ marker: Marker) -> String? {
        let things = dialect.dependentsPreventRenames ? account.blockers.map(Self.phrase) : []
        let problems = account.foreignAttributes + [account.unmanageableBecause].compactMap(\.self) + things
        guard problems.isEmpty else { return problems.joined(separator: ", ") }
        return authority(over: marker) == .none ? "a later reading of the directory has decided about it" : nil
    }

    // MARK: People outside the scope

    /// Whether somebody of the scope may have the name of an account of somebody outside: once the other one is out.
    ///
    /// That needs no word of the directory. Whoever comes back gets the account back, under whatever name they have then.
    private func isMovable(_ index: Int, _ marker: Marker) -> Bool {
        let account = accounts.accounts[index]
        return marker.state == .locked && isShut(account) && reasonToKeepName(account, marker) == nil
    }

    /// Whether nobody is in by the account, or can get in.
    func isShut(_ account: Account) -> Bool { !account.canLogIn && account.sessions == 0 }

    private mutating func writeAsidesOutside(_ decisions: Decisions) {
        for (index, marker) in accountsOutside where decisions.names.asides.contains(index) {
            var marker = marker
            appendAside(accounts.accounts[index], &marker)
        }
    }

    // MARK: Shared

    /// Whether runs remove anybody on the target at all: where none does, nothing is wrong with what is not removed.
    var removesPeople: Bool { policy.mode == .enforce && !policy.isOnlyPlanned }

    /// - Returns: The interim name.
    @discardableResult
    mutating func appendAside(_ account: Account, _ marker: inout Marker) -> AccountName {
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

    mutating func reportIrrevocable(
        _ membership: Membership,
        _ account: Account,
        as kind: Finding.Kind = .irrevocableMembership
    ) {
        let reason = membership.irrevocableBecause ?? "only \(membership.grantor ?? "its grantor") can revoke it"
        findings.append(
            Finding(
                kind,
                account: account.name,
                message: "\(account.name) is to lose \(membership.role), and cannot yet: \(reason)",
                statements: membership.statement.map { [$0] } ?? []
            )
        )
    }

    mutating func reportKept(_ account: Account, _ problems: [String]) {
        let things = account.blockers.map(Self.phrase)
        // One statement may be rid of several things.
        var seen: Set<String> = []
        findings.append(
            Finding(
                .keptForObjects,
                account: account.name,
                message: "\(account.name) stays locked and is not dropped: "
                    + (problems + things).joined(separator: ", "),
                statements: account.blockers.compactMap(\.statement).filter { seen.insert($0).inserted }
            )
        )
    }

    /// What depends on an account, in a few words.
    static func phrase(_ blocker: DropBlocker) -> String {
        let name = blocker.name.map { " \($0)" } ?? ""
        let place = blocker.database.map { " in database \($0)" } ?? ""
        let count = blocker.name == nil ? "\(blocker.count) " : ""
        return "\(count)\(blocker.kind)\(name)\(place)"
    }

    /// Reports code that goes on running with the rights of somebody who has left.
    mutating func reportRunning(_ account: Account) {
        for blocker in account.blockers where blocker.isRunning {
            findings.append(
                Finding(
                    .stillRuns,
                    account: account.name,
                    message: "\(account.name) left, and the server goes on running this with the account's rights: "
                        + Self.phrase(blocker),
                    statements: blocker.statement.map { [$0] } ?? []
                )
            )
        }
    }

    /// What a marker says about the last reading once access was taken.
    ///
    /// A time in the future stays, or the next run would give access by it that this one withholds.
    func asOf(afterTakingFrom marker: Marker) -> Timestamp { max(marker.asOf, directory.asOf) }

    /// Reports that access is to be taken and waits for a time to come.
    ///
    /// By clocks that are right no reading is later than now. So it is not known that this one is the older: whoever asked for
    /// the run must not take the removal for one that a later reading has decided against.
    private mutating func reportClocks() {
        guard removesPeople else { return }
        for withheld in withheld where withheld.cause == .olderDirectory {
            let operation = withheld.step.operation
            guard operation.phase <= .withdraw, let index = indexOfAccount(named: operation.account),
                case .marker(let marker) = accounts.accounts[index].marker, marker.asOf > now
            else { continue }
            conflicts.append(
                Conflict(
                    .clocksDisagree,
                    user: operation.user,
                    account: operation.account,
                    message: "\(operation.account) is to lose access, and its marker knows a reading of the "
                        + "directory of \(marker.asOf), which is yet to come: check the clocks of all that run this "
                        + "deployment; it is tried again"
                )
            )
        }
    }

    mutating func reportFutureMarker(_ account: Account, _ marker: Marker) {
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
