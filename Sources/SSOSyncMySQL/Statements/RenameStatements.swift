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

    /// Whether the account is in use, and not merely locked by an earlier step of this very rename.
    var isInUse: Bool { account.isMarkedActive }

    /// Whether the name changes, or only what an earlier run has left to do is done.
    private var isMoving: Bool { newId != account.id }

    private var notesMeanwhile: AccountNotes {
        var notes = account.notes
        if let user = account.marker?.user {
            notes.renaming = Marker.nameHash(AccountName(account.id.user.rawValue), user: user)
        }
        return notes
    }

    private var newMarker: Marker? { item.operation.marker }

    /// Before sessions are ended.
    var begin: [SQLText] {
        guard isMoving else { return [] }
        var marker = account.marker
        marker?.nameHash = newMarker?.nameHash ?? ""
        let patch = AttributePatch(marker: account.marker, to: marker, notes: account.notes, to: notesMeanwhile)
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
            to: isInterim ? notesBefore : notes
        )
        let unlock: SQLText = isInUse && !isMoveAside ? " ACCOUNT UNLOCK" : ""
        let attribute: SQLText = patch.isEmpty ? "" : " ATTRIBUTE \(literal: patch.text)"
        let rename: [SQLText] = isMoving ? ["RENAME USER \(account.id.sql) TO \(newId.sql)"] : []
        guard !unlock.isEmpty || !patch.isEmpty else { return rename }
        return rename + ["ALTER USER \(newId.sql)\(unlock)\(attribute)"]
    }

    /// All of them, for people to read.
    var all: [SQLText] { begin + finish }

    /// If it does not come to that: as it was.
    var undo: [SQLText] {
        guard isMoving else { return [] }
        var meanwhile = account.marker
        meanwhile?.nameHash = newMarker?.nameHash ?? ""
        let patch = AttributePatch(
            marker: meanwhile,
            to: account.marker,
            notes: notesMeanwhile,
            to: account.notes
        )
        let unlock: SQLText = isInUse && !account.isLocked ? " ACCOUNT UNLOCK" : ""
        return ["ALTER USER \(account.id.sql)\(unlock) ATTRIBUTE \(literal: patch.text)"]
    }

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
