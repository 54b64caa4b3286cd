// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTesting

/// Small worlds that are made by hand, and what happens in them.
extension World {
    /// A world in which people are named as their ids are, unless they are given.
    init(
        rules: [GroupName: [RoleName]] = ["g1": ["r1"]],
        members: [GroupName: [UserId]] = [:],
        people: [Person] = [],
        mode: Policy.Mode = .enforce,
        leavers: Policy.Leavers = Policy.Leavers(),
        brake: Policy.Brake = Policy.Brake(removals: 1_000, percent: 100, joins: 1_000),
        allowPrivileged: [Policy.PrivilegedGrant] = []
    ) {
        let named = Set(people.map(\.id))
        let unnamed = Set(members.values.joined()).subtracting(named)
        directory = Directory(
            id: Self.directoryId,
            asOf: Self.start,
            scope: .everyone,
            people: people + unnamed.map { Person(id: $0, accountName: AccountName($0.rawValue)) },
            groups: rules.keys.map { DirectoryGroup(id: GroupId("id-\($0)"), name: $0, members: members[$0] ?? []) }
        )
        server = InMemoryServer(roles: Self.roles)
        policy = Policy(
            target: "orders",
            owner: Self.owner,
            mode: mode,
            groups: rules.map { Policy.GroupRule(group: $0, pinnedId: GroupId("id-\($0)"), roles: $1) },
            leavers: leavers,
            brake: brake,
            protectedNames: [Glob("protected_*")],
            allowPrivileged: allowPrivileged
        )
        now = Self.start
    }

    /// Lets time pass, and reads the directory again.
    mutating func pass(_ seconds: Int64) {
        now = now.advanced(bySeconds: seconds)
        editDirectory(asOf: now)
    }

    mutating func set(_ person: Person) {
        editDirectory(people: directory.people.filter { $0.id != person.id } + [person])
    }

    mutating func rename(_ user: UserId, to name: AccountName) { set(Person(id: user, accountName: name)) }

    mutating func delete(_ user: UserId) {
        editDirectory(
            people: directory.people.filter { $0.id != user },
            groups: directory.groups.values.map { group in
                DirectoryGroup(id: group.id, name: group.name, members: group.members.filter { $0 != user })
            }
        )
    }

    mutating func set(members: [UserId], of name: GroupName = "g1") {
        for member in members where person(member) == nil {
            set(Person(id: member, accountName: AccountName(member.rawValue)))
        }
        editDirectory(
            groups: directory.groups.values.filter { $0.name != name }
                + [DirectoryGroup(id: GroupId("id-\(name)"), name: name, members: members)]
        )
    }

    mutating func removeGroup(_ name: GroupName) {
        editDirectory(groups: directory.groups.values.filter { $0.name != name })
    }

    mutating func recreateGroup(_ name: GroupName) {
        editDirectory(
            groups: directory.groups.values.map { group in
                guard group.name == name else { return group }
                return DirectoryGroup(id: "id-anew", name: name, members: group.members)
            }
        )
    }

    mutating func editDirectory(
        asOf: Timestamp? = nil,
        people: [Person]? = nil,
        groups: [DirectoryGroup]? = nil,
        admitsNobody: Bool? = nil
    ) {
        directory = Directory(
            id: directory.id,
            asOf: asOf ?? directory.asOf,
            scope: directory.scope,
            people: people ?? directory.people,
            groups: groups ?? Array(directory.groups.values),
            admitsNobody: admitsNobody ?? directory.admitsNobody
        )
    }

    mutating func editPolicy(
        mode: Policy.Mode? = nil,
        hold: Policy.Hold?? = nil,
        groups: [Policy.GroupRule]? = nil,
        leavers: Policy.Leavers? = nil,
        brake: Policy.Brake? = nil,
        protectedNames: [Glob]? = nil,
        allowPrivileged: [Policy.PrivilegedGrant]? = nil
    ) {
        policy = Policy(
            target: policy.target,
            owner: policy.owner,
            mode: mode ?? policy.mode,
            hold: hold ?? policy.hold,
            groups: groups ?? policy.groups,
            leavers: leavers ?? policy.leavers,
            brake: brake ?? policy.brake,
            protectedNames: protectedNames ?? policy.protectedNames,
            ignoredNames: policy.ignoredNames,
            allowPrivileged: allowPrivileged ?? policy.allowPrivileged
        )
    }
}

extension World {
    func login(_ name: AccountName) -> InMemoryLogin? { server.logins[name] }

    func roles(_ name: AccountName) -> Set<RoleName> { Set(server.logins[name]?.memberships.map(\.role) ?? []) }

    /// Changes the marker of an account by hand.
    mutating func editMarker(_ name: AccountName, _ change: (inout Marker) -> Void) {
        guard var marker = server.logins[name]?.markerValue else { return }
        change(&marker)
        server.logins[name]?.marker = .marker(marker)
    }
}
