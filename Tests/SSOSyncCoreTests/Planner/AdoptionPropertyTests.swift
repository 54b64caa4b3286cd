// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

/// Facts that hold in every world, whatever somebody asks for.
@Suite("Adopting and letting go, whatever the world")
struct AdoptionPropertyTests {
    /// Claims for some of the people, some of them by a record, which may be wrong.
    private func request(_ world: World, _ random: inout SplitMix64) -> MarkingRequest {
        if random.chance(30) { return .release(Set(random.some(World.names, percent: 50))) }
        let claims = random.some(World.users, percent: 70).map { user in
            MarkingRequest.Claim(
                user: user,
                account: random.chance(40) ? random.pick(World.names) : nil,
                includesLeaver: random.chance(50)
            )
        }
        return .adopt(Set(claims))
    }

    /// Accounts that somebody made for people, so that there is something to adopt.
    private func addUnmarked(_ world: inout World, _ random: inout SplitMix64) {
        if random.chance(40), let rule = world.policy.groups.first {
            let mapped = Policy.GroupRule(group: rule.group, pinnedId: rule.pinnedId, roles: rule.roles + ["dba"])
            let limit = Int.random(in: 0...4, using: &random)
            world.editPolicy(
                groups: [mapped] + world.policy.groups.dropFirst(),
                allowPrivileged: [Policy.PrivilegedGrant(role: "dba", group: rule.group, maximumMembers: limit)]
            )
        }
        for person in world.directory.people where random.chance(80) {
            guard let name = person.accountName, !name.rawValue.isEmpty, world.login(name) == nil else { continue }
            var others = random.chance(25) ? random.some(World.roles.keys.sorted() + ["gone"], percent: 20) : []
            if random.chance(40) { others += world.policy.allowPrivileged.map(\.role) }
            world.server.logins[name] = InMemoryLogin(
                memberships: Set(["r1"] + others).map { Membership(role: $0, grantor: "dba", isOurs: false) }
            )
        }
    }

    /// Whether a person may have a role, by a definition of its own.
    private func mayHave(_ role: RoleName, _ user: UserId, _ world: World) -> Bool {
        guard let facts = world.server.roles[role] else { return false }
        guard facts.privilegedBecause != nil || world.isReserved(AccountName(role.rawValue)) else { return true }
        return world.policy.allowPrivileged.contains { exception in
            exception.role == role
                && world.groups(of: user).contains { rule in
                    rule.group == exception.group && rule.roles.contains(role) && rule.pinnedId != nil
                        && (world.directory.groups[rule.group]?.members.count ?? 0) <= exception.maximumMembers
                }
        }
    }

    @Test func `nothing but markers changes, and only those of accounts that were nobody's, or ours`() async {
        var (adopted, privileged) = (0, 0)
        await World.each(2_000) { world, random in
            var world = world
            addUnmarked(&world, &random)
            let request = request(world, &random)
            let before = world
            let plan = world.plan(request)
            try world.apply(plan)
            for operation in plan.operations {
                var login = try #require(before.login(operation.account))
                let after = try #require(world.login(operation.account))
                try require(!before.isReserved(operation.account), "\(operation.account) is reserved")
                if operation.label == "adopt" {
                    adopted += 1
                    try require(
                        login.marker == .none && login.usesIAM && login.canLogIn,
                        "\(operation.account) is a stranger's"
                    )
                    try require(login.foreignAttributes.isEmpty, "\(operation.account) has \(login.foreignAttributes)")
                    try require(after.markerValue?.records(operation.account) == true, "the marker is for another name")
                    try require(after.user == operation.user, "the marker is for another person")
                    let roles = login.memberships.map(\.role)
                    try require(roles.allSatisfy { mayHave($0, operation.user, before) }, "\(operation) has \(roles)")
                    if roles.contains("dba") { privileged += 1 }
                } else {
                    try require(login.markerValue?.owner == before.policy.owner, "\(operation.account) is not ours")
                    try require(after.marker == .none, "\(operation.account) is marked still")
                }
                login.marker = after.marker
                try require(login == after, "more than the marker of \(operation.account) changed")
            }
            let touched = Set(plan.operations.map(\.account))
            for (name, login) in before.server.logins where !touched.contains(name) {
                try require(world.login(name) == login, "\(name) was not to be touched")
            }
        }
        // Or the rest would say nothing.
        #expect(adopted > 100 && privileged > 0, "\(adopted), \(privileged)")
    }

    @Test func `nobody gets a second account, and no account a second person`() async {
        await World.each(2_000) { world, random in
            var world = world
            addUnmarked(&world, &random)
            guard !world.hasDuplicateMarkers else { return }
            guard case .adopt(let claims) = request(world, &random) else { return }
            // Somebody may be named by hand as well, and records may contradict each other.
            let more = claims.filter { _ in random.chance(30) }.map { claim in
                MarkingRequest.Claim(
                    user: claim.user,
                    account: random.chance(50) ? random.pick(World.names) : nil,
                    includesLeaver: random.chance(50)
                )
            }
            let plan = world.plan(.adopt(claims.union(more)))
            try require(Set(plan.operations.map(\.account)).count == plan.operations.count, "\(plan.labels)")
            try require(Set(plan.operations.map(\.user)).isSubset(of: claims.map(\.user)), "only whom somebody names")
            try world.apply(plan)
            try require(!world.hasDuplicateMarkers, "\(plan.labels)")
        }
    }

    @Test func `whoever is adopted and entitled is neither locked nor made anew by the next run`() async {
        await World.each(2_000) { world, random in
            var world = world
            addUnmarked(&world, &random)
            guard case .adopt(let claims) = request(world, &random), !world.hasDuplicateMarkers else { return }
            let plan = world.plan(.adopt(claims))
            try world.apply(plan)
            let entitled = plan.operations.filter { !world.groups(of: $0.user).isEmpty }
            let next = world.plan()
            for operation in entitled {
                let steps = next.operations.filter { $0.user == operation.user }.map(\.label)
                try require(
                    Set(steps).isSubset(of: ["grant", "revoke", "disconnect"]),
                    "\(operation.account): \(steps)"
                )
            }
        }
    }

    @Test func `the same request makes the same plan, and once it is done none`() async {
        await World.each(2_000) { world, random in
            var world = world
            addUnmarked(&world, &random)
            let request = request(world, &random)
            let plan = world.plan(request)
            try require(plan.contentHash == world.plan(request).contentHash, "the plan is another one")
            try world.apply(plan)
            try require(world.plan(request).steps.isEmpty, "\(world.plan(request).labels) after \(plan.labels)")
        }
    }
}
