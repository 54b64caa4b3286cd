// SPDX-License-Identifier: Apache-2.0

import Foundation
package import SSOSyncAWS

extension AWSStandIn.World {
    /// A table of DynamoDB's that nobody else has; returns its name.
    ///
    /// - Parameters:
    ///   - key: The attribute that tells items apart, a text.
    ///   - items: What is in it.
    package func makeTable(key: String = "id", items: [[String: DynamoDBValue]]) async throws -> String {
        let table = "users-\(store.dropFirst(2))"
        let creation = Table(
            TableName: table,
            AttributeDefinitions: [.init(AttributeName: key)],
            KeySchema: [.init(AttributeName: key)]
        )
        try await sendToDynamoDB("CreateTable", creation)
        for item in items { try await sendToDynamoDB("PutItem", Put(TableName: table, Item: item)) }
        return table
    }

    /// Sends a call whose answer nobody needs.
    private func sendToDynamoDB(_ operation: String, _ body: some Encodable) async throws {
        let headers = HTTPHeaders([
            .init("Content-Type", "application/x-amz-json-1.0"),
            .init("X-Amz-Target", "DynamoDB_20120810.\(operation)"),
        ])
        let bytes = Array(try JSONEncoder().encode(body))
        _ = try await client(.dynamoDB).send(AWSCall(operation, headers: headers, body: bytes))
    }
}

private struct Table: Encodable {
    struct Attribute: Encodable {
        let AttributeName: String
        var AttributeType = "S"
    }
    struct Key: Encodable {
        let AttributeName: String
        var KeyType = "HASH"
    }
    let TableName: String
    let AttributeDefinitions: [Attribute]
    let KeySchema: [Key]
    var BillingMode = "PAY_PER_REQUEST"
}

private struct Put: Encodable {
    let TableName: String
    let Item: [String: DynamoDBValue]
}
