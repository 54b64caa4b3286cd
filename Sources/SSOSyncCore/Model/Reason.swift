// SPDX-License-Identifier: Apache-2.0

/// Why an operation is planned.
@nonexhaustive
public enum Reason: Hashable, Sendable, Codable {
    /// The person is in these groups and has no account yet.
    case joined(groups: [GroupName])
    /// The person is in these groups again, within the quarantine.
    case returned(groups: [GroupName])
    /// These groups map to roles that the account lacks.
    case rolesMissing(groups: [GroupName])
    /// No group of the person maps to these roles.
    case rolesNotEntitled
    /// The person is in none of the target's groups any more, or is no longer in the directory.
    case left
    /// The person is disabled in the directory.
    case disabled
    /// The account of somebody who left was unlocked by someone else.
    case unlockedByOthers
    /// A locked account still holds roles.
    case rolesLeft
    /// A locked account still has sessions, or a login may still be starting up.
    case stillConnected
    /// The account has lost a role, and a session that began before may be in it.
    case mayBeInLostRole
    /// The directory knows the person by another name now.
    case renamed(from: AccountName)
    /// A run that was renaming the account did not come to its end, and left it locked.
    case renameUnfinished
    /// Somebody else is entitled to the name now.
    case nameNeeded
    /// The account was locked at that time and its quarantine is over.
    case quarantineOver(lockedAt: Timestamp)
    /// Somebody asked for it: the account has the name of a person who is in these groups.
    case adopted(groups: [GroupName])
    /// Somebody asked for it: a record says that the account is the person's, who is entitled to nothing on this target, so
    /// that the next run locks it.
    case adoptedToLeave
    /// Somebody asked to let the account go.
    case letGo
}

extension Reason: CustomStringConvertible {
    /// Half a sentence for people.
    public var description: String {
        switch self {
        case .joined(let groups): "joined \(list(groups))"
        case .returned(let groups): "returned to \(list(groups))"
        case .rolesMissing(let groups): "is in \(list(groups))"
        case .rolesNotEntitled: "no group of the person gives this any more"
        case .left: "is in none of this target's groups any more"
        case .disabled: "is disabled in the directory"
        case .unlockedByOthers: "left, and somebody unlocked the account"
        case .rolesLeft: "left, and the locked account still holds roles"
        case .stillConnected: "left, and the locked account still has sessions"
        case .mayBeInLostRole: "an open session may be in a role that was taken"
        case .renamed(let name): "was \(name) in the directory"
        case .renameUnfinished: "an earlier run did not finish renaming the account, and left it locked"
        case .nameNeeded: "somebody else has this name in the directory now"
        case .quarantineOver(let lockedAt): "locked since \(lockedAt), the quarantine is over"
        case .adopted(let groups): "is in \(list(groups))"
        case .adoptedToLeave: "is entitled to nothing here: the next run locks it"
        case .letGo: "is to be nobody's"
        }
    }

    private func list(_ groups: [GroupName]) -> String {
        groups.map(\.rawValue).joined(separator: ", ")
    }
}
