// SPDX-License-Identifier: Apache-2.0

/// Steps that let people in: new accounts, and those of people who come back.
extension PlanBuilder {
    func joins(_ decisions: Decisions) -> [Marker?] {
        let returning = stayers.filter { canReturn($0, decisions.names) }.map { Optional($0.marker) }
        return returning + decisions.names.creations.map { _ in nil }
    }

    /// Whether a locked account can be let in again: by a reading that may, and under the name that its person has.
    func canReturn(_ stayer: Stayer, _ names: NameResolution) -> Bool {
        guard stayer.isReturning, !stayer.isFrozen, !keepsForeignRole(stayer), authority(over: stayer.marker) == .full
        else { return false }
        let name = names.renames[stayer.account] ?? accounts.accounts[stayer.account].name
        return name == stayer.directoryName
    }

    /// Whether the person would come back to a mapped role that they are not entitled to and that we cannot revoke.
    func keepsForeignRole(_ stayer: Stayer) -> Bool { stayer.excess.contains(where: isForeignAccess) }

    /// Whether it gives what only a group is to give, and we cannot revoke it.
    func isForeignAccess(_ membership: Membership) -> Bool {
        !membership.isRevocable && membership.isUsable && mappedRoles.contains(membership.role)
    }

    mutating func withholdJoins(_ decisions: Decisions, cause: Plan.WithheldStep.Cause) {
        for joiner in decisions.names.creations {
            withheld.append(Plan.WithheldStep(step: creation(joiner), cause: cause))
        }
        for stayer in stayers where canReturn(stayer, decisions.names) {
            let name = decisions.names.renames[stayer.account] ?? accounts.accounts[stayer.account].name
            let (step, _) = restoration(stayer, name: name, marker: stayer.marker)
            withheld.append(Plan.WithheldStep(step: step, cause: cause))
        }
    }

    mutating func writeJoiners(_ creations: [Joiner]) {
        for joiner in creations { steps.append(creation(joiner)) }
    }

    func creation(_ joiner: Joiner) -> Plan.Step {
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

    /// Who comes back while there may be a session of before, as on a reader that does not answer, is to be disconnected until it is known
    /// that there is none: it may be in a role that the person has not come back to, and nobody looks for sessions of who is in.
    func restoration(_ stayer: Stayer, name: AccountName, marker: Marker) -> (Plan.Step, Marker) {
        var marker = marker
        marker.state = .active
        marker.isToBeDisconnected = accounts.accounts[stayer.account].sessions > 0
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
}
