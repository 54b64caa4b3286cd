// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS

/// What administrators do in the directory, by the public API. People are named by their numbers.
extension AWSStandIn.World {
    private struct Nothing: Decodable {}

    private func change(_ operation: String, _ input: some Encodable & Sendable) async throws {
        let _: Nothing = try await client(.identityStore).call(operation, input)
    }

    private struct Membership: Encodable {
        let IdentityStoreId: String
        let GroupId: String
        let MemberId: [String: String]

        init(_ store: String, _ person: Int, _ group: String) {
            (IdentityStoreId, GroupId, MemberId) = (store, group, ["UserId": AWSStandIn.id(person)])
        }
    }

    /// Puts a person into a group.
    package func join(_ person: Int, _ group: String) async throws {
        try await change("CreateGroupMembership", Membership(store, person, group))
    }

    /// Takes a person out of a group.
    package func leave(_ person: Int, _ group: String) async throws {
        struct Output: Decodable { let MembershipId: String }
        let membership = Membership(store, person, group)
        let found: Output = try await client(.identityStore).call("GetGroupMembershipId", membership)
        try await change("DeleteGroupMembership", ["IdentityStoreId": store, "MembershipId": found.MembershipId])
    }

    /// Changes what a path of a person's attributes leads to.
    package func update(_ person: Int, _ path: String, _ value: String) async throws {
        struct Input: Encodable {
            let IdentityStoreId: String
            let UserId: String
            let Operations: [[String: String]]
        }
        let operation = ["AttributePath": path, "AttributeValue": value]
        try await change(
            "UpdateUser",
            Input(IdentityStoreId: store, UserId: AWSStandIn.id(person), Operations: [operation])
        )
    }

    /// Deletes a group.
    package func deleteGroup(_ group: String) async throws {
        try await change("DeleteGroup", ["IdentityStoreId": store, "GroupId": group])
    }

    /// Deletes a person.
    package func delete(_ person: Int) async throws {
        try await change("DeleteUser", ["IdentityStoreId": store, "UserId": AWSStandIn.id(person)])
    }
}
