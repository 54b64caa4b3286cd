// SPDX-License-Identifier: Apache-2.0

/// A page of the users of an identity store.
public struct IdentityStoreUsers: ServicePage, Decodable {
    /// The users on this page.
    public let users: [IdentityStoreUser]
    /// What to ask for the next page with.
    public let nextToken: String?

    private enum CodingKeys: String, CodingKey {
        case users = "Users"
        case nextToken = "NextToken"
    }
}

/// A group of an identity store.
public struct IdentityStoreGroup: Sendable, Hashable, Decodable {
    /// The group's id.
    public let id: String
    /// The group's name.
    public let name: String?

    private enum CodingKeys: String, CodingKey {
        case id = "GroupId"
        case name = "DisplayName"
    }
}

/// A page of the groups of an identity store.
public struct IdentityStoreGroups: ServicePage, Decodable {
    /// The groups on this page.
    public let groups: [IdentityStoreGroup]
    /// What to ask for the next page with.
    public let nextToken: String?

    private enum CodingKeys: String, CodingKey {
        case groups = "Groups"
        case nextToken = "NextToken"
    }
}

/// That somebody is in a group.
public struct IdentityStoreMembership: Sendable, Hashable, Decodable {
    /// The group's id.
    public let group: String
    /// The user's id.
    public let user: String

    private enum CodingKeys: String, CodingKey {
        case group = "GroupId"
        case member = "MemberId"
    }

    /// Reads a membership of a user; there are no others yet, and if there were some day, leaving them out would be
    /// wrong.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        group = try container.decode(String.self, forKey: .group)
        user = try container.decode(IdentityStoreMember.self, forKey: .member).user
    }
}

/// A page of memberships.
public struct IdentityStoreMemberships: ServicePage, Decodable {
    /// The memberships on this page.
    public let memberships: [IdentityStoreMembership]
    /// What to ask for the next page with.
    public let nextToken: String?

    private enum CodingKeys: String, CodingKey {
        case memberships = "GroupMemberships"
        case nextToken = "NextToken"
    }
}

/// Who is in a group.
struct IdentityStoreMember: Sendable, Codable {
    let user: String

    private enum CodingKeys: String, CodingKey { case user = "UserId" }
}
