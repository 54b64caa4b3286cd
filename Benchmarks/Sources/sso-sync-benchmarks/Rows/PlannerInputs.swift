// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore

/// People in 50 groups, each in two of them, with accounts that are as they are to be.
struct PlannerInputs {
    private static let groupCount = 50
    private static let time = Timestamp(secondsSince1970: 1_700_000_000)

    private let directory: Directory
    private let accounts: Accounts
    private let policy: Policy

    init(accounts count: Int) {
        let groups = (0..<Self.groupCount).map { "group-\($0)" }
        var members = Array(repeating: [UserId](), count: Self.groupCount)
        var people: [Person] = []
        var found: [Account] = []
        for number in 0..<count {
            let user = UserId("90676c0a1b-\(number)-4c2b-9d5e-2f6a7b8c9d0e")
            let own = [number % Self.groupCount, (number / Self.groupCount + number + 1) % Self.groupCount]
            for group in Set(own) { members[group].append(user) }
            let name = AccountName("person\(number)@example.com")
            people.append(Person(id: user, accountName: name, isEnabled: true))
            found.append(Self.account(name, user, roles: Set(own).map { RoleName("role-\($0)") }))
        }
        directory = Directory(
            id: "d-1234567890",
            asOf: Self.time,
            scope: .everyone,
            people: people,
            groups: groups.indices.map {
                DirectoryGroup(id: GroupId("id-\($0)"), name: GroupName(groups[$0]), members: members[$0])
            }
        )
        policy = Policy(
            target: "orders",
            owner: "prod",
            groups: groups.indices.map {
                Policy.GroupRule(group: GroupName(groups[$0]), roles: [RoleName("role-\($0)")])
            }
        )
        accounts = Accounts(
            scope: .everyone,
            accounts: found,
            roles: Dictionary(uniqueKeysWithValues: policy.roles.map { ($0, RoleFacts()) }),
            counts: TargetCounts(managedActive: count)
        )
    }

    private static func account(_ name: AccountName, _ user: UserId, roles: [RoleName]) -> Account {
        let marker = Marker(owner: "prod", directory: "d-1234567890", user: user, name: name, asOf: time)
        let memberships = roles.map {
            Membership(role: $0, grantor: "sso_sync_owner_prod_01", isUsable: true, isOurs: true, isRevocable: true)
        }
        return Account(name: name, marker: .marker(marker), memberships: memberships)
    }

    func plan() -> Plan {
        let dialect = Dialect(
            engine: "PostgreSQL",
            nameLimit: .bytes(63),
            reservedNames: [Glob("rds_*"), Glob("pg_*")]
        )
        return Planner().plan(
            directory: directory,
            accounts: accounts,
            policy: policy,
            dialect: dialect,
            now: Self.time.advanced(bySeconds: 60)
        )
    }
}
