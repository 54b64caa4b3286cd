// SPDX-License-Identifier: Apache-2.0

/// The call of IAM Identity Center's administration that finds its identity store
/// (<https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListInstances.html>).
public struct SSOAdminClient: Sendable {
    /// An instance of IAM Identity Center.
    public struct Instance: Sendable, Hashable, Decodable {
        /// Its ARN.
        public let arn: String
        /// Its identity store.
        public let identityStoreId: String
        /// The account that it is in.
        public let account: String?
        /// Its name, if it has one.
        public let name: String?

        private enum CodingKeys: String, CodingKey {
            case arn = "InstanceArn"
            case identityStoreId = "IdentityStoreId"
            case account = "OwnerAccountId"
            case name = "Name"
        }
    }

    private let client: AWSClient

    /// Asks with a client for ``AWSService/ssoAdmin``.
    public init(_ client: AWSClient) { self.client = client }

    /// The instances in the client's Region that its account sees (`ListInstances`).
    public func instances() async throws -> [Instance] {
        let pages = PageSequence<Page>("ListInstances") { token in
            do {
                return try await client.call("ListInstances", Input(MaxResults: 100, NextToken: token))
            } catch let error as AWSError {
                throw AccessAdvice(action: "sso:ListInstances", resources: ["*"]).apply(to: error)
            }
        }
        var instances: [Instance] = []
        for try await page in pages { instances += page.instances }
        return instances
    }

    private struct Input: Encodable {
        let MaxResults: Int
        let NextToken: String?
    }

    private struct Page: ServicePage, Decodable {
        let instances: [Instance]
        let nextToken: String?

        private enum CodingKeys: String, CodingKey {
            case instances = "Instances"
            case nextToken = "NextToken"
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            instances = try container.decode([Instance].self, forKey: .instances)
            // The model of this service allows for an empty token at the end, unlike that of the Identity Store.
            let token = try container.decodeIfPresent(String.self, forKey: .nextToken)
            nextToken = token.flatMap { $0.isEmpty ? nil : $0 }
        }
    }
}
