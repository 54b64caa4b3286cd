// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncSQL

/// The statements around a rename.
///
/// A session keeps the name that it began with, and goes by it when sessions are looked for (measured). So an account that
/// is in use is locked, its sessions are ended, and only then it is renamed and unlocked. The former name's hash is noted
/// meanwhile, so that whatever breaks this off leaves an account that the next run knows.
struct RenameStatements {
    let item: StatementCompiler.Item

    private var account: KnownAccount { item.account }
    private var newId: AccountId {
        AccountId(user: item.operation.resultingAccount.rawValue, host: account.id.host.rawValue)
    }

    /// Whether its person may use the account, also if it is locked by a step of a rename.
    var isInUse: Bool { account.isMarkedActive }

    /// Whether the name changes, or only what an earlier run has left to do is done.
    private var isMoving: Bool { newId != account.id }

    private var notesMeanwhile: AccountNotes {
        var notes = account.notes
        if let user = account.marker?.user {
            notes.renaming = Marker.nameHash(account.name, user: user)
        }
        return notes
    }

    private var newMarker: Marker? { item.operation.marker }

    /// Whether sessions have to end in between.
    ///
    /// What an earlier run left locked under its new name has none.
    var endsSessions: Bool { isInUse && isMoving }

    /// Whether the account has its person's own name, and not one that it has only to give that one free.
    private var isAtHome: Bool {
        guard let user = account.marker?.user, let renaming = account.notes.renaming else { return true }
        return renaming == Marker.nameHash(account.name, user: user)
    }

    /// Before sessions are ended.
    var begin: [SQLText] {
        guard isMoving else { return [] }
        var marker = account.marker
        marker?.nameHash = newMarker?.nameHash ?? ""
        let patch = AttributePatch(
            marker: account.marker,
            to: marker,
            notes: account.notes,
            to: notesMeanwhile,
            name: account.name,
            to: account.name
        )
        let lock: SQLText = isInUse ? " ACCOUNT LOCK" : ""
        return ["ALTER USER \(account.id.sql)\(lock) ATTRIBUTE \(literal: patch.text)"]
    }

    /// Once they have ended.
    ///
    /// Whoever gives a name free stays locked until the new name comes.
    var finish: [SQLText] {
        let isInterim = isInUse && isMoveAside
        var before = account.marker
        // As ``begin`` has left it.
        if isMoving { before?.nameHash = newMarker?.nameHash ?? "" }
        var notes = account.notes
        if !isInterim { notes.renaming = nil }
        let notesBefore = isMoving ? notesMeanwhile : account.notes
        let patch = AttributePatch(
            marker: before,
            to: newMarker,
            notes: notesBefore,
            to: isInterim ? notesBefore : notes,
            name: account.nameWhenMarked,
            to: item.operation.resultingAccount
        )
        let unlock: SQLText = isInUse && !isMoveAside ? " ACCOUNT UNLOCK" : ""
        let attribute: SQLText = patch.isEmpty ? "" : " ATTRIBUTE \(literal: patch.text)"
        let rename: [SQLText] = isMoving ? ["RENAME USER \(account.id.sql) TO \(newId.sql)"] : []
        guard !unlock.isEmpty || !patch.isEmpty else { return rename }
        return rename + ["ALTER USER \(newId.sql)\(unlock)\(attribute)"]
    }

    /// All of them, for people to read.
    var all: [SQLText] { begin + finish }

    /// If it does not come to that: under its own name the account is as it was before the rename, also if an earlier run began it.
    ///
    /// Under an interim name it stays locked.
    ///
    /// - Parameter hasBegun: Whether ``begin`` was done.
    func undo(hasBegun: Bool = true) -> [SQLText] {
        guard isMoving else { return [] }
        var (before, after, notes) = (account.marker, account.marker, account.notes)
        if hasBegun { before?.nameHash = newMarker?.nameHash ?? "" }
        if isAtHome, let nameHash = notes.renaming {
            after?.nameHash = nameHash
            notes.renaming = nil
        }
        let patch = AttributePatch(
            marker: before,
            to: after,
            notes: hasBegun ? notesMeanwhile : account.notes,
            to: notes,
            name: account.name,
            to: account.name
        )
        let unlock: SQLText = isLockedForRename(hasBegun: hasBegun) && isAtHome ? " ACCOUNT UNLOCK" : ""
        let attribute: SQLText = patch.isEmpty ? "" : " ATTRIBUTE \(literal: patch.text)"
        return unlock.isEmpty && patch.isEmpty ? [] : ["ALTER USER \(account.id.sql)\(unlock)\(attribute)"]
    }

    /// Whether the account is locked for nothing but a rename, this one or one that broke off, unless ``undo(hasBegun:)`` is done.
    func isLockedForRename(hasBegun: Bool) -> Bool {
        isInUse && (account.isLocked ? account.notes.renaming != nil : hasBegun)
    }

    /// Whether somebody cannot log in although ``undo(hasBegun:)`` is done.
    var staysLocked: Bool { isInUse && account.isLocked && !(isMoving && isAtHome) }

    /// What is left of ``finish`` where the account has its new name already.
    var end: [SQLText] { isMoving ? Array(finish.dropFirst()) : finish }

    /// What is known of the account afterwards.
    var result: KnownAccount {
        var result = account
        result.id = newId
        result.marker = newMarker ?? account.marker
        result.notes.renaming = isInUse && isMoveAside ? notesMeanwhile.renaming : nil
        if isInUse { result.isLocked = isMoveAside }
        return result
    }

    private var isMoveAside: Bool {
        if case .moveAside = item.operation.action { true } else { false }
    }
}
