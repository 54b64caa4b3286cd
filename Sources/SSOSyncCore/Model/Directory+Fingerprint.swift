// SPDX-License-Identifier: Apache-2.0

extension Directory {
    /// The SHA-256 over people, groups and memberships; not over the time of the reading.
    var fingerprint: String {
        var fingerprint = Fingerprint()
        fingerprint.add(id.rawValue)
        fingerprint.add(count: people.count)
        for person in people {
            fingerprint.add(person.id.rawValue)
            fingerprint.add(person.accountName?.rawValue)
            fingerprint.add(person.isEnabled)
        }
        for (name, group) in groups.sorted(by: { $0.key < $1.key }) {
            fingerprint.add(name.rawValue)
            fingerprint.add(group.id.rawValue)
            fingerprint.add(count: group.members.count)
            for member in group.members { fingerprint.add(member.rawValue) }
        }
        return fingerprint.finalize()
    }
}

extension Accounts {
    /// The SHA-256 over accounts and roles; not over open sessions, which come and go.
    var fingerprint: String {
        var fingerprint = Fingerprint()
        fingerprint.add(count: accounts.count)
        for account in accounts { account.add(to: &fingerprint) }
        for (name, facts) in roles.sorted(by: { $0.key < $1.key }) {
            fingerprint.add(name.rawValue)
            fingerprint.add(facts.privilegedBecause)
            fingerprint.add(facts.ungrantableBecause)
        }
        for (name, others) in shadows.sorted(by: { $0.key < $1.key }) {
            fingerprint.add(name.rawValue)
            fingerprint.add(count: others.count)
            for other in others { fingerprint.add(other) }
        }
        return fingerprint.finalize()
    }
}

extension Account {
    fileprivate func add(to fingerprint: inout Fingerprint) {
        fingerprint.add(name.rawValue)
        marker.add(to: &fingerprint)
        fingerprint.add(canLogIn)
        fingerprint.add(usesIAM)
        fingerprint.add(unmanageableBecause)
        fingerprint.add(count: foreignAttributes.count)
        for attribute in foreignAttributes { fingerprint.add(attribute) }
        fingerprint.add(count: memberships.count)
        for membership in memberships {
            fingerprint.add(membership.role.rawValue)
            fingerprint.add(membership.grantor)
            fingerprint.add(membership.isUsable)
            fingerprint.add(membership.isRevocable)
        }
        fingerprint.add(count: blockers.count)
        // No name has that length, so it is not taken for the next account.
        if isBeingRenamed { fingerprint.add(count: -1) }
    }
}

extension MarkerReading {
    fileprivate func add(to fingerprint: inout Fingerprint) {
        switch self {
        case .none: fingerprint.add(count: 0)
        case .damaged: fingerprint.add(count: 1)
        case .newer(let version):
            fingerprint.add(count: 2)
            fingerprint.add(count: version)
        case .marker(let marker):
            fingerprint.add(count: 3)
            fingerprint.add(marker.owner.rawValue)
            fingerprint.add(marker.directory.rawValue)
            fingerprint.add(marker.user.rawValue)
            fingerprint.add(marker.nameHash)
            fingerprint.add(marker.state == .locked)
            fingerprint.add(count: Int(marker.reduced?.millisecondsSince1970 ?? 0))
            fingerprint.add(count: Int(marker.asOf.millisecondsSince1970))
        }
    }
}
