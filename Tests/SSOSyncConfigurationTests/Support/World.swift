// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore

/// A directory and a target in which something of everything is to be done.
enum World {
    static let now = Timestamp(secondsSince1970: 1_795_348_800)
    static let dialect = Dialect(
        engine: "PostgreSQL",
        nameLimit: .bytes(63),
        reservedNames: [Glob("rds_*"), Glob("pg_*")]
    )

    /// Where other accounts can be in an account's shadow, and things go by a name.
    static let mysqlDialect = Dialect(
        engine: "MySQL",
        nameLimit: .characters(32),
        dependentsPreventRenames: true,
        reservedNames: [Glob("rds_*"), Glob("mysql.*")]
    )

    static func policy(
        mode: Policy.Mode = .enforce,
        hold: Policy.Hold? = nil,
        brake: Policy.Brake = Policy.Brake(removals: 100, percent: 100)
    ) -> Policy {
        Policy(
            target: "orders",
            owner: "prod",
            mode: mode,
            hold: hold,
            groups: [
                Policy.GroupRule(group: "Analysts", pinnedId: "g-1", roles: ["readonly", "reports"]),
                Policy.GroupRule(group: "DBA", pinnedId: "g-2", roles: ["dba"]),
            ],
            brake: brake
        )
    }

    static func directory(people: [Person], analysts: [UserId], administrators: [UserId]) -> Directory {
        Directory(
            id: "file",
            asOf: now,
            scope: .everyone,
            people: people,
            groups: [
                DirectoryGroup(id: "g-1", name: "Analysts", members: analysts),
                DirectoryGroup(id: "g-2", name: "DBA", members: administrators),
            ]
        )
    }

    /// Somebody joins, somebody is renamed, somebody leaves, somebody loses a role, and some are in the way.
    static let busyDirectory = directory(
        people: [
            Person(id: "u-ada", accountName: "ada.lovelace"), Person(id: "u-grace", accountName: "grace"),
            Person(id: "u-linus", accountName: "torvalds"), Person(id: "u-bad", accountName: "bad;name"),
            Person(id: "u-taken", accountName: "service"),
        ],
        analysts: ["u-ada", "u-grace", "u-bad", "u-taken"],
        administrators: ["u-linus", "u-ada"]
    )

    static let busyAccounts = accounts([
        account("grace", "u-grace", roles: ["dba", "readonly", "reports"]),
        account("linus", "u-linus", roles: ["dba"]),
        account("left.lane", "u-left", roles: ["readonly", "reports"], sessions: 2),
        account("old.timer", "u-old", lockedFor: 40),
        account(
            "owner",
            "u-owner",
            lockedFor: 50,
            blockers: [
                DropBlocker(database: "shop", kind: "table", count: 3, statement: "REASSIGN OWNED BY \"owner\" TO …")
            ]
        ),
        Account(name: "service", marker: .none),
    ])

    static func accounts(
        _ accounts: [Account],
        unmarked: [AccountName] = ["ci_bot"],
        shadows: [AccountName: [String]] = [:]
    ) -> Accounts {
        let active = accounts.filter {
            if case .marker(let marker) = $0.marker { marker.state == .active } else { false }
        }
        return Accounts(
            scope: .everyone,
            accounts: accounts,
            unmarkedIAMLogins: unmarked,
            roles: ["readonly": RoleFacts(), "reports": RoleFacts(), "dba": RoleFacts()],
            shadows: shadows,
            counts: TargetCounts(managedActive: active.count)
        )
    }

    static func account(
        _ name: AccountName,
        _ user: UserId,
        roles: [RoleName] = [],
        lockedFor days: Int64? = nil,
        sessions: Int = 0,
        blockers: [DropBlocker] = [],
        isBeingRenamed: Bool = false
    ) -> Account {
        let lockedAt = days.map { now.advanced(bySeconds: -86_400 * $0) }
        let marker = Marker(
            owner: "prod",
            directory: "file",
            user: user,
            name: name,
            state: days == nil ? .active : .locked,
            asOf: lockedAt ?? now.advanced(bySeconds: -864_000),
            reduced: lockedAt
        )
        let memberships = roles.map {
            Membership(role: $0, grantor: "owner_01", isUsable: true, isOurs: true, isRevocable: true)
        }
        return Account(
            name: name,
            marker: .marker(marker),
            canLogIn: days == nil && !isBeingRenamed,
            memberships: memberships,
            sessions: sessions,
            blockers: blockers,
            isBeingRenamed: isBeingRenamed
        )
    }

    static func plan(
        _ directory: Directory = busyDirectory,
        _ accounts: Accounts = busyAccounts,
        policy: Policy = policy(),
        dialect: Dialect = dialect,
        released: Set<String> = [],
        now: Timestamp = now
    ) -> Plan {
        Planner().plan(
            directory: directory,
            accounts: accounts,
            policy: policy,
            dialect: dialect,
            now: now,
            releasedRemovals: released
        )
    }

    static func report(
        _ kind: SyncReport.Kind = .plan,
        _ targets: [TargetReport],
        sourceFailure: SyncError? = nil
    ) -> SyncReport {
        SyncReport(
            runId: "0123456789abcdef",
            kind: kind,
            startedAt: now,
            finishedAt: now.advanced(bySeconds: 1),
            directoryAsOf: now,
            sourceFailure: sourceFailure,
            targets: targets
        )
    }
}
