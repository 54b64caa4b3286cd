// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncDigest

/// The outcome of asking what name a person's account can have.
enum NameDecision {
    case success(AccountName)
    case failure(Conflict)
}

/// Who may have which name, once names that are given free are taken into account.
struct NameResolution {
    /// Accounts that are renamed, by index, with the name that each gets.
    var renames: [Int: AccountName] = [:]
    /// Accounts that give their name free first, by index.
    ///
    /// Those that are not in ``renames`` keep the interim name.
    var asides: Set<Int> = []
    /// People who can have an account of the name that they are to have.
    var creations: [Joiner] = []
    var conflicts: [Conflict] = []
}

extension PlanBuilder {
    /// The name that a person's account is to have, if a server and an IAM session tag can hold it.
    func nameToHave(_ person: Person) -> NameDecision {
        guard let name = person.accountName, !name.rawValue.isEmpty else {
            return .failure(
                Conflict(
                    .nameMissing,
                    user: person.id,
                    message: "person \(person.id) has no account name in the directory"
                )
            )
        }
        if isProtected(name.rawValue) {
            return .failure(
                Conflict(
                    .nameReserved,
                    user: person.id,
                    account: name,
                    message: "\(name) is a reserved or protected name and is never given to a person"
                )
            )
        }
        guard let problem = nameProblem(name) else { return .success(name) }
        return .failure(
            Conflict(.nameInvalid, user: person.id, account: name, message: "\(name) cannot be an account: \(problem)")
        )
    }

    private func nameProblem(_ name: AccountName) -> String? {
        if !dialect.fits(name) {
            switch dialect.nameLimit {
            case .bytes(let limit):
                return "\(dialect.engine) holds names of \(limit) bytes, this one has \(name.rawValue.utf8.count); "
                    + "choose another accountName attribute, or shorten the name in the directory"
            case .characters(let limit):
                return "\(dialect.engine) holds names of \(limit) characters, this one has "
                    + "\(name.rawValue.unicodeScalars.count); choose another accountName attribute, or shorten the name "
                    + "in the directory"
            }
        }
        guard let scalar = name.rawValue.unicodeScalars.first(where: { !Self.fitsSessionTag($0) }) else { return nil }
        return "an IAM session tag cannot carry U+\(String(scalar.value, radix: 16, uppercase: true)), so nobody could "
            + "log in by that name; it takes letters, digits, spaces and _ . : / = + - @"
    }

    /// Letters, digits, spaces and `_ . : / = + - @`
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules>).
    private static func fitsSessionTag(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", " ", "_", ".", ":", "/", "=", "+", "-", "@": return true
            default: return false
            }
        }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber, .spaceSeparator:
            return true
        default: return false
        }
    }

    /// Sets people aside who are to get a name that somebody else is entitled to, or would be but for case.
    mutating func refuseCollisions() {
        let seekers = Set(joiners.map { Self.folded($0.name) } + stayers.compactMap { $0.newName.map(Self.folded) })
        guard !seekers.isEmpty else { return }
        var holders: [String: Int] = [:]
        for person in directory.people where person.isEnabled && people.entitlement(of: person.id) != nil {
            guard let name = person.accountName else { continue }
            let folded = Self.folded(name)
            if seekers.contains(folded) { holders[folded, default: 0] += 1 }
        }
        let collided = holders.filter { $0.value > 1 }
        guard !collided.isEmpty else { return }
        refuse(namesIn: collided)
    }

    private static func folded(_ name: AccountName) -> String { name.rawValue.lowercased() }

    private mutating func refuse(namesIn collided: [String: Int]) {
        for joiner in joiners where collided[Self.folded(joiner.name)] != nil {
            conflicts.append(Self.collision(joiner.user, joiner.name))
        }
        joiners.removeAll { collided[Self.folded($0.name)] != nil }
        for index in stayers.indices {
            guard let name = stayers[index].newName, collided[Self.folded(name)] != nil else { continue }
            conflicts.append(Self.collision(stayers[index].marker.user, name))
            stayers[index].newName = nil
        }
    }

    private static func collision(_ user: UserId, _ name: AccountName) -> Conflict {
        Conflict(
            .nameCollision,
            user: user,
            account: name,
            message: "several people are to have the account \(name), at least but for case: give them different names"
        )
    }

    /// Finds out who can have the name that the directory has for them.
    ///
    /// - Parameters:
    ///   - movable: Accounts of people who have left, locked by now, whose names others may have.
    ///   - stayers: Whose accounts may be renamed.
    ///   - joiners: Who may get an account.
    func resolveNames(movable: Set<Int>, stayers: [Stayer], joiners: [Joiner]) -> NameResolution {
        var resolution = NameResolution()
        for stayer in stayers { resolution.renames[stayer.account] = stayer.newName }
        // A rename that is refused keeps its old name occupied, which may refuse another one: until nothing changes.
        var isSettled = false
        while !isSettled {
            isSettled = true
            for stayer in stayers {
                guard let name = resolution.renames[stayer.account] else { continue }
                guard let conflict = obstacle(to: name, for: stayer.marker.user, movable, resolution) else { continue }
                resolution.conflicts.append(conflict)
                resolution.renames[stayer.account] = nil
                isSettled = false
            }
        }
        for joiner in joiners {
            if let conflict = obstacle(to: joiner.name, for: joiner.user, movable, resolution) {
                resolution.conflicts.append(conflict)
            } else {
                resolution.creations.append(joiner)
            }
        }
        let needed = Array(resolution.renames.values) + resolution.creations.map(\.name)
        resolution.asides = Set(needed.compactMap(indexOfAccount(named:)))
        return resolution
    }

    private func obstacle(
        to name: AccountName,
        for user: UserId,
        _ movable: Set<Int>,
        _ resolution: NameResolution
    ) -> Conflict? {
        guard let occupant = indexOfAccount(named: name) else { return nil }
        if movable.contains(occupant) || resolution.renames[occupant] != nil { return nil }
        return Conflict(
            .nameTaken,
            user: user,
            account: name,
            message: nameTakenMessage(accounts.accounts[occupant], user)
        )
    }

    private func nameTakenMessage(_ account: Account, _ user: UserId) -> String {
        let name = account.name
        switch account.marker {
        case .none:
            return "\(name) exists and is not ours: adopt it, or give the person another name"
        case .damaged:
            return "\(name) exists and its marker cannot be read"
        case .newer(let version):
            return "\(name) carries a marker of version \(version): it belongs to a newer version of sso-sync"
        case .marker(let marker) where marker.owner != policy.owner || marker.directory != directory.id:
            return "\(name) belongs to deployment \(marker.owner) and directory \(marker.directory)"
        case .marker(let marker) where marker.user == user:
            return "\(name) carries the person's marker, but is not as we make accounts: drop it, or rename it"
        case .marker:
            return "\(name) is the account of another person, who has it still"
        }
    }

    /// The interim name of an account that gives its name free.
    ///
    /// Made of ids, so that it is the same every time.
    func asideName(_ account: Account, _ marker: Marker) -> AccountName {
        let digest = SHA256.digest(Array("\(marker.user.rawValue)\u{0}\(account.name.rawValue)".utf8))
        return AccountName("sso_aside_\(digest.hexadecimal.prefix(20))")
    }
}
