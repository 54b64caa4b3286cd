// SPDX-License-Identifier: Apache-2.0

import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@testable import SSOSyncCore

@Suite("What removals rest on, whatever the world")
struct RemovalGroundsTests {
    /// What somebody loses by a plan: all roles that the account has, or some.
    private static func losses(_ plan: Plan, _ world: World) -> [UserId: Set<RoleName>] {
        let lockedBefore = plan.steps.filter { $0.reason == .unlockedByOthers || $0.reason == .rolesLeft }
            .map(\.operation.account)
        return plan.steps.reduce(into: [:]) { losses, step in
            guard !lockedBefore.contains(step.operation.account) else { return }
            switch step.operation.action {
            case .lock where isForLeaving(step):
                let held = world.server.logins[step.operation.account]?.memberships.map(\.role) ?? []
                losses[step.operation.user, default: []].formUnion(held)
            case .revoke(let memberships) where step.reason != .rolesLeft:
                losses[step.operation.user, default: []].formUnion(memberships.map(\.role))
            default: break
            }
        }
    }

    /// Whether somebody has left since; who was locked before has nothing more to lose, and is locked again at once.
    private static func isForLeaving(_ step: Plan.Step) -> Bool { step.reason == .left || step.reason == .disabled }

    private static func isLocked(_ user: UserId, by plan: Plan) -> Bool {
        plan.steps.contains { $0.operation.user == user && $0.operation.label == "lock" && isForLeaving($0) }
    }

    @Test func `they rest on all groups that would have given what is lost, and on no others`() async {
        var found = (lost: 0, without: 0, deleted: 0)
        await World.each(2_500) { world, _ in
            let plan = world.plan()
            let grounds = RemovalGrounds(of: plan, by: world.directory, world.policy).groups
            let losses = Self.losses(plan, world)
            try require(Set(grounds.keys).isSubset(of: losses.keys), "\(grounds) for \(plan.labels)")
            for (user, roles) in losses where world.person(user)?.isEnabled != false {
                let others = world.policy.groups.filter {
                    world.directory.groups[$0.group]?.members.contains(user) != true
                }
                let givers = others.filter { Self.isLocked(user, by: plan) || !roles.isDisjoint(with: $0.roles) }
                // A deleted person may be in groups still, and loses everything because of that alone.
                guard world.person(user) != nil || others.count == world.policy.groups.count else {
                    try require(grounds[user] == nil, "\(user) is deleted, and that is all: \(grounds)")
                    found.deleted += 1
                    continue
                }
                try require(grounds[user, default: []] == Set(givers.map(\.group)), "\(user): \(grounds)")
                found.lost += 1
            }
            for user in losses.keys where world.person(user)?.isEnabled == false {
                try require(grounds[user] == nil, "\(user) is disabled, and that is all")
                found.without += 1
            }
        }
        #expect(found.lost > 500 && found.without > 50 && found.deleted > 10)
    }

    @Test func `whoever was in one of them after all would not lose what it gives`() async {
        var count = 0
        await World.each(1_000) { world, random in
            let plan = world.plan()
            let grounds = RemovalGrounds(of: plan, by: world.directory, world.policy).groups
            guard let user = grounds.keys.sorted().randomElement(using: &random),
                let group = grounds[user]?.sorted().randomElement(using: &random),
                let rule = world.policy.groups.first(where: { $0.group == group })
            else { return }
            var other = world
            let account = plan.operations.first { $0.user == user }?.account
            if world.person(user) == nil { other.set(Person(id: user, accountName: account)) }
            other.set(members: (world.directory.groups[group]?.members ?? []) + [user], of: group)
            let after = other.plan()
            try require(!Self.isLocked(user, by: after), "\(user) is locked: \(after.labels)")
            let revoked = after.operations.filter { $0.user == user }.flatMap { operation -> [RoleName] in
                if case .revoke(let memberships) = operation.action { memberships.map(\.role) } else { [] }
            }
            let given = rule.roles.filter { world.server.roles[$0] == RoleFacts() }
            try require(Set(revoked).isDisjoint(with: given), "\(user) loses \(revoked)")
            count += 1
        }
        #expect(count > 200)
    }

    @Test func `those keep what they have whose groups are others by now, and only those`() async {
        var count = 0
        await World.each(1_500) { world, random in
            let grounds = RemovalGrounds(of: world.plan(), by: world.directory, world.policy)
            var ids = world.directory.groups.mapValues(\.id)
            try require(grounds.obstacles(world.directory, ids).isEmpty, "all are there")
            let gone = Set(random.some(ids.keys.sorted(), percent: 40))
            for name in gone { ids[name] = random.chance(50) ? nil : "anew" }
            let obstacles = grounds.obstacles(world.directory, ids)
            for (user, groups) in grounds.groups {
                let missing = obstacles[user]?.missingGroups.keys.map(\.name) ?? []
                try require(Set(missing) == groups.intersection(gone), "\(user): \(missing)")
                count += missing.isEmpty ? 0 : 1
            }
            try require(obstacles.count <= grounds.groups.count, "\(obstacles)")
        }
        #expect(count > 200)
    }
}
