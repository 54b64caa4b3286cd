// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// What the provisioner has to know of an account to change it.
struct KnownAccount: Hashable, Sendable {
    var id: AccountId
    /// Accounts of the same user for other hosts that carry its person's marker as well, and log in by IAM token: copies, by which that
    /// person gets in, too.
    var twins: [AccountId] = []
    /// Copies that do not log in as ours do, so that they are left alone.
    var strangers: [AccountId] = []
    /// As it is stored.
    var marker: Marker?
    var notes: AccountNotes
    /// The roles that are active at login.
    var defaultRoles: Set<AccountId>
    /// The roles that it holds, by the names that memberships show.
    var roles: [RoleName: AccountId]
    var isLocked: Bool
    /// Whether an event that runs may be its own.
    var mayOwnEvents = false

    /// Its name, as people have it.
    var name: AccountName { AccountName(id.user.rawValue) }

    /// The name for which it is noted whether it is settled; nil if a rename that broke off may have changed it since.
    var nameWhenMarked: AccountName? { notes.renaming == nil ? name : nil }

    /// All by which its person may get in.
    var ways: [AccountId] { [id] + twins + strangers }

    /// Whether its person may use it, as far as its marker says.
    var isMarkedActive: Bool { marker?.state == .active }
}

extension KnownAccount {
    /// An account that is not there yet.
    init(new id: AccountId) {
        self.init(id: id, marker: nil, notes: AccountNotes(), defaultRoles: [], roles: [:], isLocked: false)
    }
}
