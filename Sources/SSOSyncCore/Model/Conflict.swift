// SPDX-License-Identifier: Apache-2.0

/// Something that keeps a person from what the directory says.
///
/// It is reported, left untouched, and stops nobody else.
public struct Conflict: Hashable, Sendable, Codable {
    /// The kinds of conflict.
    @nonexhaustive
    public enum Kind: String, Hashable, Sendable, Codable {
        /// The directory has no account name for the person.
        case nameMissing
        /// The engine cannot hold the name, or an IAM session tag cannot carry it.
        case nameInvalid
        /// The name belongs to the engine, to RDS, to the provisioner, or is protected by the configuration.
        case nameReserved
        /// Two people would have the same account, at least after folding case.
        case nameCollision
        /// An account that is not the person's has the name.
        case nameTaken
        /// The server may take another account for the person's at login: one that differs in host alone, or an anonymous one.
        case nameShadowed
        /// An account is to be renamed, and things in the database go by its name.
        case renameBlocked
        /// An account carries our marker and is not as we make accounts.
        case unexpectedShape
        /// An account that we made, or that is marked as if we had and logs in by IAM token, can log in or has sessions although
        /// its person left, and is not ours to lock. Fails the run.
        case leaverNotLocked
        /// Access is to be taken, and by an account's marker a reading has decided about it that is yet to come: a clock is wrong.
        /// Fails the run, so that it is tried again.
        case clocksDisagree
        /// Two accounts carry the marker of one person.
        case duplicateMarker
        /// Somebody else locked an account that is in use.
        case lockedByOthers
        /// A mapped role does not exist on the target.
        case roleMissing
        /// A mapped role is privileged.
        case rolePrivileged
        /// The provisioner cannot grant a mapped role.
        case roleUngrantable
        /// A mapped group is not in the reading of the directory, or is another group of the same name.
        case groupMissing
        /// Somebody asked for an account to be adopted that cannot be.
        case notAdoptable
        /// Somebody asked for an account to be let go that is not ours to let go.
        case notReleasable

        /// Whether it fails the run.
        public var failsRun: Bool {
            switch self {
            case .leaverNotLocked, .clocksDisagree, .groupMissing: true
            default: false
            }
        }
    }

    /// The kind.
    public let kind: Kind
    /// The person, where it is about one.
    public let user: UserId?
    /// The account or the wanted name, where it is about one.
    public let account: AccountName?
    /// The role, where it is about one.
    public let role: RoleName?
    /// What is the matter and how to mend it, for people.
    public let message: String

    /// Something that keeps a person from what the directory says.
    public init(
        _ kind: Kind,
        user: UserId? = nil,
        account: AccountName? = nil,
        role: RoleName? = nil,
        message: String
    ) {
        self.kind = kind
        self.user = user
        self.account = account
        self.role = role
        self.message = message
    }
}

/// Something about a target that people should know and that no operation mends.
public struct Finding: Hashable, Sendable, Codable {
    /// The kinds of finding.
    @nonexhaustive
    public enum Kind: String, Hashable, Sendable, Codable {
        /// An account logs in by IAM token and carries no marker.
        case unmarkedIAMLogin
        /// An account logs in by IAM token and its marker is damaged, or of a layout that this version does not know.
        case unreadableMarker
        /// Accounts that this deployment made for another directory than the configured one, and that can log in.
        ///
        /// Urgent.
        case otherDirectory
        /// A membership that is to go and that only somebody else can revoke.
        case irrevocableMembership
        /// The same of somebody who stays: by it they go on using a mapped role that no group gives them.
        ///
        /// Urgent.
        case lostRoleKept
        /// A membership that somebody else granted, in a role that no group maps to.
        case foreignMembership
        /// A locked account that cannot be dropped, because things depend on it.
        case keptForObjects
        /// Code of somebody who left that the server goes on running with the person's rights: an event.
        ///
        /// Urgent.
        case stillRuns
        /// A mapped group whose id the configuration does not pin, so that another one of the same name passes for it.
        case unpinnedGroup
        /// A marker that lies in the future: a clock is wrong, or somebody wrote it.
        case markerFromFuture
        /// What follows for an account from adopting it or letting it go.
        case afterMarking
        /// Something that the provisioner noticed.
        case notice
    }

    /// The kind.
    public let kind: Kind
    /// The account, where it is about one.
    public let account: AccountName?
    /// What was found, for people.
    public let message: String
    /// Statements that mend it, for the owner of the database to run.
    public let statements: [String]

    /// Something that people should know.
    public init(_ kind: Kind, account: AccountName? = nil, message: String, statements: [String] = []) {
        self.kind = kind
        self.account = account
        self.message = message
        self.statements = statements
    }

    /// Whether somebody who left goes on having access by it, or would, so that it must not wait.
    public var isUrgent: Bool {
        switch kind {
        case .stillRuns, .lostRoleKept, .otherDirectory: true
        default: false
        }
    }
}
