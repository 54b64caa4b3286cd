// SPDX-License-Identifier: Apache-2.0

/// Builds one plan.
///
/// Each step of ``build()`` is in a file of its own.
struct PlanBuilder {
    let directory: Directory
    let accounts: Accounts
    let policy: Policy
    let dialect: Dialect
    let now: Timestamp
    let releasedRemovals: Set<String>
    let scope: Scope
    /// What people are entitled to, and the accounts that are ours: indices into `accounts.accounts`.
    var people: PeopleIndex
    let roleUse: RoleUse
    let mappedRoles: Set<RoleName>

    var steps: [Plan.Step] = []
    var withheld: [Plan.WithheldStep] = []
    var conflicts: [Conflict] = []
    var findings: [Finding] = []

    /// Accounts that carry the marker of a person who has another one.
    var duplicates: [Int] = []
    /// Accounts on which something is to be done or something is the matter.
    var touchedAccounts: Set<Int> = []
    /// Of names that are not in lower case, of people who have the account that they are to have, folded: a number takes
    /// less room than a name.
    var hashesOfNames: Set<Int> = []
    /// Accounts of ours of people outside the scope: indices into `accounts.accounts`.
    var accountsOutside: [Int: Marker] = [:]
    /// Names of those of them that are in use, folded.
    var namesOutside: [String: [AccountName]] = [:]
    /// How many accounts this deployment made for each other directory.
    var accountsOfOtherDirectories: [DirectoryId: Int] = [:]
    /// What is to be done about people who are not, or not so much, entitled any more.
    var leavers: [Leaver] = []
    /// What is to be done about people who are entitled and have an account.
    var stayers: [Stayer] = []
    /// People who are entitled and have no account.
    var joiners: [Joiner] = []
    var entitledCount = 0

    init(
        directory: Directory,
        accounts: Accounts,
        policy: Policy,
        dialect: Dialect,
        now: Timestamp,
        releasedRemovals: Set<String>
    ) {
        self.directory = directory
        self.accounts = accounts
        self.policy = policy
        self.dialect = dialect
        self.now = now
        self.releasedRemovals = releasedRemovals
        scope = directory.scope.intersection(accounts.scope)
        people = PeopleIndex(directory: directory, policy: policy, accountCount: accounts.accounts.count)
        roleUse = RoleUse(policy: policy, directory: directory, roles: accounts.roles, dialect: dialect)
        mappedRoles = policy.roles
    }

    mutating func build() -> Plan {
        let groupConflicts = missingGroups()
        guard groupConflicts.isEmpty else {
            conflicts = groupConflicts
            return plan(brake: .nothing(counts: accounts.counts))
        }
        conflicts = roleUse.conflicts
        reportTarget()
        classifyAccounts()
        judgePeople()
        let brake = applyBrakeAndNames()
        return plan(brake: brake)
    }

    /// A group that is missing, or that is another one of the same name, is a troubled source: it removes nobody.
    func missingGroups() -> [Conflict] {
        policy.groups.compactMap { rule in
            guard let group = directory.groups[rule.group] else {
                return Conflict(
                    .groupMissing,
                    message: "group \(rule.group) is not in the reading of the directory, so nothing is planned"
                )
            }
            guard let pinned = rule.pinnedId, pinned != group.id else { return nil }
            return Conflict(
                .groupMissing,
                message: "group \(rule.group) has id \(group.id) and the configuration pins \(pinned): the group was "
                    + "created anew, so nothing is planned"
            )
        }
    }

    private mutating func reportTarget() {
        findings += policy.unpinnedGroups(in: directory)
        findings += accounts.notices.map { Finding(.notice, message: $0) }
        reportUnmarked()
    }

    func plan(brake: BrakeVerdict) -> Plan {
        let managed = people.accounts.count
        let content = Plan.Content(
            target: policy.target,
            mode: policy.mode,
            hold: hold,
            engine: dialect.engine,
            inputs: Plan.Inputs(
                configuration: Fingerprint.of(CanonicalJSON.bytes(policy)),
                directory: directory.fingerprint,
                state: accounts.fingerprint
            ),
            steps: Self.ordered(steps) { $0 },
            withheld: Self.ordered(withheld, by: \.step),
            conflicts: conflicts,
            findings: findings,
            brake: brake,
            counts: Plan.Counts(
                entitled: entitledCount,
                managed: managed,
                unchanged: max(0, managed - touchedAccounts.count)
            )
        )
        return Plan(
            content: content,
            createdAt: now,
            directoryAsOf: directory.asOf,
            overdue: overdue,
            namesakes: namesakes
        )
    }

    /// By phase, then by name.
    ///
    /// Numbers are moved about, not steps, which are large.
    private static func ordered<Element>(_ elements: [Element], by step: (Element) -> Plan.Step) -> [Element] {
        let keys = elements.map { element in
            let operation = step(element).operation
            return (phase: operation.phase, account: operation.account, label: operation.label)
        }
        let order = keys.indices.sorted { left, right in
            let (left, right) = (keys[left], keys[right])
            guard left.phase == right.phase else { return left.phase < right.phase }
            guard left.account == right.account else { return left.account < right.account }
            return left.label < right.label
        }
        return order.map { elements[$0] }
    }
}

extension PlanBuilder {
    /// What is known about whether this reading of the directory may decide about an account.
    enum Authority {
        /// It is the latest that has looked at the account.
        case full
        /// A later reading has decided already.
        case none
        /// The marker claims a reading of the future: a clock is wrong, or somebody wrote it. Access may still be taken.
        case onlyToRemove
    }

    func authority(over marker: Marker) -> Authority {
        guard marker.asOf > directory.asOf else { return .full }
        return marker.asOf > now.advanced(bySeconds: Self.clockTolerance) ? .onlyToRemove : .none
    }

    /// By how much clocks may differ, in seconds.
    static let clockTolerance: Int64 = 300

    /// What keeps the run from what it would do, the strictest first.
    var hold: Policy.Hold? {
        if let hold = policy.hold { return hold }
        return directory.admitsNobody ? .joinsFrozen : nil
    }

    /// Whether nobody is let in and nothing is granted, whoever has said so.
    var freezesJoins: Bool { policy.hold == .joinsFrozen || directory.admitsNobody }

    func isProtected(_ name: String) -> Bool {
        dialect.isReserved(name) || policy.protectedNames.contains { $0.matches(name) }
    }

    func groupNames(_ entitlement: PeopleIndex.Entitlement) -> [GroupName] {
        entitlement.groups.map { policy.groups[$0].group }
    }

    /// The groups of a person that map to one of the roles.
    func groupNames(_ entitlement: PeopleIndex.Entitlement, givingOneOf roles: [RoleName]) -> [GroupName] {
        entitlement.groups.map { policy.groups[$0] }.filter { !Set($0.roles).isDisjoint(with: roles) }.map(\.group)
    }

    /// The index of the account of that name.
    func indexOfAccount(named name: AccountName) -> Int? { accounts.accounts.index(of: name, by: \.name) }
}
