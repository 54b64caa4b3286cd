// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

extension World {
    /// 2026-11-22T07:23:00Z.
    static let start = Timestamp(secondsSince1970: 1_795_332_180)
    static let hour: Int64 = 3_600
    static let day: Int64 = 86_400

    /// Ids that differ in bytes alone are in.
    static let users: [UserId] = ["u1", "u2", "u3", "u4", "u5", "u6", "u-\u{e9}", "u-e\u{301}"]
    static let names: [AccountName] = [
        "alice", "Alice", "bob", "carol", "dave", "b\u{f3}b", "bo\u{301}b", "o'brien", "a\"b", "semi;colon--",
        "ok@x.org",
        "emoji😀", "rtl\u{200F}x", "two words", "rdsadmin", "rds_iam", "pg_monitor", "sso_provisioner", "protected_1",
        "",
        AccountName(String(repeating: "x", count: 63)), AccountName(String(repeating: "x", count: 64)),
        AccountName(String(repeating: "ü", count: 31)), AccountName(String(repeating: "ü", count: 32)), "MÜLLER",
        "müller",
    ]
    private static let roleFacts: KeyValuePairs<RoleName, RoleFacts> = [
        "r1": RoleFacts(), "r2": RoleFacts(), "r3": RoleFacts(), "r\u{e9}": RoleFacts(), "re\u{301}": RoleFacts(),
        "dba": RoleFacts(privilegedBecause: "inherits rds_superuser"),
        "stuck": RoleFacts(ungrantableBecause: "lacks ADMIN"), "rds_password": RoleFacts(),
    ]
    static let roles = Dictionary(roleFacts.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
    static let mappableRoles: [RoleName] = [
        "r1", "r1", "r2", "r2", "r3", "r\u{e9}", "re\u{301}", "dba", "stuck", "rds_password", "gone",
    ]

    /// The world of that number, always the same.
    init(seed: UInt64) {
        var generator = WorldGenerator(seed: seed)
        self = generator.world()
    }

    /// Checks a fact about many random worlds, and stops at the first in which it does not hold.
    static func each(
        _ count: Int,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ check: (World, inout SplitMix64) throws -> Void
    ) async {
        for seed in 0..<UInt64(count) {
            // Many such tests would have all threads between them, and those in which time passes none.
            await Task.yield()
            var random = SplitMix64(seed: ~seed)
            do {
                try check(World(seed: seed), &random)
            } catch {
                Issue.record("World(seed: \(seed)): \(error)", sourceLocation: sourceLocation)
                return
            }
        }
    }
}

/// Makes worlds that are as bad as worlds get.
private struct WorldGenerator {
    var random: SplitMix64
    var logins: [AccountName: InMemoryLogin] = [:]
    var asOf = World.start

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func world() -> World {
        asOf = World.start.advanced(bySeconds: -random.pick([20, 20, 20, 2 * World.hour]))
        let users = random.some(World.users, percent: 75)
        let people = random.some(users, percent: 85).map { person($0) }
        let rules = rules()
        let groups = rules.map { rule in
            DirectoryGroup(
                id: GroupId("id-\(rule.group)"),
                name: rule.group,
                members: random.some(users, percent: 45)
            )
        }
        makeLogins(users, people)
        return World(
            directory: Directory(
                id: World.directoryId,
                asOf: asOf,
                scope: .everyone,
                people: people,
                groups: groups
            ),
            server: InMemoryServer(roles: World.roles, logins: logins),
            policy: policy(rules),
            now: World.start
        )
    }

    private mutating func person(_ user: UserId) -> Person {
        let name = random.chance(5) ? nil : random.pick(World.names)
        return Person(id: user, accountName: name, isEnabled: !random.chance(12))
    }

    // MARK: Policy

    private mutating func rules() -> [Policy.GroupRule] {
        let groups: [GroupName] = ["g1", "g2", "g\u{e9}", "ge\u{301}"]
        return groups.prefix(Int.random(in: 1...4, using: &random)).map { group in
            let roles = (0..<Int.random(in: 1...3, using: &random)).map { _ in random.pick(World.mappableRoles) }
            return Policy.GroupRule(
                group: group,
                pinnedId: random.chance(30) ? GroupId("id-\(group)") : nil,
                roles: roles
            )
        }
    }

    private mutating func policy(_ rules: [Policy.GroupRule]) -> Policy {
        let brakes = [
            Policy.Brake(removals: 1_000, percent: 100, joins: 1_000),
            Policy.Brake(removals: 1_000, percent: 100, joins: 1_000),
            Policy.Brake(removals: 2, percent: 100, joins: 2), Policy.Brake(removals: 0, percent: 0, joins: 0),
            Policy.Brake(),
        ]
        return Policy(
            target: "orders",
            owner: World.owner,
            mode: random.pick([.enforce, .enforce, .enforce, .joins, .plan]),
            groups: rules,
            leavers: Policy.Leavers(
                quarantine: random.pick([0, World.day, 30 * World.day]),
                then: random.pick([.drop, .drop, .keep])
            ),
            brake: random.pick(brakes),
            protectedNames: [Glob("protected_*")],
            ignoredNames: [Glob("ok@*")],
            allowPrivileged: random.chance(30)
                ? [
                    Policy.PrivilegedGrant(
                        role: "dba",
                        group: "g1",
                        maximumMembers: Int.random(in: 0...4, using: &random)
                    )
                ]
                : []
        )
    }

    // MARK: Accounts

    private mutating func makeLogins(_ users: [UserId], _ people: [Person]) {
        for user in users where random.chance(65) {
            let usual = people.first { $0.id == user }?.accountName
            let name = random.chance(70) ? usual ?? random.pick(World.names) : random.pick(World.names)
            guard !name.rawValue.isEmpty, logins[name] == nil else { continue }
            logins[name] = own(name, user)
        }
        for name in random.some(World.names, percent: 18) where logins[name] == nil && !name.rawValue.isEmpty {
            logins[name] = foreign(name)
        }
    }

    private mutating func moment() -> Timestamp {
        let days = [World.hour, World.hour, 23 * World.hour, 2 * World.day, 40 * World.day, 0, -60, -World.day]
        return asOf.advanced(bySeconds: -random.pick(days))
    }

    private mutating func own(_ name: AccountName, _ user: UserId) -> InMemoryLogin {
        let state: Marker.State = random.chance(60) ? .active : .locked
        var marker = Marker(
            owner: World.owner,
            directory: World.directoryId,
            user: user,
            name: name,
            state: state,
            asOf: moment(),
            joined: random.chance(50) ? moment() : nil,
            reduced: random.chance(state == .locked ? 90 : 30) ? moment() : nil,
            isReleased: random.chance(20)
        )
        marker.isToBeDisconnected = state == .active && random.chance(10)
        var login = InMemoryLogin(marker: .marker(marker), canLogIn: state == .active, memberships: memberships())
        if random.chance(10) { login.sessions = 2 }
        if random.chance(15) { login.blockers = [DropBlocker(database: "shop", kind: "table", count: 3)] }
        if random.chance(10) { login.canLogIn.toggle() }
        if random.chance(8) { login.foreignAttributes = ["CREATEROLE"] }
        return login
    }

    private mutating func memberships() -> [Membership] {
        random.some(World.roles.keys.sorted(), percent: random.pick([0, 15, 30])).flatMap { role -> [Membership] in
            var memberships = [Membership(role: role, grantor: "sso_provisioner")]
            guard random.chance(35) else { return memberships }
            let isRevocable = random.chance(40)
            memberships.append(
                Membership(
                    role: role,
                    grantor: "dba_joe",
                    isUsable: random.chance(70),
                    isOurs: false,
                    isRevocable: isRevocable,
                    statement: isRevocable ? nil : "REVOKE …"
                )
            )
            return random.chance(50) ? memberships : Array(memberships.suffix(1))
        }
    }

    /// An account that looks like ours and is not, in one way or another.
    private mutating func foreign(_ name: AccountName) -> InMemoryLogin {
        var login = own(name, random.pick(World.users))
        guard case .marker(var marker) = login.marker else { return login }
        switch Int.random(in: 0..<9, using: &random) {
        case 0: login.marker = .none
        case 1: login.marker = .damaged
        case 2: login.marker = .newer(version: 2)
        case 3: marker.owner = "staging"
        case 4: marker.owner = "Prod"
        case 5: marker.directory = "d-2"
        case 6: marker.nameHash = Marker.nameHash("root", user: marker.user)
        case 7: login.usesIAM = false
        default: break  // A second account of one person, which nothing but that gives away.
        }
        if login.markerValue != nil { login.marker = .marker(marker) }
        return login
    }
}
