// SPDX-License-Identifier: Apache-2.0

/// Accounts that were there before us, and that somebody wants to be people's.
///
/// The marker is all that is written. What the account has that its person is not entitled to is said before, since the next
/// run takes it away.
extension PlanBuilder {
    mutating func build(_ request: MarkingRequest) -> Plan {
        conflicts = request.dispensableDirectory == nil ? missingGroups() : []
        if conflicts.isEmpty, scope != .everyone {
            let message = "only a reading of everyone tells whose an account is, so nothing is planned"
            conflicts = [Conflict(.notAdoptable, message: message)]
        }
        if conflicts.isEmpty {
            countOurs()
            switch request {
            case .adopt(let claims): adopt(claims.sorted())
            case .release(let names, withoutDirectory: let id): release(names.sorted(), knowsWhoLeft: id == nil)
            }
        }
        return plan(brake: .nothing(counts: accounts.counts))
    }

    private mutating func countOurs() {
        entitledCount = directory.people.indices.count { entitlement(at: $0) != nil }
        for (index, account) in accounts.accounts.enumerated() {
            guard let marker = ourMarker(account), shapeProblem(account, marker) == nil else { continue }
            _ = people.setAccount(index, of: marker.user)
        }
    }

    func ourMarker(_ account: Account) -> Marker? {
        guard case .marker(let marker) = account.marker, marker.owner == policy.owner, marker.directory == directory.id
        else { return nil }
        return marker
    }

    // MARK: Claims

    /// Why an account is not adopted.
    private struct Refusal: Error {
        let conflict: Conflict
    }

    /// An account that somebody claims, with what its person is entitled to; nil for somebody who has left.
    private struct Claimed {
        let user: UserId
        let account: AccountName
        let entitlement: PeopleIndex.Entitlement?
    }

    private mutating func adopt(_ claims: [MarkingRequest.Claim]) {
        var claimed: [Claimed] = []
        for claim in claims {
            do throws(Refusal) {
                claimed.append(try self.claimed(claim))
            } catch {
                conflicts.append(error.conflict)
            }
        }
        let claimants = Dictionary(grouping: claimed, by: \.account.folded)
        let accountsOf = Dictionary(grouping: claimed, by: \.user).mapValues { Set($0.map(\.account)) }
        let names = wantedNames(like: Set(claimants.keys))
        var isDone: Set<AccountName> = []
        for claim in claimed {
            do throws(Refusal) {
                try checkIsOnes(
                    claim,
                    claimants: claimants[claim.account.folded] ?? [],
                    names[claim.account.folded] ?? []
                )
                try checkIsOnly(claim, accountsOf[claim.user] ?? [])
                // Somebody may be named by hand and by a record.
                guard isDone.insert(claim.account).inserted else { continue }
                guard let index = try accountToAdopt(claim) else { continue }
                appendAdoption(claim, index)
            } catch {
                conflicts.append(error.conflict)
            }
        }
    }

    private func claimed(_ claim: MarkingRequest.Claim) throws(Refusal) -> Claimed {
        let place = directory.place(of: claim.user)
        if let place, let entitlement = entitlement(at: place) {
            return try member(claim, directory.people[place], entitlement)
        }
        let name = claim.account ?? place.flatMap { directory.people[$0].accountName }
        if let name, claim.includesLeaver, claim.account != nil {
            return Claimed(user: claim.user, account: name, entitlement: nil)
        }
        let isThere = name.flatMap(indexOfAccount(named:)) != nil
        let way = isThere && claim.account != nil ? ": adopt it with --leavers, or lock or drop it by hand" : ""
        let consequence = isThere ? ", so the next run would lock \(name ?? "")\(way)" : ""
        throw refusal(claim.user, name, "person \(claim.user) is entitled to nothing on this target\(consequence)")
    }

    private func member(
        _ claim: MarkingRequest.Claim,
        _ person: Person,
        _ entitlement: PeopleIndex.Entitlement
    ) throws(Refusal) -> Claimed {
        switch nameToHave(person) {
        case .failure(let conflict): throw Refusal(conflict: conflict)
        case .success(let name):
            guard let recorded = claim.account, recorded != name else {
                return Claimed(user: claim.user, account: name, entitlement: entitlement)
            }
            throw refusal(
                claim.user,
                recorded,
                "the record says that \(recorded) is the account of \(claim.user), whom the directory calls \(name): rename "
                    + "the account by hand and adopt it then, or drop it"
            )
        }
    }

    private func refusal(_ user: UserId?, _ account: AccountName?, _ message: String) -> Refusal {
        Refusal(conflict: Conflict(.notAdoptable, user: user, account: account, message: message))
    }

    // MARK: Names

    /// Whom the directory calls by one of these names, but for case, be they entitled to anything here or not: the account may be that of
    /// a namesake who has no rights any more.
    private func wantedNames(like folded: Set<String>) -> [String: [UserId]] {
        var people: [String: [UserId]] = [:]
        for person in directory.people {
            guard let name = person.accountName?.folded, folded.contains(name) else { continue }
            people[name, default: []].append(person.id)
        }
        return people
    }

    /// An account is adopted for somebody only if it can be nobody else's.
    private func checkIsOnes(_ claim: Claimed, claimants: [Claimed], _ people: [UserId]) throws(Refusal) {
        let others = Set(people + claimants.map(\.user)).subtracting([claim.user])
        guard let other = others.min() else { return }
        guard claim.entitlement == nil, people.contains(other) else {
            throw Refusal(conflict: Self.collision(claim.user, claim.account))
        }
        throw refusal(
            claim.user,
            claim.account,
            "the record says that \(claim.account) is the account of \(claim.user), who left, and \(other) is to have that "
                + "name now: whose it is has to be found out by hand"
        )
    }

    private func checkIsOnly(_ claim: Claimed, _ accounts: Set<AccountName>) throws(Refusal) {
        guard accounts.count > 1 else { return }
        let list = accounts.sorted().map(\.rawValue).joined(separator: ", ")
        throw refusal(claim.user, claim.account, "\(list) are all said to be of \(claim.user): only one can be theirs")
    }

    // MARK: Accounts

    /// The account, if it is there and as we make them; nil if it is the person's already.
    private func accountToAdopt(_ claim: Claimed) throws(Refusal) -> Int? {
        guard let index = indexOfAccount(named: claim.account) else {
            let next = claim.entitlement == nil ? "" : ": the next run makes it"
            throw refusal(claim.user, claim.account, "there is no account \(claim.account) to adopt\(next)")
        }
        let account = accounts.accounts[index]
        guard account.marker == .none else {
            if let marker = ourMarker(account), marker.user == claim.user, shapeProblem(account, marker) == nil {
                return nil
            }
            throw refusal(claim.user, claim.account, nameTakenMessage(account, claim.user))
        }
        if let other = people.account(of: claim.user) {
            let name = accounts.accounts[other].name
            throw refusal(
                claim.user,
                claim.account,
                "\(claim.user) has the account \(name) already: only one can be theirs"
            )
        }
        if let shadows = accounts.shadows[claim.account] {
            throw Refusal(conflict: Self.shadowed(claim.account, claim.user, by: shadows))
        }
        guard let problem = adoptionProblem(account, claim.entitlement) else { return index }
        throw refusal(claim.user, claim.account, "\(claim.account) is not adopted: \(problem)")
    }

    /// What an account has that those never have which we make.
    private func adoptionProblem(_ account: Account, _ entitlement: PeopleIndex.Entitlement?) -> String? {
        if isProtected(account.name.rawValue) { return "its name is reserved or protected" }
        guard account.foreignAttributes.isEmpty else {
            let attributes = account.foreignAttributes.joined(separator: ", ")
            return "it has what we never give: \(attributes). Take that from it first, or leave it as it is"
        }
        guard account.usesIAM else {
            return
                "it does not log in by IAM token, as the accounts do that we make: let it do so first, or leave it as it is"
        }
        guard account.canLogIn else { return "it is locked: unlock it first if its person is to have it, or drop it" }
        return privilegedRole(account, entitlement) ?? account.unmanageableBecause
    }

    /// A role that the account holds, and that its person would not be given for being privileged.
    private func privilegedRole(_ account: Account, _ entitlement: PeopleIndex.Entitlement?) -> String? {
        let roles = Set(account.memberships.map(\.role))
        for role in roles.subtracting(roleUse.grantable(roles, groups: entitlement?.groups ?? [])).sorted() {
            guard let facts = accounts.roles[role] else {
                return "it holds \(role), of which nothing is known. Take that from it first, or leave it as it is"
            }
            guard let reason = RoleUse.privilege(role, facts, dialect: dialect) else { continue }
            return "it holds \(role), which is privileged (\(reason)). Take that from it first, or leave it as it is"
        }
        return nil
    }

    private mutating func appendAdoption(_ claim: Claimed, _ index: Int) {
        let account = accounts.accounts[index]
        let marker = Marker(
            owner: policy.owner,
            directory: directory.id,
            user: claim.user,
            name: account.name,
            asOf: directory.asOf
        )
        let operation = Operation(account: account.name, user: claim.user, action: .adopt, marker: marker)
        let reason = claim.entitlement.map { Reason.adopted(groups: groupNames($0)) } ?? .adoptedToLeave
        steps.append(Plan.Step(operation, because: reason))
        if let entitlement = claim.entitlement { reportExcess(account, entitlement) }
        reportForeign(account)
    }

    /// Roles that the account holds, and that the next run takes from it, or would.
    private mutating func reportExcess(_ account: Account, _ entitlement: PeopleIndex.Entitlement) {
        let excess = account.memberships.filter {
            ($0.isOurs || mappedRoles.contains($0.role)) && !entitlement.roles.contains($0.role)
        }
        for membership in excess where !membership.isRevocable { reportIrrevocable(membership, account) }
        let roles = Set(excess.filter(\.isRevocable).map(\.role)).sorted().map(\.rawValue).joined(separator: ", ")
        guard !roles.isEmpty else { return }
        let message = "the next run takes \(roles) from \(account.name): no group of the person gives it"
        findings.append(Finding(.afterMarking, account: account.name, message: message))
    }
}
