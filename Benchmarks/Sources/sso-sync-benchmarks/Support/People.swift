// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore

/// A directory whose answers are made before time is taken: it is not what is measured.
struct People: IdentitySource {
    private let everyone: Directory

    /// - Parameters:
    ///   - numbers: Who is in all groups.
    ///   - others: Who is in the directory and in no group.
    init(_ numbers: some Sequence<Int>, others: some Sequence<Int> = []) {
        let members = numbers.map(Self.user)
        everyone = Directory(
            id: Deployment.directoryId,
            asOf: .now,
            scope: .everyone,
            people: members.map(Self.person) + others.map(Self.user).map(Self.person),
            groups: Deployment.roles.map {
                DirectoryGroup(id: GroupId("g-\($0)"), name: GroupName($0.rawValue), members: members)
            }
        )
        answers = [.everyone: everyone]
    }

    private var answers: [Scope: Directory]

    /// Prepares the answer for a set of people.
    func prepared(for people: Set<UserId>) -> People {
        var prepared = self
        prepared.answers[.people(people)] = Directory(
            id: everyone.id,
            asOf: everyone.asOf,
            scope: .people(people),
            people: everyone.people.filter { people.contains($0.id) },
            groups: everyone.groups.values.map { group in
                DirectoryGroup(id: group.id, name: group.name, members: group.members.filter(people.contains))
            }
        )
        return prepared
    }

    func directory(_ request: DirectoryRequest) async throws -> Directory {
        guard let answer = answers[request.scope] else { throw Trouble("no answer was prepared for this scope") }
        return answer
    }

    static func user(_ number: Int) -> UserId { UserId("90676c0a1b-\(number)-4c2b-9d5e-2f6a7b8c9d0e") }
    static func name(_ number: Int) -> AccountName { AccountName("person\(number)") }

    private static func person(_ user: UserId) -> Person {
        let number = user.rawValue.split(separator: "-")[1]
        return Person(id: user, accountName: AccountName("person\(number)"), isEnabled: true)
    }
}
