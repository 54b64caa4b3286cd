// SPDX-License-Identifier: Apache-2.0

/// The calls of the Identity Store that read it
/// (<https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/>).
///
/// An answer that lacks anything of what was asked for is an error.
public struct IdentityStoreClient: Sendable {
    /// The most that one page may hold, and the most groups that one call may ask about.
    public static let pageSize = 100

    /// The store that is read, such as `d-1234567890`.
    public let storeId: String

    /// The Region that it is in.
    var region: String { client.region }

    private let client: AWSClient

    /// Reads a store.
    ///
    /// - Parameters:
    ///   - storeId: The store.
    ///   - client: A client for ``AWSService/identityStore``.
    public init(storeId: String, client: AWSClient) {
        self.storeId = storeId
        self.client = client
    }

    /// All users (`ListUsers`).
    ///
    /// - Parameter extensions: Extensions that are wanted, too, such as ``IdentityStoreUser/enterpriseExtension``.
    public func users(extensions: [String] = []) -> PageSequence<IdentityStoreUsers> {
        PageSequence("ListUsers") { token in
            try await call("ListUsers", input(page: token, extensions: extensions))
        }
    }

    /// One user (`DescribeUser`).
    ///
    /// - Parameters:
    ///   - id: The user's id.
    ///   - extensions: Extensions that are wanted, too.
    /// - Returns: Nil if the store has no such user.
    public func user(_ id: String, extensions: [String] = []) async throws -> IdentityStoreUser? {
        var input = Input(store: storeId, extensions: extensions.isEmpty ? nil : extensions)
        input.user = id
        return try await found("USER") { try await call("DescribeUser", input) }
    }

    /// All groups (`ListGroups`).
    public func groups() -> PageSequence<IdentityStoreGroups> {
        PageSequence("ListGroups") { token in try await call("ListGroups", input(page: token)) }
    }

    /// One group (`DescribeGroup`).
    ///
    /// - Returns: Nil if the store has no such group.
    public func group(_ id: String) async throws -> IdentityStoreGroup? {
        var input = Input(store: storeId)
        input.group = id
        return try await found("GROUP") { try await call("DescribeGroup", input) }
    }

    /// The id of the group of a name (`GetGroupId`).
    ///
    /// - Returns: Nil if the store has no such group.
    public func groupId(named name: String) async throws -> String? {
        struct Output: Decodable { let GroupId: String }
        var input = Input(store: storeId)
        input.alternate = .init(name: name)
        let output: Output? = try await found("GROUP") { try await call("GetGroupId", input) }
        return output?.GroupId
    }

    /// The memberships of a group (`ListGroupMemberships`).
    public func memberships(ofGroup id: String) -> PageSequence<IdentityStoreMemberships> {
        PageSequence("ListGroupMemberships") { token in
            var input = input(page: token)
            input.group = id
            let page: IdentityStoreMemberships = try await call("ListGroupMemberships", input)
            guard page.memberships.allSatisfy({ IdentityStoreResourceId.areSame($0.group, id) }) else {
                throw unasked("ListGroupMemberships", "memberships of another group")
            }
            return page
        }
    }

    /// The memberships of a user (`ListGroupMembershipsForMember`).
    public func memberships(ofUser id: String) -> PageSequence<IdentityStoreMemberships> {
        PageSequence("ListGroupMembershipsForMember") { token in
            var input = input(page: token)
            input.member = IdentityStoreMember(user: id)
            let page: IdentityStoreMemberships = try await call("ListGroupMembershipsForMember", input)
            guard page.memberships.allSatisfy({ IdentityStoreResourceId.areSame($0.user, id) }) else {
                throw unasked("ListGroupMembershipsForMember", "memberships of another user")
            }
            return page
        }
    }

    /// Which of these groups a user is in (`IsMemberInGroups`), a call for each ``pageSize`` groups.
    ///
    /// - Parameters:
    ///   - user: The user's id.
    ///   - groups: The groups' ids.
    /// - Returns: Ids of groups; nil if the store has no such user.
    public func groups(of user: String, among groups: [String]) async throws -> Set<String>? {
        var joined: Set<String> = []
        for start in stride(from: 0, to: groups.count, by: Self.pageSize) {
            let asked = Array(groups[start..<min(start + Self.pageSize, groups.count)])
            guard let answers = try await existing(user, asked) else { return nil }
            let known = Dictionary(
                answers.map { (IdentityStoreResourceId.canonical($0.GroupId), $0.MembershipExists) },
                uniquingKeysWith: { $0 || $1 }
            )
            for group in asked {
                guard let isMember = known[IdentityStoreResourceId.canonical(group)] else {
                    throw unasked("IsMemberInGroups", "no answer for some of the groups")
                }
                if isMember { joined.insert(group) }
            }
        }
        return joined
    }

    private struct Existence: Decodable {
        let GroupId: String
        let MembershipExists: Bool
    }

    private func existing(_ user: String, _ groups: [String]) async throws -> [Existence]? {
        struct Output: Decodable { let Results: [Existence] }
        var input = Input(store: storeId)
        (input.member, input.groups) = (IdentityStoreMember(user: user), groups)
        let output: Output? = try await found("USER") { try await call("IsMemberInGroups", input) }
        return output?.Results
    }

    /// What a call finds; nil only if the service says that this very thing is not there, and not the store, say, or the
    /// key that the store is encrypted with.
    private func found<Output>(_ type: String, _ call: () async throws -> Output) async throws -> Output? {
        do {
            return try await call()
        } catch let error as AWSError {
            let response = error.response
            guard response?.errorCode == "ResourceNotFoundException", response?.resourceType == type,
                response?.reason == nil
            else { throw error }
            return nil
        }
    }

    private func call<Output: Decodable>(_ operation: String, _ input: Input) async throws -> Output {
        do {
            return try await client.call(operation, input)
        } catch let error as AWSError {
            throw AccessAdvice(identityStore: operation, store: storeId, region: client.region).apply(to: error)
        }
    }

    private func unasked(_ operation: String, _ what: String) -> AWSError {
        AWSError(.badResponse, "identitystore \(operation): the service sent \(what)", mayHaveBeenSent: true)
    }
}

extension IdentityStoreClient {
    /// What is asked; what is nil is not sent.
    private struct Input: Encodable {
        var store: String
        var pageSize: Int?
        var token: String?
        var extensions: [String]?
        var user: String?
        var group: String?
        var member: IdentityStoreMember?
        var groups: [String]?
        var alternate: AlternateIdentifier?

        enum CodingKeys: String, CodingKey {
            case store = "IdentityStoreId"
            case pageSize = "MaxResults"
            case token = "NextToken"
            case extensions = "Extensions"
            case user = "UserId"
            case group = "GroupId"
            case member = "MemberId"
            case groups = "GroupIds"
            case alternate = "AlternateIdentifier"
        }
    }

    /// A group's name in place of its id.
    private struct AlternateIdentifier: Encodable {
        struct Attribute: Encodable {
            let AttributePath: String
            let AttributeValue: String
        }

        let UniqueAttribute: Attribute

        init(name: String) { UniqueAttribute = Attribute(AttributePath: "displayName", AttributeValue: name) }
    }

    private func input(page token: String?, extensions: [String] = []) -> Input {
        Input(
            store: storeId,
            pageSize: Self.pageSize,
            token: token,
            extensions: extensions.isEmpty ? nil : extensions
        )
    }
}
