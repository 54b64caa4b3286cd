// SPDX-License-Identifier: Apache-2.0

/// One change to one account.
public struct Operation: Hashable, Sendable {
    /// What is done.
    @nonexhaustive
    public enum Action: Hashable, Sendable, Codable {
        /// Refuse further logins and mark the account as locked. Counted as a removal by the planner.
        case lock
        /// Take these memberships away.
        case revoke([Membership])
        /// End the account's sessions on every instance until none is left and none can still begin.
        case endSessions
        /// Give the name free for somebody else.
        case moveAside(to: AccountName)
        /// Follow a new name in the directory. Roles and objects stay.
        case rename(to: AccountName)
        /// Make the account, its login by IAM token, its roles and its marker, all or nothing.
        case create(roles: [RoleName])
        /// Let the account log in again and grant these roles, all or nothing.
        case restore(roles: [RoleName])
        /// Grant these roles.
        case grant(roles: [RoleName])
        /// End the sessions that the account of somebody who stays has, on every instance that knows of its marker: one may be in a
        /// role that was taken.
        ///
        /// Those that begin meanwhile are left alone. The marker is written once the others have ended.
        case disconnect
        /// Remove the account, which is locked and on which nothing depends.
        case drop
        /// Mark an account that was there already, and that carries no marker, as the person's.
        ///
        /// Nothing else about it changes. It is refused where the account is not as it was read any more.
        case adopt
        /// Take the marker off, with whatever else was noted, so that the account is nobody's.
        ///
        /// Nothing else about it changes.
        case release

        private enum RevokeCodingKeys: String, CodingKey { case _0 = "memberships" }
    }

    /// The account's name when the operation's turn comes.
    public let account: AccountName
    /// Whose account it is.
    public let user: UserId
    /// What is done.
    public let action: Action
    /// What the account is marked with, in the same transaction; nil to leave its marker.
    public let marker: Marker?

    /// One change to one account.
    public init(account: AccountName, user: UserId, action: Action, marker: Marker? = nil) {
        self.account = account
        self.user = user
        self.action = action
        self.marker = marker
    }

    /// Hashes what tells most operations apart: there are at most a few on one account in one phase.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(account)
        hasher.combine(phase)
    }
}

extension Operation {
    /// The steps of a run, in the order that is safe: access is taken before names are given away, and names are free
    /// before somebody new gets them.
    ///
    /// Operations of one phase do not depend on each other.
    public enum Phase: Int, Hashable, Comparable, Sendable, Codable, CaseIterable {
        /// Locks.
        case lock
        /// Revocations and the end of sessions; neither waits for the other.
        case withdraw
        /// Names that are given free.
        case moveAside
        /// Names that follow the directory.
        case rename
        /// New, restored and widened access.
        case admit
        /// The end of sessions of those who stay, and have lost something.
        case disconnect
        /// Drops.
        case drop
        /// Markers that are put on accounts, or taken off, while nothing else about them changes.
        case mark

        /// Earlier before later.
        public static func < (left: Phase, right: Phase) -> Bool { left.rawValue < right.rawValue }
    }

    /// The step of the run that the operation belongs to.
    public var phase: Phase {
        switch action {
        case .lock: .lock
        case .revoke, .endSessions: .withdraw
        case .moveAside: .moveAside
        case .rename: .rename
        case .create, .restore, .grant: .admit
        case .disconnect: .disconnect
        case .drop: .drop
        case .adopt, .release: .mark
        }
    }

    /// A bounded label for logs and metrics.
    public var label: String {
        switch action {
        case .lock: "lock"
        case .revoke: "revoke"
        case .endSessions: "end-sessions"
        case .moveAside: "move-aside"
        case .rename: "rename"
        case .create: "create"
        case .restore: "restore"
        case .grant: "grant"
        case .disconnect: "disconnect"
        case .drop: "drop"
        case .adopt: "adopt"
        case .release: "release"
        }
    }

    /// Whether it is about sessions alone.
    package var endsSessions: Bool { action == .endSessions || action == .disconnect }

    /// The account's name once the operation is done.
    public var resultingAccount: AccountName {
        switch action {
        case .moveAside(let name), .rename(let name): name
        default: account
        }
    }
}

extension Operation: Codable {
    private enum CodingKeys: String, CodingKey { case account, user, action }

    /// Reads an operation for people to look at.
    ///
    /// The marker is not written, since no operation is executed from a file.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        account = try container.decode(AccountName.self, forKey: .account)
        user = try container.decode(UserId.self, forKey: .user)
        action = try container.decode(Action.self, forKey: .action)
        marker = nil
    }

    /// Writes everything but the marker.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(account, forKey: .account)
        try container.encode(user, forKey: .user)
        try container.encode(action, forKey: .action)
    }
}
