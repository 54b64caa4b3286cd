// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// Whom a change to the directory may concern.
///
/// It only narrows what is read again, and never says what to do.
public struct EventScope: Sendable, Hashable {
    /// These people.
    public var people: Set<UserId>
    /// Whoever is, or was, a member of these groups.
    public var groups: Set<GroupId>
    /// Whether it may concern anybody: something changed, and the event does not say for whom.
    public var isUnbounded: Bool

    /// A scope; by default, of nobody.
    public init(people: Set<UserId> = [], groups: Set<GroupId> = [], isUnbounded: Bool = false) {
        self.people = people
        self.groups = groups
        self.isUnbounded = isUnbounded
    }

    /// Anybody.
    public static let unbounded = EventScope(isUnbounded: true)

    /// Whether it concerns nobody.
    public var isEmpty: Bool { people.isEmpty && groups.isEmpty && !isUnbounded }

    /// Adds what another scope covers.
    public mutating func formUnion(_ other: EventScope) {
        people.formUnion(other.people)
        groups.formUnion(other.groups)
        isUnbounded = isUnbounded || other.isUnbounded
    }

    /// Whether everything that another scope covers is covered here, too.
    public func covers(_ other: EventScope) -> Bool {
        isUnbounded
            || !other.isUnbounded && other.people.isSubset(of: people) && other.groups.isSubset(of: groups)
    }
}
