// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// What an event is about, and how its parts become a scope.
///
/// Where an event says less than it might, the scope is wider: of a membership whose person is hidden it is the group, of
/// one whose group is hidden, too, everyone.
enum EventSubject {
    case person
    /// A group, or its members, whom the event does not name.
    case group
    /// The membership of somebody whom the event may name.
    case membership

    /// What a call is about; nil for a call that is not known.
    ///
    /// The names of the console, the public API and SCIM do not get in each other's way. Not all of the console's are
    /// documented (`UpdateUserName` is an action that policies can name, say), so what a name speaks of counts. Of memberships
    /// the names are known that come with a person.
    init?(call name: String) {
        let ofMemberships = [
            "AddMemberToGroup", "RemoveMemberFromGroup", "CreateGroupMembership", "DeleteGroupMembership",
        ]
        if ofMemberships.contains(name) {
            self = .membership
        } else if name.contains("Member") || name.contains("Group") {
            self = .group
        } else if name.contains("User") {
            self = .person
        } else {
            return nil
        }
    }

    /// What a notification is about, by its first words: how those about memberships are called is not documented.
    init?(notification name: String) {
        let words = name.lowercased().split(separator: " ")
        if words.contains(where: { $0.contains("member") }) {
            self = .membership
        } else if words.first == "user" {
            self = .person
        } else if words.first == "group" {
            self = .group
        } else {
            return nil
        }
    }

    /// Whom a change may concern.
    func scope(people: EventIds, groups: EventIds) -> EventScope {
        let known = EventScope(
            people: Set(people.ids.map { UserId($0) }),
            groups: Set(groups.ids.map { GroupId($0) })
        )
        switch self {
        case .person: return people.isWhole ? EventScope(people: known.people) : .unbounded
        case .membership where people.isWhole: return EventScope(people: known.people)
        case .group, .membership:
            return groups.isWhole ? EventScope(groups: known.groups) : .unbounded
        }
    }
}
