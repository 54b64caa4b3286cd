// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

/// Facts that hold in every world; worlds are random, and the same in every run.
@Suite("The planner, whatever the world")
struct PlannerPropertyTests {
    @Test func `every operation of a plan can be carried out in the order of the phases`() async {
        await World.each(2_500) { world, _ in
            var world = world
            let plan = world.plan()
            let phases = plan.operations.map(\.phase)
            try require(phases == phases.sorted(), "phases are in order")
            try world.apply(plan)
        }
    }

    @Test func `operations of one phase can be carried out in any order`() async {
        await World.each(2_000) { world, random in
            let plan = world.plan()
            var other = world
            for phase in Operation.Phase.allCases {
                for operation in plan.operations.filter({ $0.phase == phase }).shuffled(using: &random) {
                    try other.server.apply(operation)
                }
            }
            var world = world
            try world.apply(plan)
            try require(other.server == world.server, "the order within a phase does not matter")
        }
    }

    /// Two things are owed to the first run and not repeated by the second.
    ///
    /// An account from which the first run took something is dropped by the second one, once it is seen to be out. And
    /// the brake is judged anew: by more accounts in use if there were joins, without joins whose accounts were dropped.
    @Test func `a second run has nothing to do`() async {
        await World.each(2_500) { world, _ in
            var world = world
            guard !world.hasDuplicateMarkers else { return }
            let first = world.plan()
            guard !Self.forgetsJoins(first, world) else { return }
            try world.apply(first)
            let second = world.plan()
            guard !Self.forgetsJoins(second, world) else { return }
            if first.brake.stopsRemovals, second.brake.accountsInUse > first.brake.accountsInUse { return }
            let touched = Set(first.operations.map(\.user))
            let late = second.operations.filter { $0.label != "drop" || !touched.contains($0.user) }
            try require(late.isEmpty, "\(second.labels) after \(first.labels)")
            try world.apply(second)
            let third = world.plan()
            try require(third.steps.isEmpty, "\(third.labels) after \(second.labels) after \(first.labels)")
        }
    }

    private static func forgetsJoins(_ plan: Plan, _ world: World) -> Bool {
        plan.operations("drop").contains { operation in
            guard let joined = world.login(operation.account)?.markerValue?.joined else { return false }
            return joined > world.now.advanced(bySeconds: -Policy.Brake.window)
        }
    }

    @Test func `the order in which things are found does not show in the plan`() async {
        await World.each(1_000) { world, random in
            let accounts = world.accounts
            var shuffled = world
            shuffled.editDirectory(
                people: world.directory.people.shuffled(using: &random),
                groups: world.directory.groups.values.map { group in
                    DirectoryGroup(id: group.id, name: group.name, members: group.members.shuffled(using: &random))
                }.shuffled(using: &random)
            )
            shuffled.editPolicy(
                groups: world.policy.groups.map { rule in
                    Policy.GroupRule(
                        group: rule.group,
                        pinnedId: rule.pinnedId,
                        roles: rule.roles.shuffled(using: &random)
                    )
                }.shuffled(using: &random)
            )
            let plan = Planner().plan(
                directory: shuffled.directory,
                accounts: Self.shuffle(accounts, &random),
                policy: shuffled.policy,
                dialect: world.server.dialect,
                now: world.now
            )
            let other = world.plan()
            try require(CanonicalJSON.bytes(plan) == CanonicalJSON.bytes(other), "the plans differ")
            try require(plan.operations.map(\.marker) == other.operations.map(\.marker), "the markers differ")
            try require(plan.contentHash == other.contentHash, "the hashes differ")
        }
    }

    private static func shuffle(_ accounts: Accounts, _ random: inout SplitMix64) -> Accounts {
        let shuffled = accounts.accounts.map { account in
            Account(
                name: account.name,
                marker: account.marker,
                canLogIn: account.canLogIn,
                usesIAM: account.usesIAM,
                foreignAttributes: account.foreignAttributes.shuffled(using: &random),
                unmanageableBecause: account.unmanageableBecause,
                memberships: account.memberships.shuffled(using: &random),
                sessions: account.sessions,
                blockers: account.blockers.shuffled(using: &random)
            )
        }
        var roles: [RoleName: RoleFacts] = [:]
        roles.reserveCapacity(Int.random(in: 1...1_000, using: &random))
        for (name, facts) in accounts.roles.shuffled(using: &random) { roles[name] = facts }
        return Accounts(
            scope: accounts.scope,
            accounts: shuffled.shuffled(using: &random),
            unmarkedIAMLogins: accounts.unmarkedIAMLogins.shuffled(using: &random),
            roles: roles,
            counts: accounts.counts
        )
    }

    // MARK: Ours only

    @Test func `what is not ours is neither named by an operation nor changed`() async {
        await World.each(2_500) { world, _ in
            let ours = world.ours
            let others = world.server.logins.filter { ours[$0.key] == nil }
            let plan = world.plan()
            for operation in plan.operations {
                try require(others[operation.account] == nil, "\(operation.label) \(operation.account)")
                try require(!world.isReserved(operation.account), "\(operation.account) is reserved")
                try require(!world.isReserved(operation.resultingAccount), "\(operation.resultingAccount) is reserved")
            }
            var after = world
            try after.apply(plan)
            for (name, login) in others { try require(after.login(name) == login, "\(name) is as it was") }
        }
    }

    @Test func `an operation names the person whose account it changes`() async {
        await World.each(2_000) { world, _ in
            var server = world.server
            for operation in world.plan().operations {
                if operation.label != "create" {
                    let user = server.logins[operation.account]?.user
                    try require(user == operation.user, "\(operation.label) \(operation.account)")
                }
                try server.apply(operation)
                guard let login = server.logins[operation.resultingAccount] else { continue }
                let marker = try #require(login.markerValue)
                try require(marker.user == operation.user, "the marker of \(operation.resultingAccount)")
                try require(marker.records(operation.resultingAccount), "\(operation.resultingAccount) is recorded")
            }
        }
    }

    // MARK: Nobody gets what is not theirs

    @Test func `nobody is granted a role that no group of theirs gives or that may not be granted`() async {
        await World.each(2_500) { world, _ in
            for operation in world.plan().operations {
                for role in operation.grantedRoles {
                    let rules = world.groups(of: operation.user).filter { $0.roles.contains(role) }
                    try require(!rules.isEmpty, "\(operation.account) is not entitled to \(role)")
                    let facts = try #require(World.roles[role])
                    try require(facts.ungrantableBecause == nil, "\(role) cannot be granted")
                    guard facts.privilegedBecause != nil || role == "rds_password" else { continue }
                    try require(
                        rules.contains { Self.isExcepted(role, $0, world) },
                        "\(role) is privileged: \(operation)"
                    )
                }
            }
        }
    }

    private static func isExcepted(_ role: RoleName, _ rule: Policy.GroupRule, _ world: World) -> Bool {
        let members = world.directory.groups[rule.group]?.members.count ?? .max
        return rule.pinnedId != nil
            && world.policy.allowPrivileged.contains {
                $0.role == role && $0.group == rule.group && members <= $0.maximumMembers
            }
    }

    @Test func `who stays loses no role that a group still gives`() async {
        await World.each(2_000) { world, _ in
            for operation in world.plan().operations {
                guard case .revoke(let memberships) = operation.action else { continue }
                let roles = world.entitledRoles(of: operation.user)
                try require(roles.isDisjoint(with: memberships.map(\.role)), "\(operation)")
                try require(memberships.allSatisfy(\.isRevocable), "only what we can revoke: \(operation)")
            }
        }
    }

    @Test func `an older reading gives nothing to whom a later one decided about`() async {
        await World.each(2_500) { world, _ in
            guard !world.hasDuplicateMarkers else { return }
            let plan = world.plan()
            for marker in world.ours.values.compactMap(\.markerValue) where marker.asOf > world.directory.asOf {
                let labels = plan.operations.filter { $0.user == marker.user }.map(\.label)
                try require(Set(labels).isDisjoint(with: ["create", "restore", "grant", "rename"]), "\(labels)")
                if marker.asOf <= world.now, marker.state == .active { try require(labels.isEmpty, "\(labels)") }
            }
        }
    }

    // MARK: Nobody is forgotten

    /// Rule 5, where nothing waits: whoever is not entitled is out.
    @Test func `who is not entitled is locked, holds no revocable role and has no session`() async {
        await World.each(2_500) { world, _ in
            guard world.policy.mode == .enforce, !world.hasDuplicateMarkers else { return }
            var after = world
            let plan = try after.run()
            let waiting = Set(plan.withheld.map(\.step.operation.user))
            for login in after.ours.values {
                guard let marker = login.markerValue, world.groups(of: marker.user).isEmpty else { continue }
                guard !waiting.contains(marker.user) else { continue }
                try require(!login.canLogIn && marker.state == .locked, "\(marker.user) is locked")
                try require(!login.memberships.contains(where: \.isRevocable), "\(marker.user) holds no role")
                try require(login.sessions == 0, "\(marker.user) has no session")
            }
        }
    }

    @Test func `who is entitled has an account with all roles, or the plan says why not`() async {
        await World.each(2_500) { world, _ in
            guard world.policy.mode == .enforce, !world.hasDuplicateMarkers else { return }
            var after = world
            let plan = try after.run()
            // Names do not follow a reading that is older than the marker, either.
            let newer = world.ours.values.compactMap(\.markerValue).filter { $0.asOf > world.directory.asOf }
            let excused = Set(
                plan.content.conflicts.compactMap(\.user) + plan.withheld.map(\.step.operation.user) + newer.map(\.user)
            )
            let refused = Set(plan.content.conflicts.compactMap(\.role))
            for person in world.directory.people where !excused.contains(person.id) {
                let groups = world.groups(of: person.id)
                guard !groups.isEmpty else { continue }
                let name = try #require(person.accountName)
                let login = try #require(after.login(name), "\(person.id) has an account")
                try require(login.user == person.id && login.canLogIn, "\(name) can log in")
                try require(login.markerValue?.state == .active, "\(name) is marked as in use")
                let held = Set(login.memberships.filter(\.isUsable).map(\.role))
                let missing = Set(groups.flatMap(\.roles)).subtracting(held).subtracting(refused)
                try require(missing.isEmpty, "\(name) lacks \(missing)")
            }
        }
    }

    @Test func `being disabled is the same as being gone`() async {
        await World.each(2_000) { world, random in
            guard let person = world.directory.people.randomElement(using: &random) else { return }
            var disabled = world
            disabled.set(Person(id: person.id, accountName: person.accountName, isEnabled: false))
            var gone = world
            gone.editDirectory(people: world.directory.people.filter { $0.id != person.id })
            try require(disabled.plan().operations == gone.plan().operations, "\(person.id) disabled, or not there")
            guard !world.policy.allowPrivileged.isEmpty else {
                gone.delete(person.id)
                try require(disabled.plan().operations == gone.plan().operations, "\(person.id) disabled, or deleted")
                return
            }
        }
    }

    // MARK: Drops and modes

    @Test func `an account is dropped only after its quarantine, with no blocker and no session`() async {
        var drops = 0
        await World.each(2_500) { world, _ in
            for operation in world.plan().operations("drop") {
                // The account may have been moved aside before.
                let accounts = world.ours.values.filter { $0.user == operation.user }
                guard accounts.count == 1, let login = accounts.first, let marker = login.markerValue else { continue }
                try require(world.policy.leavers.then == .drop && world.policy.mode != .joins, "drops are wanted")
                try require(marker.state == .locked && !login.canLogIn, "it is locked")
                try require(login.sessions == 0 && login.blockers.isEmpty, "nothing depends on it")
                try require(login.foreignAttributes.isEmpty, "it is as we make accounts")
                let lockedAt = max(marker.reduced ?? marker.asOf, marker.asOf)
                let days = world.now.secondsSince1970 - lockedAt.secondsSince1970
                try require(days >= world.policy.leavers.quarantine, "the quarantine is over")
                try require(world.groups(of: operation.user).isEmpty, "nobody is entitled to it")
                drops += 1
            }
        }
        #expect(drops > 50)
    }

    @Test func `the mode joins locks nobody, drops nothing and takes no role from an account in use`() async {
        await World.each(2_000) { world, _ in
            var world = world
            world.editPolicy(mode: .joins)
            for operation in world.plan().operations {
                try require(operation.label != "lock" && operation.label != "drop", "\(operation)")
                guard operation.phase == .withdraw else { continue }
                let login = try #require(world.login(operation.account))
                try require(login.markerValue?.state == .locked, "\(operation) on an account in use")
            }
        }
    }

    @Test func `the mode plan says what the mode enforce would do`() async {
        await World.each(500) { world, _ in
            var (planning, enforcing) = (world, world)
            planning.editPolicy(mode: .plan)
            enforcing.editPolicy(mode: .enforce)
            try require(planning.plan().steps == enforcing.plan().steps, "the steps are the same")
        }
    }

    // MARK: A troubled source

    @Test func `a group that is missing or was created anew yields no operation`() async {
        await World.each(1_500) { world, random in
            let rule = random.pick(world.policy.groups)
            var missing = world
            missing.removeGroup(rule.group)
            var anew = world
            anew.recreateGroup(rule.group)
            for plan in [missing.plan(), rule.pinnedId == nil ? missing.plan() : anew.plan()] {
                try require(plan.steps.isEmpty && plan.withheld.isEmpty, "\(plan.labels)")
                try require(plan.conflictKinds == [.groupMissing], "the group is reported")
            }
        }
    }

    // MARK: Scopes

    /// What a scope makes of people is what the full run makes of them, but for what depends on others.
    ///
    /// Where the brake cannot trip, nobody's names collide and no privileged role is excepted (a run
    /// of people does not know how many members a group has), every step of a scoped plan is in the full plan: it may start from an interim name
    /// there, and instead of a drop the account may be moved aside for somebody outside the scope. Of others no more is
    /// changed than that one who is out gives a name free that somebody of the scope gets: also one who is to come back, by
    /// another name that they cannot have, which the full run knows, and waits for. The other way round, nothing is missing
    /// for people of the scope, unless somebody outside it has the name that they are to have, at least but for case.
    @Test func `a scoped plan says of its people what the full plan says`() async {
        await World.each(2_500) { world, random in
            guard world.policy.allowPrivileged.isEmpty, !world.hasDuplicateMarkers else { return }
            var world = world
            world.editPolicy(brake: Policy.Brake(removals: 1_000, percent: 100, joins: 1_000))
            let full = world.plan()
            // A group that is empty is seen by a full run only, so is somebody of a colliding name.
            guard !full.brake.stopsRemovals, !full.conflictKinds.contains(.nameCollision) else { return }
            let people = Set(random.some(world.everybody))
            let scoped = world.plan(.people(people))
            let freed = Set(scoped.operations.filter { !people.contains($0.user) }.map(\.account))
            let waiting = Set(full.content.conflicts.filter { $0.kind == .nameTaken }.compactMap(\.user))
            for operation in scoped.operations {
                if freed.contains(operation.resultingAccount), waiting.contains(operation.user) { continue }
                guard people.contains(operation.user) else {
                    try require(Self.givesNameFree(operation, scoped, world), "\(operation) of nobody in the scope")
                    continue
                }
                try require(full.operations.contains { Self.agrees(operation, $0) }, "\(operation) in \(full.labels)")
            }
            let isAboutNames = { (kind: Conflict.Kind) in kind == .nameTaken || kind == .nameCollision }
            let blocked = Set(scoped.content.conflicts.filter { isAboutNames($0.kind) }.compactMap(\.user))
            for operation in full.operations where people.contains(operation.user) && operation.phase != .moveAside {
                guard !blocked.contains(operation.user) || operation.phase < .moveAside else { continue }
                try require(
                    scoped.operations.contains { Self.agrees($0, operation) },
                    "\(operation) not in \(scoped.labels)"
                )
            }
        }
    }

    /// Whether somebody who is out gives a name free that the plan gives to somebody else.
    private static func givesNameFree(_ operation: Operation, _ plan: Plan, _ world: World) -> Bool {
        guard operation.phase == .moveAside, let login = world.login(operation.account) else { return false }
        let isTaken = plan.operations.contains {
            $0.user != operation.user && $0.phase > .moveAside && $0.resultingAccount == operation.account
        }
        return isTaken && login.markerValue?.state == .locked && !login.canLogIn && login.sessions == 0
    }

    private static func agrees(_ scoped: Operation, _ full: Operation) -> Bool {
        guard scoped.user == full.user else { return false }
        switch (scoped.action, full.action) {
        case (.drop, .moveAside): return true
        case (.moveAside, .moveAside): return true
        case (.rename(let left), .rename(let right)): return left == right
        default: return scoped.action == full.action
        }
    }

    @Test func `a scope of everybody is planned like a full run`() async {
        await World.each(1_000) { world, _ in
            guard world.policy.allowPrivileged.isEmpty else { return }
            let full = world.plan()
            guard !full.brake.removalsStoppedBecause.contains(where: { $0.hasPrefix("group ") }) else { return }
            try require(world.plan(.people(Set(world.everybody))).steps == full.steps, "the steps are the same")
        }
    }

    // MARK: The worlds themselves

    @Test func `the random worlds reach every kind of operation, reason, conflict, finding and delay`() async {
        var seen: Set<String> = []
        await World.each(2_000) { world, _ in
            let plan = world.plan()
            seen.formUnion(plan.operations.map(\.label))
            seen.formUnion(plan.withheld.map(\.cause.rawValue))
            seen.formUnion(plan.conflictKinds.map(\.rawValue))
            seen.formUnion(plan.content.findings.map(\.kind.rawValue))
            seen.formUnion(plan.steps.map { "\($0.reason)".split(separator: " ").prefix(2).joined(separator: " ") })
        }
        let expected: Set<String> = [
            "lock", "revoke", "end-sessions", "disconnect", "move-aside", "rename", "create", "restore", "grant",
            "drop",
            "removalsBrake", "joinsBrake", "mode", "olderDirectory", "nameMissing", "nameInvalid", "nameReserved",
            "nameCollision", "nameTaken", "unexpectedShape", "duplicateMarker", "lockedByOthers", "roleMissing",
            "rolePrivileged", "roleUngrantable", "unmarkedIAMLogin", "unreadableMarker", "irrevocableMembership",
            "lostRoleKept", "foreignMembership",
            "keptForObjects", "markerFromFuture", "unpinnedGroup", "is disabled", "left, and", "locked since",
            "no group",
            "somebody else",
        ]
        #expect(expected.subtracting(seen).isEmpty)
    }
}
