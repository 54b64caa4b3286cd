// SPDX-License-Identifier: Apache-2.0

/// Names that people may take for each other: equal, at least but for case.
extension PlanBuilder {
    /// Sets people aside who are to get a name that somebody else is entitled to, or would be but for case.
    mutating func refuseCollisions() {
        let seekers = Set(joiners.map { $0.name.folded } + stayers.compactMap { $0.newName?.folded })
        guard !seekers.isEmpty else { return }
        var holders: [String: Int] = [:]
        for (place, person) in directory.people.enumerated() where entitlement(at: place) != nil {
            guard let name = person.accountName else { continue }
            let folded = name.folded
            if seekers.contains(folded) { holders[folded, default: 0] += 1 }
        }
        let collided = holders.filter { $0.value > 1 }
        guard !collided.isEmpty else { return }
        refuse(namesIn: collided)
    }

    private mutating func refuse(namesIn collided: [String: Int]) {
        for joiner in joiners where collided[joiner.name.folded] != nil {
            conflicts.append(Self.collision(joiner.user, joiner.name))
        }
        joiners.removeAll { collided[$0.name.folded] != nil }
        for index in stayers.indices {
            guard let name = stayers[index].newName, collided[name.folded] != nil else { continue }
            conflicts.append(Self.collision(stayers[index].marker.user, name))
            stayers[index].newName = nil
        }
    }

    static func collision(_ user: UserId, _ name: AccountName) -> Conflict {
        Conflict(
            .nameCollision,
            user: user,
            account: name,
            message: "several people are to have the account \(name), at least but for case: give them different names"
        )
    }

    // MARK: People outside the scope

    /// Remembers somebody's account whom the run is not about, if it is ours.
    mutating func noteOutside(_ index: Int, _ account: Account, _ marker: Marker) {
        guard shapeProblem(account, marker) == nil else { return }
        accountsOutside[index] = marker
        guard marker.state == .active, account.canLogIn else { return }
        namesOutside[account.name.folded, default: []].append(account.name)
    }

    /// The directory was not asked about people outside the scope, so their accounts speak for them.
    func collisionOutside(_ name: AccountName, _ user: UserId) -> Conflict? {
        guard let other = namesOutside[name.folded]?.first(where: { $0 != name }) else { return nil }
        return Conflict(
            .nameCollision,
            user: user,
            account: name,
            message:
                "\(name) differs in case alone from \(other), the account of another person: give them different names"
        )
    }

    // MARK: Accounts that are there

    /// Reports people whose accounts have come to have such names all the same: by runs of a few people who knew nothing of
    /// each other, or when somebody returned.
    mutating func reportCollidingAccounts() {
        guard !hashesOfNames.isEmpty else { return }
        var names: [String: [AccountName]] = [:]
        for place in directory.people.indices {
            guard let name = settledName(at: place), hashesOfNames.contains(name.folded.hashValue) else { continue }
            names[name.folded, default: []].append(name)
        }
        for (place, person) in directory.people.enumerated() {
            guard let name = settledName(at: place), let all = names[name.folded], all.count > 1 else { continue }
            let list = all.sorted().map(\.rawValue).joined(separator: ", ")
            let message = "the accounts \(list) differ in case alone: give these people different names"
            conflicts.append(Conflict(.nameCollision, user: person.id, account: name, message: message))
        }
    }

    /// Of two names that differ in case alone, one at least is not in lower case.
    mutating func noteCase(of name: AccountName) {
        let isLower = name.rawValue.utf8.allSatisfy {
            $0 < 0x80 && !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
        }
        if !isLower { hashesOfNames.insert(name.folded.hashValue) }
    }

    /// The name of somebody's account, if it is the one that the person is to have.
    private func settledName(at place: Int) -> AccountName? {
        let person = directory.people[place]
        guard entitlement(at: place) != nil, let index = people.account(of: person.id),
            person.accountName == accounts.accounts[index].name
        else { return nil }
        return person.accountName
    }
}
