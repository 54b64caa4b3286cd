// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncSQL

/// Turns operations into statements.
///
/// Pure.
///
/// MySQL commits after each statement that changes accounts, and a statement about a list of accounts is done for all of
/// them or for none (<https://dev.mysql.com/doc/refman/8.4/en/atomic-ddl.html>). So accounts to which the same is to be done
/// share statements, which is several times cheaper than one each, and what takes several statements is ordered so that
/// access is never wider than it is to be if they break off.
struct StatementCompiler {
    /// An operation with the account that it is about; for a new one, as it is to be.
    struct Item {
        let operation: Operation
        let account: KnownAccount

        var isRename: Bool { operation.phase == .moveAside || operation.phase == .rename }
    }

    /// Operations that are done, or not, together.
    struct Group {
        let items: [Item]
        /// Each makes sense only if those before it were done.
        let statements: [SQLText]
    }

    /// Whether the server makes all roles active at login, so that defaults mean nothing.
    let activatesAllRoles: Bool

    /// How many accounts one statement names at most.
    static let listSize = 1_000

    /// The larger a list of drops, the longer until one can stop between two of them.
    static let dropListSize = 100

    /// The groups of some operations of one phase, in no order that matters.
    func groups(_ items: [Item]) -> [Group] {
        var shared: [Key: [Item]] = [:]
        var single: [Group] = []
        for item in items {
            if let key = key(of: item) {
                shared[key, default: []].append(item)
            } else {
                single.append(Group(items: [item], statements: statements(for: item)))
            }
        }
        let lists = shared.sorted { $0.value[0].account.id < $1.value[0].account.id }
        return single
            + lists.flatMap { key, items in
                Self.chunks(items, of: key.action == .drop ? Self.dropListSize : Self.listSize).map { chunk in
                    // What is the matter with a copy keeps nobody's account from being locked.
                    let copies = key.action == .lock ? chunk.compactMap(\.lockOfCopies) : []
                    return Group(items: chunk, statements: statements(key, for: chunk.map(\.account.id)) + copies)
                }
            }
    }

    private static func chunks(_ items: [Item], of size: Int) -> [[Item]] {
        stride(from: 0, to: items.count, by: size).map { Array(items[$0..<min($0 + size, items.count)]) }
    }

    // MARK: What many accounts may share

    private enum Action: Hashable {
        case lock
        case revoke(roles: [AccountId])
        case grant(roles: [AccountId], active: [AccountId])
        case restore(roles: [AccountId], active: [AccountId])
        case disconnect
        case drop
    }

    /// Accounts with the same key share their statements.
    private struct Key: Hashable {
        let action: Action
        let patch: AttributePatch
    }

    private func key(of item: Item) -> Key? {
        action(of: item).map { Key(action: $0, patch: item.patch) }
    }

    private func action(of item: Item) -> Action? {
        let account = item.account
        switch item.operation.action {
        case .lock: return .lock
        case .revoke(let memberships):
            return .revoke(roles: Set(memberships.compactMap { account.roles[$0.role] }).sorted())
        case .grant(let roles): return .grant(roles: ids(roles), active: active(account, with: roles))
        case .restore(let roles): return .restore(roles: ids(roles), active: active(account, with: roles))
        case .disconnect: return .disconnect
        case .drop: return .drop
        default: return nil
        }
    }

    private func ids(_ roles: [RoleName]) -> [AccountId] { roles.map { AccountId(role: $0) } }

    /// All roles that are to be active at login: the statement that sets them replaces what was set.
    private func active(_ account: KnownAccount, with roles: [RoleName]) -> [AccountId] {
        account.defaultRoles.union(ids(roles)).sorted()
    }

    private func statements(_ key: Key, for ids: [AccountId]) -> [SQLText] {
        let list = ids.sql
        let attribute: SQLText = key.patch.isEmpty ? "" : " ATTRIBUTE \(literal: key.patch.text)"
        let mark = change(list, key.patch)
        switch key.action {
        case .lock: return ["ALTER USER \(list) ACCOUNT LOCK\(attribute)"]
        case .revoke(let roles):
            guard !roles.isEmpty else { return mark }
            // That something is taken is said first: if this were broken off in between, nobody would know of sessions in a lost role,
            // and the brake would not count it. That it is not granted any more is so only once it is taken.
            return change(list, key.patch.besideGranted) + ["REVOKE \(roles.sql) FROM \(list)"]
                + change(list, key.patch.granted)
        // That it was we who granted is said first: a role of which nobody knows that is left to whoever gave it.
        case .grant(let roles, let active): return mark + grant(roles, active: active, to: list)
        case .restore(let roles, let active):
            return (roles.isEmpty ? [] : change(list, key.patch.granted) + grant(roles, active: active, to: list))
                + ["ALTER USER \(list) ACCOUNT UNLOCK\(attribute)"]
        case .disconnect: return mark
        case .drop: return ["DROP USER \(list)"]
        }
    }

    private func change(_ list: SQLText, _ patch: AttributePatch) -> [SQLText] {
        patch.isEmpty ? [] : ["ALTER USER \(list) ATTRIBUTE \(literal: patch.text)"]
    }

    /// A role that is granted has no effect before it is active (the sample that this replaces forgot it).
    private func grant(_ roles: [AccountId], active: [AccountId], to list: SQLText) -> [SQLText] {
        guard !roles.isEmpty else { return [] }
        let grant: SQLText = "GRANT \(roles.sql) TO \(list)"
        return activatesAllRoles ? [grant] : [grant, "SET DEFAULT ROLE \(active.sql) TO \(list)"]
    }

    // MARK: What concerns one account

    private func statements(for item: Item) -> [SQLText] {
        let (id, check) = (item.account.id.sql, MarkingCheck(account: item.account))
        switch item.operation.action {
        case .create(let roles):
            // Naming its default roles grants them as well.
            let active: SQLText = roles.isEmpty ? "" : " DEFAULT ROLE \(ids(roles).sql)"
            return [
                """
                CREATE USER \(id) IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'\(active) REQUIRE SSL \
                ATTRIBUTE \(literal: item.patch.textOfNew)
                """
            ]
        case .adopt: return [check.ofUnmarked, "ALTER USER \(id) ATTRIBUTE \(literal: item.patch.text)"]
        case .release: return [check.ofMarked, "ALTER USER \(id) ATTRIBUTE \(literal: AttributePatch.removal)"]
        default: return []
        }
    }
}

extension StatementCompiler.Item {
    /// What is noted with the account once the operation is done.
    private var notes: AccountNotes {
        var notes = account.notes
        switch operation.action {
        case .create(let roles), .grant(let roles): notes.granted = granted(with: roles)
        case .restore(let roles):
            notes.granted = granted(with: roles)
            notes.renaming = nil
            notes.hadEvents = false
        // A rename that was under way has come to its end by it.
        //
        // Without a marker the hash of the present name is not written, and this note is what knows it.
        case .lock:
            if operation.marker != nil { notes.renaming = nil }
            notes.hadEvents = notes.hadEvents || account.mayOwnEvents
        // What stands there was not noted for this account: we have granted it nothing.
        case .adopt, .release: notes = AccountNotes()
        // A leaver is not marked once more for it: coming back rids the notes of what was taken.
        case .revoke(let memberships) where operation.marker != nil:
            notes.granted.subtract(memberships.map { AccountNotes.hash(of: $0.role) })
        default: break
        }
        return notes
    }

    /// What we granted of the roles that the account will hold: one that it has lost may be given to it by somebody else.
    private func granted(with roles: [RoleName]) -> Set<String> {
        account.notes.granted.intersection(account.roles.keys.map(AccountNotes.hash)).union(
            roles.map(AccountNotes.hash)
        )
    }

    /// Whoever is locked is to have no way left; nil if there is no other.
    fileprivate var lockOfCopies: SQLText? {
        guard !account.twins.isEmpty else { return nil }
        // What a copy has in its marker is not known: all of the new one is said.
        let patch = AttributePatch(
            marker: nil,
            to: operation.marker,
            notes: account.notes,
            to: account.notes,
            name: account.name,
            to: account.name
        )
        let attribute: SQLText = patch.isEmpty ? "" : " ATTRIBUTE \(literal: patch.text)"
        return "ALTER USER \(account.twins.sql) ACCOUNT LOCK\(attribute)"
    }

    /// What changes in the account's attribute.
    fileprivate var patch: AttributePatch {
        AttributePatch(
            marker: account.marker,
            to: operation.marker,
            notes: account.notes,
            to: notes,
            name: account.nameWhenMarked,
            to: account.name
        )
    }

    /// What is known of the account once the operation is done; nil if there is none any more.
    var result: KnownAccount? {
        if isRename { return RenameStatements(item: self).result }
        var result = account
        result.marker = operation.marker ?? account.marker
        result.notes = notes
        switch operation.action {
        case .drop: return nil
        case .create(let roles), .grant(let roles), .restore(let roles):
            for role in roles {
                result.defaultRoles.insert(AccountId(role: role))
                result.roles[role] = AccountId(role: role)
            }
        case .revoke(let memberships):
            for membership in memberships {
                guard let role = result.roles.removeValue(forKey: membership.role) else { continue }
                result.defaultRoles.remove(role)
            }
        default: break
        }
        if operation.action == .release { result.marker = nil }
        if operation.action == .lock { result.isLocked = true }
        if operation.phase == .admit { result.isLocked = false }
        return result
    }
}
