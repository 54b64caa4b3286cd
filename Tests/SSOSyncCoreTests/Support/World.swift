// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTesting

/// All that a plan is made from, with the server as a value that operations change.
struct World: Sendable {
    var directory: Directory
    var server: InMemoryServer
    var policy: Policy
    var now: Timestamp
    var released: Set<String> = []
}

/// What went wrong in a random world.
struct Violation: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

func require(_ condition: Bool, _ fact: @autoclosure () -> String) throws(Violation) {
    guard condition else { throw Violation(fact()) }
}

extension World {
    static let owner: DeploymentOwner = "prod"
    static let directoryId: DirectoryId = "d-1"

    /// What the engine asks a session for.
    func request(_ scope: Scope) -> InspectionRequest {
        InspectionRequest(
            owner: policy.owner,
            directory: directory.id,
            scope: scope,
            names: Planner().wantedNames(directory: directory(in: scope), policy: policy),
            roles: policy.roles,
            windowStart: now.advanced(bySeconds: -Policy.Brake.window),
            blockersOfLockedBefore: Planner().quarantineCutoff(policy: policy, now: now)
        )
    }

    /// What a reading of the directory for that scope finds.
    func directory(in scope: Scope, wholeGroups: Set<GroupName> = []) -> Directory {
        guard scope != directory.scope else { return directory }
        return Directory(
            id: directory.id,
            asOf: directory.asOf,
            scope: scope,
            people: directory.people.filter { scope.covers($0.id) },
            groups: directory.groups.values.map { group in
                DirectoryGroup(id: group.id, name: group.name, members: group.members.filter(scope.covers))
            },
            wholeGroups: wholeGroups,
            admitsNobody: directory.admitsNobody
        )
    }

    var accounts: Accounts { server.inspect(request(.everyone)) }

    /// The plan for a group, as the engine makes it: of its members and of whoever holds its roles.
    func plan(group: GroupName) -> Plan {
        let roles = Set(policy.groups.filter { $0.group == group }.flatMap(\.roles))
        let holders = server.logins.values.filter { login in
            login.markerValue?.owner == policy.owner && login.memberships.contains { roles.contains($0.role) }
        }
        let members = directory.groups[group]?.members ?? []
        return plan(.people(Set(members + holders.compactMap(\.user))), wholeGroups: [group])
    }

    func plan(_ scope: Scope = .everyone, wholeGroups: Set<GroupName> = []) -> Plan {
        Planner().plan(
            directory: directory(in: scope, wholeGroups: wholeGroups),
            accounts: server.inspect(request(scope)),
            policy: policy,
            dialect: server.dialect,
            now: now,
            releasedRemovals: released
        )
    }

    /// Carries a plan out in the order of its phases, every operation of which has to work.
    mutating func apply(_ plan: Plan) throws {
        for operation in plan.operations {
            do {
                try server.apply(operation)
            } catch {
                throw Violation("\(operation.label) \(operation.account) failed: \(error)")
            }
        }
    }

    /// Plans and carries the plan out.
    mutating func run(_ scope: Scope = .everyone) throws -> Plan {
        let plan = plan(scope)
        try apply(plan)
        return plan
    }
}

extension World {
    /// Everyone whom the directory or a marker of ours names.
    var everybody: [UserId] {
        let marked = server.logins.values.compactMap(\.user)
        return Set(directory.people.map(\.id) + marked + directory.groups.values.flatMap(\.members)).sorted()
    }

    /// The accounts that may be touched, by a definition of its own: marked for this deployment and directory, made for
    /// the name that they have, logging in by IAM token, and neither reserved nor protected.
    var ours: [AccountName: InMemoryLogin] {
        server.logins.filter { name, login in
            guard case .marker(let marker) = login.marker else { return false }
            return marker.owner == policy.owner && marker.directory == directory.id
                && marker.nameHash == Marker.nameHash(name, user: marker.user) && login.usesIAM && !isReserved(name)
        }
    }

    func isReserved(_ name: AccountName) -> Bool {
        let text = name.rawValue
        return text == "rdsadmin" || text == "sso_provisioner" || text.hasPrefix("rds_") || text.hasPrefix("pg_")
            || text.hasPrefix("protected_")
    }

    func person(_ user: UserId) -> Person? { directory.people.first { $0.id == user } }

    /// The groups that give a person something: none for somebody who is disabled or gone.
    func groups(of user: UserId) -> [Policy.GroupRule] {
        guard person(user)?.isEnabled == true else { return [] }
        return policy.groups.filter { directory.groups[$0.group]?.members.contains(user) == true }
    }

    func entitledRoles(of user: UserId) -> Set<RoleName> { Set(groups(of: user).flatMap(\.roles)) }

    /// The names of two accounts carry the marker of one person.
    var hasDuplicateMarkers: Bool {
        let users = ours.values.compactMap(\.user)
        return Set(users).count != users.count
    }
}

extension InMemoryLogin {
    var markerValue: Marker? { if case .marker(let marker) = marker { marker } else { nil } }
    var user: UserId? { markerValue?.user }
}

extension Plan {
    var steps: [Step] { content.steps }
    var withheld: [WithheldStep] { content.withheld }
    var brake: BrakeVerdict { content.brake }
    var labels: [String] { operations.map { "\($0.label) \($0.account)" } }
    var conflictKinds: [Conflict.Kind] { content.conflicts.map(\.kind) }

    func operations(_ labels: String...) -> [Operation] { operations.filter { labels.contains($0.label) } }
}

extension Operation {
    /// The roles that the operation gives.
    var grantedRoles: [RoleName] {
        switch action {
        case .create(let roles), .restore(let roles), .grant(let roles): roles
        default: []
        }
    }
}

extension World {
    /// What a request by hand comes to, as the engine finds out.
    func plan(_ request: MarkingRequest) -> Plan {
        let accounts = inspect(request, roles: policy.roles)
        let roles = Planner().roles(for: request, accounts: accounts, policy: policy)
        return Planner().plan(
            request,
            directory: directory,
            accounts: inspect(request, roles: roles),
            policy: policy,
            dialect: server.dialect,
            now: now
        )
    }

    private func inspect(_ request: MarkingRequest, roles: Set<RoleName>) -> Accounts {
        server.inspect(
            InspectionRequest(
                owner: policy.owner,
                directory: directory.id,
                scope: .everyone,
                names: Planner().names(for: request, directory: directory),
                roles: roles,
                windowStart: now.advanced(bySeconds: -Policy.Brake.window)
            )
        )
    }

    func adoption(of people: Set<UserId>) -> Plan { plan(.adopt(Set(people.map { .init(user: $0) }))) }
}
