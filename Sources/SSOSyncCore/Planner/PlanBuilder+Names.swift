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
        if let loss = nameLoss(name) { return loss }
        guard let scalar = name.rawValue.unicodeScalars.first(where: { !Self.fitsSessionTag($0) }) else { return nil }
        return "an IAM session tag cannot carry U+\(String(scalar.value, radix: 16, uppercase: true)), so nobody could "
            + "log in by that name; it takes letters, digits, spaces and _ . : / = + - @"
    }

    /// What the engine would not keep of a name, so that it could become somebody else's.
    private func nameLoss(_ name: AccountName) -> String? {
        let scalars = name.rawValue.unicodeScalars
        if dialect.nameLosses.contains(.outerSpaces), scalars.first == " " || scalars.last == " " {
            return "\(dialect.engine) cuts spaces off at both ends of a name; change the name in the directory"
        }
        guard dialect.nameLosses.contains(.supplementaryCharacters),
            let scalar = scalars.first(where: { $0.value > 0xFFFF })
        else { return nil }
        return "\(dialect.engine) cannot hold U+\(String(scalar.value, radix: 16, uppercase: true)) in a name; "
            + "choose another accountName attribute, or change the name in the directory"
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
        // Whoever was being renamed and cannot have the new name is let in again under the present one.
        for stayer in stayers where resolution.renames[stayer.account] == nil && isBeingRenamed(stayer) {
            resolution.renames[stayer.account] = accounts.accounts[stayer.account].name
        }
        let isMoving = resolution.renames.filter { accounts.accounts[$0.key].name != $0.value }
        let needed = Array(isMoving.values) + resolution.creations.map(\.name)
        resolution.asides = Set(needed.compactMap(indexOfAccount(named:)))
        return resolution
    }

    private func isBeingRenamed(_ stayer: Stayer) -> Bool {
        accounts.accounts[stayer.account].isBeingRenamed && !stayer.isReturning && !stayer.isFrozen
    }

    private func obstacle(
        to name: AccountName,
        for user: UserId,
        _ movable: Set<Int>,
        _ resolution: NameResolution
    ) -> Conflict? {
        if let shadows = accounts.shadows[name] { return Self.shadowed(name, user, by: shadows) }
        guard let occupant = indexOfAccount(named: name), !movable.contains(occupant),
            resolution.renames[occupant] == nil
        else { return collisionOutside(name, user) }
        return Conflict(
            .nameTaken,
            user: user,
            account: name,
            message: nameTakenMessage(accounts.accounts[occupant], user)
        )
    }

    /// Who cannot have a name because an account of ours of somebody outside the scope has it, and those others.
    var namesakes: Set<UserId> {
        conflicts.reduce(into: []) { people, conflict in
            guard conflict.kind == .nameTaken, let user = conflict.user, let name = conflict.account,
                let other = indexOfAccount(named: name).flatMap({ accountsOutside[$0] })
            else { return }
            people.formUnion([user, other.user])
        }
    }

    static func shadowed(_ name: AccountName, _ user: UserId, by shadows: [String]) -> Conflict {
        Conflict(
            .nameShadowed,
            user: user,
            account: name,
            message:
                "the server may take \(shadows.joined(separator: ", ")) for \(name) when the person logs in: drop or "
                + "rename that account"
        )
    }

    func nameTakenMessage(_ account: Account, _ user: UserId) -> String {
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
        case .marker(let marker) where marker.state == .locked:
            let reason = reasonToKeepName(account, marker) ?? (isShut(account) ? nil : "the person is not out yet")
            return "\(name) is the locked account of another person"
                + (reason.map { ", and keeps its name: \($0)" } ?? "")
        case .marker(let marker) where !scope.covers(marker.user):
            return "\(name) is the account of another person, whom this run has not looked at: one of everyone does"
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
