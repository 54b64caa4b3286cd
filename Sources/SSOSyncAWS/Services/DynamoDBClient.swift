// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import SSOSyncCore

/// The call of DynamoDB that reads a table
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html>).
public struct DynamoDBClient: Sendable {
    private let client: AWSClient

    /// Asks with a client for ``AWSService/dynamoDB``.
    public init(_ client: AWSClient) { self.client = client }

    /// All items of a table (`Scan`).
    ///
    /// A page may be empty and have others behind it.
    ///
    /// - Parameters:
    ///   - table: The table's name.
    ///   - isConsistent: Whether a page shows all that was written before it was asked for, at twice the price.
    ///   - pageSize: How many items a page may have; nil for as many as fit into a mebibyte.
    public func scan(_ table: String, isConsistent: Bool = false, pageSize: Int? = nil) -> PageSequence<DynamoDBPage> {
        PageSequence("Scan of \(table)") { token in
            let input = Input(
                TableName: table,
                ConsistentRead: isConsistent,
                Limit: pageSize,
                ExclusiveStartKey: try token.map(DynamoDBPage.key)
            )
            do {
                return try await client.call("Scan", input)
            } catch let error as AWSError {
                throw explained(error, table)
            }
        }
    }

    private struct Input: Encodable {
        let TableName: String
        let ConsistentRead: Bool
        let Limit: Int?
        let ExclusiveStartKey: [String: DynamoDBValue]?
    }

    private func explained(_ error: AWSError, _ table: String) -> AWSError {
        guard error.response?.errorCode != "ResourceNotFoundException" else {
            return error.about("there is no DynamoDB table \(table) in \(client.region): give another, or its Region")
        }
        return AccessAdvice(dynamoDB: "Scan", table: table, region: client.region).apply(to: error)
    }
}

/// A page of the items of a table.
public struct DynamoDBPage: ServicePage, Decodable {
    /// The items, each by its attributes' names.
    public let items: [[String: DynamoDBValue]]
    /// Where the next page begins, as one text.
    public let nextToken: String?

    private enum CodingKeys: String, CodingKey {
        case items = "Items"
        case lastKey = "LastEvaluatedKey"
    }

    /// Reads a page; an empty key at its end means that there is none.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        items = try container.decode([[String: DynamoDBValue]].self, forKey: .items)
        let key = try container.decodeIfPresent([String: DynamoDBValue].self, forKey: .lastKey) ?? [:]
        nextToken = key.isEmpty ? nil : String(decoding: CanonicalJSON.bytes(key), as: UTF8.self)
    }

    /// The key that a token was made of.
    static func key(_ token: String) throws -> [String: DynamoDBValue] {
        try JSONDecoder().decode([String: DynamoDBValue].self, from: Data(token.utf8))
    }
}
