// SPDX-License-Identifier: Apache-2.0

/// A login account as it was found in the database.
public struct Account: Hashable, Sendable {
    /// The account's name on the server.
    public let name: AccountName
    /// What stands where a marker would stand.
    public let marker: MarkerReading
    /// Whether the server would let the account log in.
    public let canLogIn: Bool
    /// Whether it logs in with an IAM token, as the accounts do that we make.
    public let usesIAM: Bool
    /// Attributes that we never give, for example `CREATEROLE`, in the engine's words, ascending.
    public let foreignAttributes: [String]
    /// Why the provisioner cannot change the account; nil if it can.
    public let unmanageableBecause: String?
    /// Memberships but the one that makes it an IAM login, ordered by role and grantor.
    public let memberships: [Membership]
    /// Sessions of a locked account that are open on any instance, and logins that may still become one.
    ///
    /// How many an account has that is in use is of no interest.
    public let sessions: Int
    /// What keeps the account from being dropped, where the inspection was asked for it, or where it keeps the account from
    /// being renamed as well.
    public let blockers: [DropBlocker]
    /// Whether the account is locked only because a run that was renaming it did not come to its end.
    ///
    /// Engines on which a session keeps the name that it began with have to lock an account for as long as they rename it.
    public let isBeingRenamed: Bool

    /// An account as it was found.
    ///
    /// - Parameters:
    ///   - name: Its name on the server.
    ///   - marker: What stands where a marker would stand.
    ///   - canLogIn: Whether the server would let it log in.
    ///   - usesIAM: Whether it logs in with an IAM token.
    ///   - foreignAttributes: Attributes that we never give.
    ///   - unmanageableBecause: Why the provisioner cannot change it.
    ///   - memberships: Its roles, in any order.
    ///   - sessions: Its open sessions on any instance.
    ///   - blockers: What keeps it from being dropped.
    ///   - isBeingRenamed: Whether it is locked only because renaming it was not finished.
    public init(
        name: AccountName,
        marker: MarkerReading,
        canLogIn: Bool = true,
        usesIAM: Bool = true,
        foreignAttributes: [String] = [],
        unmanageableBecause: String? = nil,
        memberships: [Membership] = [],
        sessions: Int = 0,
        blockers: [DropBlocker] = [],
        isBeingRenamed: Bool = false
    ) {
        self.name = name
        self.marker = marker
        self.canLogIn = canLogIn
        self.usesIAM = usesIAM
        self.foreignAttributes = foreignAttributes.sorted()
        self.unmanageableBecause = unmanageableBecause
        self.memberships = memberships.count < 2 ? memberships : memberships.sorted(by: Membership.precedes)
        self.sessions = sessions
        self.blockers = blockers.sorted()
        self.isBeingRenamed = isBeingRenamed
    }
}

/// Something in a database that depends on an account, so that the account cannot be dropped.
public struct DropBlocker: Hashable, Comparable, Sendable, Codable {
    /// The database that it is in; nil for what belongs to the whole server.
    public let database: String?
    /// What kind of thing, in the engine's words: `table`, `function`, `privileges on table`.
    public let kind: String
    /// How many, or 1 where ``name`` is given.
    public let count: Int
    /// Which one, where names were asked for.
    public let name: String?
    /// The statement that the owner of the database may run to be rid of it.
    public let statement: String?
    /// Whether the server goes on running it with the account's rights although the account is locked: an event, say.
    public let isRunning: Bool

    /// Something that depends on an account.
    public init(
        database: String?,
        kind: String,
        count: Int,
        name: String? = nil,
        statement: String? = nil,
        isRunning: Bool = false
    ) {
        self.database = database
        self.kind = kind
        self.count = count
        self.name = name
        self.statement = statement
        self.isRunning = isRunning
    }

    /// Orders by database, kind and name.
    public static func < (left: DropBlocker, right: DropBlocker) -> Bool {
        (left.database ?? "", left.kind, left.name ?? "") < (right.database ?? "", right.kind, right.name ?? "")
    }
}
