// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// A scope as messages of our own have it: ids, and nothing else.
struct EventScopeDocument: Codable {
    let people: [String]
    let groups: [String]
    let anybody: Bool

    init(_ scope: EventScope) {
        people = scope.people.map(\.rawValue).sorted()
        groups = scope.groups.map(\.rawValue).sorted()
        anybody = scope.isUnbounded
    }

    var scope: EventScope {
        EventScope(
            people: Set(people.map { UserId($0) }),
            groups: Set(groups.map { GroupId($0) }),
            isUnbounded: anybody
        )
    }

    /// Whether its ids are ones, and written as we write them.
    var isCanonical: Bool {
        (people + groups).allSatisfy { IdentityStoreResourceId.isId($0) && IdentityStoreResourceId.canonical($0) == $0 }
    }
}

extension EventScope {
    /// As much of it as a message of our own can say.
    var sayable: EventScope {
        isUnbounded || people.count + groups.count > SecondReading.idLimit ? .unbounded : self
    }
}
