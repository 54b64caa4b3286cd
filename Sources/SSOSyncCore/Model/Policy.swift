// SPDX-License-Identifier: Apache-2.0

/// What the configuration says about one target.
public struct Policy: Hashable, Sendable, Codable {
    /// What a run may do on the target.
    public enum Mode: String, Hashable, Sendable, Codable, CaseIterable {
        /// Report and change nothing.
        case plan
        /// Create, restore, grant and rename, but remove nothing.
        case joins
        /// Everything.
        case enforce
    }

    /// What the deployment as a whole keeps runs from on a target, whatever the target's mode allows.
    public enum Hold: Hashable, Sendable, Codable {
        /// The target is in a ring that the rollout has not reached: report and change nothing.
        case ring(number: Int, reached: Int)
        /// Let nobody in and grant nothing; those who leave are locked all the same.
        case joinsFrozen
        /// Report and change nothing, not even for those who leave.
        case everythingFrozen
    }

    /// A group and the roles that its members hold.
    public struct GroupRule: Hashable, Sendable, Codable {
        /// The group's name.
        public let group: GroupName
        /// The group's id, where the configuration pins it.
        public let pinnedId: GroupId?
        /// The roles, ascending, each once.
        public let roles: [RoleName]

        /// A group and the roles that its members hold, in any order.
        public init(group: GroupName, pinnedId: GroupId? = nil, roles: some Sequence<RoleName>) {
            self.group = group
            self.pinnedId = pinnedId
            self.roles = Set(roles).sorted()
        }
    }

    /// What becomes of an account whose person has left.
    public struct Leavers: Hashable, Sendable, Codable {
        /// What follows the quarantine.
        public enum Then: String, Hashable, Sendable, Codable, CaseIterable {
            /// The account is dropped.
            case drop
            /// The account stays locked.
            case keep
        }

        /// How long the account stays locked before ``then``, in seconds.
        public let quarantine: Int64
        /// What follows the quarantine.
        public let then: Then

        /// What becomes of an account whose person has left.
        public init(quarantine: Int64 = 30 * 86_400, then: Then = .drop) {
            self.quarantine = quarantine
            self.then = then
        }
    }

    /// The limits on what one day may change on one target.
    public struct Brake: Hashable, Sendable, Codable {
        /// The most removals in a day.
        public let removals: Int
        /// The most removals in a day, in percent of the accounts in use.
        ///
        /// One removal a day is always allowed by it.
        public let percent: Int
        /// The most joins in a day.
        public let joins: Int

        /// The limits on what one day may change on one target.
        public init(removals: Int = 10, percent: Int = 20, joins: Int = 100) {
            self.removals = removals
            self.percent = percent
            self.joins = joins
        }

        /// The window over which removals and joins are counted: a day, in seconds.
        public static let window: Int64 = 86_400
    }

    /// A privileged role that the members of one group may hold all the same.
    public struct PrivilegedGrant: Hashable, Sendable, Codable {
        /// The role.
        public let role: RoleName
        /// The group.
        ///
        /// The configuration pins its id.
        public let group: GroupName
        /// With more members than this the role is granted to none of them.
        public let maximumMembers: Int

        /// A privileged role that the members of one group may hold all the same.
        public init(role: RoleName, group: GroupName, maximumMembers: Int) {
            self.role = role
            self.group = group
            self.maximumMembers = maximumMembers
        }
    }

    /// The target that all of this is about.
    public let target: TargetName
    /// The deployment whose accounts are managed.
    public let owner: DeploymentOwner
    /// What a run may do.
    public let mode: Mode
    /// What the deployment as a whole keeps runs from; nil for nothing.
    public let hold: Hold?
    /// Groups and their roles, ascending by group.
    public let groups: [GroupRule]
    /// What becomes of leavers' accounts.
    public let leavers: Leavers
    /// The limits on what a day may change.
    public let brake: Brake
    /// Names that are never touched, beside those that the engine reserves.
    public let protectedNames: [Glob]
    /// IAM logins without a marker, or with one that cannot be read, that need not be reported.
    public let ignoredNames: [Glob]
    /// Exceptions to the rule that no privileged role is granted.
    public let allowPrivileged: [PrivilegedGrant]

    /// What the configuration says about one target.
    public init(
        target: TargetName,
        owner: DeploymentOwner,
        mode: Mode = .enforce,
        hold: Hold? = nil,
        groups: some Sequence<GroupRule>,
        leavers: Leavers = Leavers(),
        brake: Brake = Brake(),
        protectedNames: [Glob] = [],
        ignoredNames: [Glob] = [],
        allowPrivileged: [PrivilegedGrant] = []
    ) {
        self.target = target
        self.owner = owner
        self.mode = mode
        self.hold = hold
        self.groups = groups.sorted { $0.group < $1.group }
        self.leavers = leavers
        self.brake = brake
        self.protectedNames = protectedNames
        self.ignoredNames = ignoredNames
        self.allowPrivileged = allowPrivileged
    }

    /// The same, by which leavers' accounts stay locked for so many seconds at least.
    func keepingLeavers(for seconds: Int64) -> Policy {
        Policy(
            target: target,
            owner: owner,
            mode: mode,
            hold: hold,
            groups: groups,
            leavers: Leavers(quarantine: max(leavers.quarantine, seconds), then: leavers.then),
            brake: brake,
            protectedNames: protectedNames,
            ignoredNames: ignoredNames,
            allowPrivileged: allowPrivileged
        )
    }

    /// All roles that a group is mapped to.
    public var roles: Set<RoleName> { Set(groups.flatMap(\.roles)) }

    /// Whether runs change nothing.
    public var isOnlyPlanned: Bool {
        switch hold {
        case .ring, .everythingFrozen: true
        case .joinsFrozen, nil: mode == .plan
        }
    }

    /// A finding for each group that is known by its name alone, with the id to pin.
    public func unpinnedGroups(in directory: Directory) -> [Finding] {
        groups.filter { $0.pinnedId == nil }.compactMap { directory.groups[$0.group] }.map(Finding.unpinned)
    }
}

extension Finding {
    /// A group is known by its name alone.
    package static func unpinned(_ group: DirectoryGroup) -> Finding {
        Finding(.unpinnedGroup, message: "group \(group.name) is not pinned to its id: \(group.id)")
    }
}
